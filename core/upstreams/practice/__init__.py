"""The practice exchange: a simulated market, always labelled simulated."""
