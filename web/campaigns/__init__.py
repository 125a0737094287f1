"""Campaigns, their rules, criteria and dates."""
