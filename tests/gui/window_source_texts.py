"""Finds every English source text of the windows: literals handed to a translator, and the tables of words."""

from __future__ import annotations

import ast
from pathlib import Path

from gui.language.state_words import state_source_texts
from gui.language.trading_words import trading_source_texts
from gui.shell.choice_menus import menu_source_texts
from gui.shell.navigation import navigation_source_texts
from gui.shell.sign_in_forms import form_source_texts
from gui.shell.sign_in_window import sign_in_source_texts

GUI = Path(__file__).parents[2] / "gui"
# Names that are the same in every language, and status kinds, which are not shown.
UNTRANSLATED = {"idle", "ok", "API", "WebSocket", "Telnet", "moomoo", "5×", "20×", "ID"}


def literal_source_texts() -> set[str]:
    """Literals in calls of `text(...)`, `x.text(...)`, `language.filled(...)` anywhere in gui/."""
    found: set[str] = set()
    for file in GUI.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _called(node) in ("text", "filled", "_draw_plain", "_add_row"):
                for argument in node.args:
                    found |= _literals(argument)
    return found - {""}


def all_source_texts() -> set[str]:
    """Everything the windows may show in English."""
    tables = (
        state_source_texts()
        | trading_source_texts()
        | menu_source_texts()
        | navigation_source_texts()
        | form_source_texts()
        | sign_in_source_texts()
        | {"Encryption", "Auto-hold", "Practice", "Simulated", "Real", "Account"}
    )
    return (literal_source_texts() | tables) - UNTRANSLATED


def _called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _literals(node: ast.expr) -> set[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.IfExp):
        return _literals(node.body) | _literals(node.orelse)
    return set()
