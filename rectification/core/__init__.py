"""What every package builds on: rows, keys, what handlers add to the history, jobs."""
