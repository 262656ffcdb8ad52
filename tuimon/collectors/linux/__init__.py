"""The fast path on Linux: /proc and /sys through files that stay open."""
