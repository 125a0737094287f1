"""Runs diagrams durably. Knows no campaign, no household, no HTTP, no mail."""
