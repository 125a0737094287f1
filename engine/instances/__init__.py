"""One instance: its state, and the transaction that moves it."""
