"""The rows that every other package reads: tickets, issue lists, visits, cases, and what they are about."""
