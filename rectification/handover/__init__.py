"""A person comes, goes or changes post: accounts, posts given and taken, work handed over (移交)."""
