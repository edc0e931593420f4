"""What the work costs, measured: `make bench` prints the table and writes latest.json."""
