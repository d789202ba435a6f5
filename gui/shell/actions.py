"""The keys of the main window: every action once, with its shortcut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QWidget

SHORTCUTS: Final = {
    "overview": "Ctrl+1",
    "connections": "Ctrl+2",
    "trading": "Ctrl+4",
    "find": "Ctrl+F",
    "copyAddress": "Ctrl+Shift+A",
    "lockEverything": "Ctrl+Shift+L",
    "nextPane": "F6",
    "previousPane": "Shift+F6",
    "refresh": "F5",
    "help": "F1",
    "closeWindow": "Ctrl+W",
    "quit": "Ctrl+Q",
}


def add_actions(window: QWidget, slots: dict[str, Callable[[], None]]) -> dict[str, QAction]:
    """Give the window one action per slot, by the keys of SHORTCUTS."""
    actions: dict[str, QAction] = {}
    for key, slot in slots.items():
        action = QAction(window)
        action.setObjectName(f"action_{key}")
        action.setShortcut(QKeySequence(SHORTCUTS[key]))
        action.triggered.connect(lambda _=False, slot=slot: slot())
        window.addAction(action)
        actions[key] = action
    return actions


def focus_next_pane(panes: list[QWidget], step: int) -> None:
    """Move the focus to the next (1) or previous (-1) pane that can take it."""
    focused = QApplication.focusWidget()
    present = next(
        (number for number, pane in enumerate(panes) if focused is not None and _holds(pane, focused)),
        -1 if step > 0 else 0,
    )
    for distance in range(1, len(panes) + 1):
        target = _first_focusable(panes[(present + step * distance) % len(panes)])
        if target is not None:
            target.setFocus()
            return


def _holds(pane: QWidget, widget: QWidget) -> bool:
    return pane is widget or pane.isAncestorOf(widget)


def _first_focusable(pane: QWidget) -> QWidget | None:
    candidates = [pane]
    following = pane.nextInFocusChain()
    while following is not None and following is not pane:
        if pane.isAncestorOf(following):
            candidates.append(following)
        following = following.nextInFocusChain()
    tab_focus = 1  # Qt.FocusPolicy.TabFocus as a flag
    return next(
        (
            widget
            for widget in candidates
            if widget.isVisible() and widget.isEnabled() and widget.focusPolicy().value & tab_focus
        ),
        None,
    )
