"""One call in, one reply out: what it needs, what it may cost, who answers."""
