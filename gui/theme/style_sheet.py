"""The one style sheet of the application, generated from the tokens. `@name` is a colour, `<13>` a size in pixels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from gui.theme.design_tokens import DesignTokens

_SHEET: Final = """
QWidget { color: @text; }
QLabel { background: transparent; border: 0; }
QDialog, QWidget[page="true"] { background: @background; }
QScrollArea { border: 0; background: transparent; }
QToolTip { background: @tooltipBackground; color: @tooltipText; border: 0; padding: <4> <8>; font-size: <12>; }

QFrame[card="true"] { background: @surface; border: 1px solid @border; border-radius: <8>; }
QFrame[card="true"]:focus { border: 2px solid @focus; }
QFrame[card="true"][tint="error"] { background: @negativeSubtle; border-color: @negativeBorder; }
QFrame[strip="true"] { background: @sunken; border: 0; border-top: 1px solid @border;
  border-bottom: 1px solid @border; }
QFrame[line="true"] { background: @border; border: 0; max-height: 1px; min-height: 1px; }
QFrame[upright="true"] { background: @border; border: 0; max-width: 1px; min-width: 1px; }
QFrame[code="true"] { background: @sunken; border: 1px solid @border; border-radius: <6>; }
QFrame[bar="true"] { background: @sidebar; border: 0; border-top: 1px solid @border; }
QFrame#nav { background: @sidebar; border: 0; border-right: 1px solid @border; }
QFrame#accountFrame { background: @sidebar; border: 0; border-top: 1px solid @border; }
QFrame#footer { background: @background; border: 0; border-top: 1px solid @border; }
QFrame[toast="true"] { background: @raised; border: 1px solid @borderControl; border-radius: <8>; }
QFrame[dialogFooter="true"] { background: @background; border: 0; border-top: 1px solid @border; }

QPushButton { min-height: <28>; max-height: <28>; padding: 0 <12>; border-radius: <6>;
  border: 1px solid @borderControl; background: @surface; font-weight: 500; }
QPushButton[painted="true"] { min-height: 0; max-height: 1000px; padding: 0; border: 0; }
QPushButton:hover { background: @hover; }
QPushButton:pressed { background: @pressed; }
QPushButton:focus { border: 2px solid @focus; padding: 0 <11>; min-height: <26>; max-height: <26>; }
QPushButton:disabled { background: @sunken; border-color: @border; color: @textDisabled; }
QPushButton::menu-indicator { image: none; width: 0; }
QPushButton[chevron="true"] { padding: 0 <28> 0 <10>; text-align: left; }
QPushButton[chevron="true"]:focus { padding: 0 <27> 0 <9>; }
QPushButton[kind="danger-text"] { color: @negative; }
QPushButton[kind="danger-text"]:disabled { color: @textDisabled; }
QPushButton[kind="quiet"] { border: 1px solid transparent; background: transparent; color: @textSecondary; }
QPushButton[kind="quiet"]:hover { background: @hover; }
QPushButton[kind="quiet"]:focus { border: 2px solid @focus; }
QPushButton[kind="link"] { border: 1px solid transparent; background: transparent; color: @accentText;
  padding: 0 <4>; }
QPushButton[kind="link"]:hover { background: @hover; }
QPushButton[kind="link"]:focus { border: 2px solid @focus; padding: 0 <3>; }
QPushButton[kind="primary"], QPushButton[kind="danger"] { margin: <4>; border: 0; padding: 0 <13>;
  min-height: <30>; max-height: <30>; }
QPushButton[kind="primary"] { background: @accent; color: @onAccent; }
QPushButton[kind="primary"]:hover { background: @accentHover; }
QPushButton[kind="primary"]:pressed { background: @accentPressed; }
QPushButton[kind="danger"] { background: @dangerFill; color: @onDanger; }
QPushButton[kind="danger"]:hover { background: @dangerFillHover; }
QPushButton[kind="primary"]:disabled, QPushButton[kind="danger"]:disabled { background: @pressed;
  color: @textDisabled; }
QPushButton[kind="primary"][large="true"] { min-height: <38>; max-height: <38>; font-size: <14>; }

QFrame[segmentBox="true"] { background: @sunken; border: 1px solid @border; border-radius: <6>; }
QPushButton[segment="true"] { border: 1px solid transparent; background: transparent; min-height: <24>;
  max-height: <24>; border-radius: <4>; padding: 0 <10>; font-size: <12>; color: @textSecondary; }
QPushButton[segment="true"]:hover { background: @hover; }
QPushButton[segment="true"]:checked { background: @surface; border: 1px solid @borderControl; color: @text;
  font-weight: 600; }
QPushButton[segment="true"]:focus { border: 2px solid @focus; padding: 0 <9>; min-height: <22>;
  max-height: <22>; }
QPushButton[segment="true"][small="true"] { min-height: <20>; max-height: <20>; }
QPushButton[segment="true"][small="true"]:focus { min-height: <18>; max-height: <18>; }
QPushButton[segment="true"]:disabled { color: @textDisabled; }

