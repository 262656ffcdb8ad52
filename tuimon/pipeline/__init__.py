"""The one loop: samples, evaluates, publishes the newest Frame, and writes it."""
