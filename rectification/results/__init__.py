"""What came of a household (结果)."""
