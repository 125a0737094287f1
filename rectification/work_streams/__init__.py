"""Key works (专项工作): what a campaign asks about households of certain kinds."""
