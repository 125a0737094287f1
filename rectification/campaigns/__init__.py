"""Campaigns (行动): area, milestones (节点), what is checked, and the criteria (口径)."""
