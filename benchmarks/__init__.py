"""What tuimon costs, measured: `make bench` prints the table."""
