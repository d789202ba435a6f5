"""Settings: one table, and what is made from it."""
