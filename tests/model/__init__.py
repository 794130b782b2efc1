"""The product beside a small ledger that a reader can check: whatever happens, the two agree."""
