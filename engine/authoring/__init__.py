"""Drafts of a version: changed, checked, reviewed by a second person, published."""
