"""Which upstreams exist and how each is made; the only file that imports them all."""

from __future__ import annotations
