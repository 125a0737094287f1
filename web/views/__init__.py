"""Rows of the domain as pages show them: one question in SQL each, filtered by what the reader may see."""
