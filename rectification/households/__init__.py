"""Households (户), their measures by year, and the problems known before the campaign."""
