"""Reusable parts. Texts, values and colours are handed to them; they know nothing of the gateway."""
