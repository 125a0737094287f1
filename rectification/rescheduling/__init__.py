"""Dates change: milestones, calendars, one ticket's due date, pauses; what would move is shown first."""
