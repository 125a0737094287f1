"""Who somebody is, and that a request is really theirs."""