QToolButton { border: 1px solid transparent; border-radius: <6>; background: transparent; padding: 0; }
QToolButton:hover { background: @hover; }
QToolButton:pressed { background: @pressed; }
QToolButton:focus { border: 2px solid @focus; }
QToolButton::menu-indicator { image: none; width: 0; }

QPushButton[status="true"] { border: 1px solid transparent; border-radius: <4>; background: transparent;
  min-height: <20>; max-height: <20>; padding: 0 <6>; font-size: <12>; font-weight: 400; color: @textSecondary; }
QPushButton[status="true"]:hover { background: @hover; }
QPushButton[status="true"]:focus { border: 2px solid @focus; padding: 0 <5>; min-height: <18>; max-height: <18>; }

QLineEdit { min-height: <28>; max-height: <28>; border: 1px solid @borderStrong; border-radius: <6>;
  padding: 0 <8>; background: @surface; selection-background-color: @accent; selection-color: @onAccent; }
QLineEdit:focus { border: 2px solid @focus; padding: 0 <7>; min-height: <26>; max-height: <26>; }
QLineEdit[quietEdge="true"] { border-color: @borderControl; }
QLineEdit[quietEdge="true"]:focus { border-color: @focus; }
QLineEdit:disabled { background: @sunken; border-color: @border; color: @textDisabled; }
QLineEdit[invalid="true"] { border: 2px solid @negative; padding: 0 <7>; min-height: <26>; max-height: <26>; }

QComboBox { min-height: <28>; max-height: <28>; border: 1px solid @borderStrong; border-radius: <6>;
  padding: 0 <26> 0 <9>; background: @surface; }
QComboBox:focus { border: 2px solid @focus; padding: 0 <25> 0 <8>; min-height: <26>; max-height: <26>; }
QComboBox:disabled { background: @sunken; border-color: @border; color: @textDisabled; }
QComboBox::drop-down { border: 0; width: 0; }
QComboBox::down-arrow { image: none; }
QComboBox QAbstractItemView { background: @raised; border: 1px solid @borderControl; padding: <4>;
  selection-background-color: @selection; selection-color: @text; outline: 0; }

QMenu { background: @raised; border: 1px solid @borderControl; padding: <4>; }
QMenu::item { padding: <6> <28> <6> <10>; border-radius: <4>; }
QMenu::icon { padding-left: <8>; }
QMenu::item:selected { background: @selection; }
QMenu::item:disabled { color: @textDisabled; }
QMenu::separator { height: 1px; background: @border; margin: <4> <6>; }

QTableView { background: transparent; border: 0; outline: 0; }
QHeaderView, QHeaderView::section { background: transparent; border: 0; }
QListView { background: transparent; border: 0; outline: 0; }

QScrollBar:vertical { width: <9>; background: transparent; margin: 2px; }
QScrollBar:horizontal { height: <9>; background: transparent; margin: 2px; }
QScrollBar::handle { background: @borderControl; border-radius: 2px; min-height: <28>; min-width: <28>; }
QScrollBar::handle:hover { background: @borderStrong; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { width: 0; height: 0;
  background: transparent; }
QAbstractScrollArea::corner { background: transparent; border: 0; }
QSplitter::handle { background: transparent; }
"""

_INKS: Final = {
    "secondary": "textSecondary",
    "muted": "textMuted",
    "disabled": "textDisabled",
    "accent": "accentText",
    "ok": "positive",
    "warn": "warn",
    "error": "negative",
    "info": "info",
    "idle": "textMuted",
}


def make_style_sheet(colours: Mapping[str, str], tokens: DesignTokens, text_size: float) -> str:
    """The style sheet for plain token colours and a factor on sizes."""
    rules = [_SHEET]
    for role, style in tokens.type_roles.items():
        families = f" font-family: {_quoted(tokens.mono_families)};" if style.mono else ""
        rules.append(f'QLabel[type="{role}"] {{ font-size: <{style.size}>; font-weight: {style.weight};{families} }}')
    rules += [f'QLabel[ink="{ink}"] {{ color: @{colour}; }}' for ink, colour in _INKS.items()]
    rules += [
        f'QPushButton[status="true"][inkToken="{colour}"] {{ color: @{colour}; font-weight: 600; }}'
        for colour in ("positive", "warn", "negative", "info")
    ]
    rules += [f'QLabel[weight="{weight}"] {{ font-weight: {weight}; }}' for weight in (400, 500, 600)]
    rules.append(f'QPushButton[mono="true"] {{ font-family: {_quoted(tokens.mono_families)}; }}')
    sheet = "\n".join(rules)
    sheet = re.sub(r"<(\d+)>", lambda size: f"{round(int(size[1]) * text_size)}px", sheet)
    return re.sub(r"@(\w+)", lambda name: colours[name[1]], sheet)


def _quoted(families: list[str]) -> str:
    return ", ".join(f'"{family}"' for family in families)
