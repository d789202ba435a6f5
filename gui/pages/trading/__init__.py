"""Trading: accounts, funds, positions, orders and fills; locks and cancels, places nothing."""
