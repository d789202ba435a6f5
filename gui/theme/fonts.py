"""Fonts: the bundled files are registered, then family stacks and pixel sizes come from the tokens."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase

from gui.theme.design_tokens import DesignTokens, TypeRole


def register_bundled_fonts(folder: Path) -> None:
    """Register every font file of the folder; without it the system's own fonts are used."""
    if not folder.is_dir():
        return
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() in {".ttf", ".otf", ".ttc"}:
            QFontDatabase.addApplicationFont(str(file))


def make_font(tokens: DesignTokens, role: TypeRole, text_size: float, *, figures: bool = False) -> QFont:
    """The font of a text role; with `figures` all digits are equally wide, so columns and clocks do not jump."""
    font = QFont()
    font.setFamilies(tokens.mono_families if role.mono else tokens.ui_families)
    font.setPixelSize(max(1, round(role.size * text_size)))
    font.setWeight(QFont.Weight(role.weight))
    if figures and not role.mono:
        font.setFeature(QFont.Tag("tnum"), 1)
    return font
