"""Working calendars, and the calendar feed of one person."""
