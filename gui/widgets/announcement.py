"""Tells screen readers what changed without moving the focus."""

from __future__ import annotations

from PySide6 import QtGui
from PySide6.QtWidgets import QWidget


def announce(widget: QWidget, text: str) -> None:
    """Speak a text politely; does nothing where Qt is too old for it."""
    event_type = getattr(QtGui, "QAccessibleAnnouncementEvent", None)
    if event_type is not None and text:
        QtGui.QAccessible.updateAccessibility(event_type(widget, text))
