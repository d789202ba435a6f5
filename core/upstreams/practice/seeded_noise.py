"""Reproducible pseudo-random numbers: the same seed gives the same market on every computer and in every run."""

from __future__ import annotations

import hashlib
from typing import Final

_MASK: Final = 0xFFFF_FFFF_FFFF_FFFF


def mix(value: int) -> int:
    """Scatter a number over 64 bits (the splitmix64 finaliser): neighbours get unrelated results."""
    value = (value + 0x9E37_79B9_7F4A_7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB) & _MASK
    return value ^ (value >> 31)


def key_of(seed: int, *parts: str | int) -> int:
    """Make a 64-bit key from a seed and names. Python's own hash() changes from run to run, so it is not used."""
    text = "\x1f".join((str(seed), *(str(part) for part in parts)))
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8"), digest_size=8).digest(), "big")
