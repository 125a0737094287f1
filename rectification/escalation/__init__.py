"""Reminders and escalation (提醒与督办): who is told, when, at which level."""
