"""Acknowledgements (签收) by leaders."""
