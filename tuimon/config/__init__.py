"""Settings: each declared once, read from a file, the environment and options; one clear line for each mistake."""
