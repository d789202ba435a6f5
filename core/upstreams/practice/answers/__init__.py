"""Answers of the practice exchange to calls, one subject a file. Each takes the exchange and a request message."""
