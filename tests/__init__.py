"""The tests mirror the rooms: what is promised, held against real databases, mail and browsers."""
