"""The QPalette of a theme, for what a style sheet does not reach: placeholders, links, native menus, tooltips."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QColor, QPalette

_ROLES = {
    QPalette.ColorRole.Window: "background",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "surface",
    QPalette.ColorRole.AlternateBase: "sunken",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.Button: "surface",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "onAccent",
    QPalette.ColorRole.PlaceholderText: "textMuted",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "onAccent",
    QPalette.ColorRole.Link: "accentText",
    QPalette.ColorRole.LinkVisited: "accentText",
    QPalette.ColorRole.ToolTipBase: "tooltipBackground",
    QPalette.ColorRole.ToolTipText: "tooltipText",
    QPalette.ColorRole.Mid: "border",
    QPalette.ColorRole.Dark: "borderStrong",
}


def make_palette(colours: Mapping[str, str]) -> QPalette:
    """A palette from plain token colours."""
    palette = QPalette()
    for role, name in _ROLES.items():
        palette.setColor(role, QColor(colours[name]))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours["textDisabled"]))
    return palette
