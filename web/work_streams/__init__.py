"""Key works (专项工作) and their cases."""
