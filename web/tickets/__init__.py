"""Tickets: their page, their API, and what people do to them."""
