"""Quotes: who wants what, what it costs, and how news reaches everybody who asked."""
