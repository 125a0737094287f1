"""Villages with their progress."""
