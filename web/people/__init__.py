"""People, accounts, posts, deputies and handing over."""
