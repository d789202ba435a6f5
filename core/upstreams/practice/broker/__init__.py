"""The simulated broker: accounts, orders, fills and money on top of the practice exchange, kept on disk.

`broker.py` is the room's only door; `records.py` has the values that are kept.
"""
