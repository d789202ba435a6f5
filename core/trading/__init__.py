"""Trade calls between the clients and whatever trades: locks, limits, replays and pushes are settled here.

`trade_desk.py` is the room's only door. Accounts, orders and money are the upstream's.
"""
