"""Write the pages that are made from the tables: python packaging/generate_docs.py [--check]

`--check` writes nothing and fails when a page is not what the tables say.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from core.api_messages.protocol_catalogue import PROTOCOLS
from core.console.command_catalogue import COMMANDS
from core.console.command_help import explained, parameter_usage
from core.model.message_texts import MESSAGE_TEXTS
from core.model.translation import Translator
from core.settings.options import OPTIONS

FOLDER = ROOT / "resources" / "docs" / "generated"
NOTE = "<!-- Made by packaging/generate_docs.py; change the table it comes from instead. -->\n\n"


def protocols() -> str:
    """Table 1."""
    lines = [
        "# Protocols\n",
        NOTE + "| Id | Name | Kind | Desk | Who can know the answer | Limit per 30 s | A slow client |",
    ]
    lines.append("|---|---|---|---|---|---|---|")
    for row in PROTOCOLS.values():
        kind = "push" if row.is_push else "request"
        slow = row.slow.value if row.slow else ""
        limit = row.limit or ""
        lines.append(
            f"| {row.proto_id} | {row.name} | {kind} | {row.desk.value} | {row.source.value} | {limit} | {slow} |"
        )
    return "\n".join(lines) + "\n"


def options() -> str:
    """Table 2."""
    lines = ["# Options\n", NOTE + "| Flag | OpenD.xml | Default | Allowed | Meaning |", "|---|---|---|---|---|"]
    for option in OPTIONS:
        default = option.default if option.default not in ("", (), False) else ""
        lines.append(f"| `{option.flag}` | {option.xml or ''} | {default} | {option.allowed_text} | {option.help} |")
    return "\n".join(lines) + "\n"


def console() -> str:
    """Table 3."""
    lines = [
        "# Console commands\n",
        NOTE
        + "Written `NAME -parameter=value`; values with spaces in quotation marks, a quotation mark inside them twice. "
        "Upper and\nlower case and the order of parameters make no difference.\n",
        "| Command | What it does | Parameters | Example |",
        "|---|---|---|---|",
    ]
    english = Translator()
    for command in COMMANDS.values():
        parameters = "<br>".join(
            f"`{parameter_usage(parameter)}` {explained(command, parameter, english)}"
            for parameter in command.parameters
        )
        lines.append(f"| `{command.name}` | {command.help} | {parameters} | `{command.example}` |")
    return "\n".join(lines) + "\n"


def messages() -> str:
    """Table 4."""
    lines = ["# Messages\n", NOTE + "| Code | What happened | What to do |", "|---|---|---|"]
    lines += [f"| {code} | {row.sentence} | {row.advice} |" for code, row in MESSAGE_TEXTS.items()]
    return "\n".join(lines) + "\n"


PAGES = {"protocols.md": protocols, "options.md": options, "console.md": console, "messages.md": messages}


def main() -> int:
    check = "--check" in sys.argv[1:]
    stale = []
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        page = FOLDER / name
        text = make()
        if page.exists() and page.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            page.write_text(text, encoding="utf-8")
    if stale:
        print(("out of date: " if check else "written: ") + ", ".join(stale))
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
