"""Our own words: frozen values and ports. No I/O, no clock, no other room."""
