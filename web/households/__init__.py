"""Households and their old problems."""
