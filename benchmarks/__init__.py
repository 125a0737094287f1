"""Measures, never judges: every figure is a ratio against the plainest thing that could work, in one run."""
