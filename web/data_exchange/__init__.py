"""Spreadsheets in and out, and the jobs that make them."""
