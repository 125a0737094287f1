"""A campaign is created and started; the demo."""
