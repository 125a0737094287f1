"""Work items: the desk, one piece of work with its form, and what people do with it beside completing it."""
