"""Remembers which part of a snapshot is on the screen, so that only what changed is drawn again."""

from __future__ import annotations


class PartWatch:
    """One per page. Parts are frozen values and compared by equality."""

    def __init__(self) -> None:
        self._drawn: dict[str, tuple[object, ...]] = {}

    def changed(self, part: str, *values: object) -> bool:
        """Whether the values differ from those drawn last; they count as drawn from now on."""
        if self._drawn.get(part) == values:
            return False
        self._drawn[part] = values
        return True

    def forget(self) -> None:
        """Everything is to be drawn again, after a change of language or theme."""
        self._drawn.clear()
