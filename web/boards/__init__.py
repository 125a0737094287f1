"""The board for those who answer for an area."""
