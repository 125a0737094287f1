"""Putting the product on a machine: settings, schema versions, commands."""
