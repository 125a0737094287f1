"""Working days: the calendar of an area (工作日历), and the arithmetic of deadlines (期限)."""
