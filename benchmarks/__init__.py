"""What `make bench` measures. Every bar is a ratio or a count of one run, so that the machine's speed cancels out."""
