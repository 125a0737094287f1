"""The campaign's facts: areas, people, households, checklists, visits, tickets, lists."""
