"""The ledger (台账): every ticket of a scope in one table."""
