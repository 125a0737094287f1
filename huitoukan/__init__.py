"""The installed product: settings, the composition root and the command."""
