"""Reads one line, `name -key=value -key="value with spaces"`, and checks it against the command table.

Lower and upper case, the order of parameters, two dashes for one and spaces around `=` make no difference. A quotation
mark inside quotation marks is written twice. No error text repeats what may be a password.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from core.console.command import DOTS, Command, CommandCall, Parameter, ParameterKind, SecretText, Value
from core.model.errors import UserFacingError

LONGEST_LINE: Final = 2_048
LONGEST_TEXT: Final = 200
_LONGEST_SHOWN: Final = 40
_LARGEST_NUMBER: Final = 2**64 - 1
_SWITCH_WORDS: Final = MappingProxyType(
    {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
)
_QUOTED: Final = r'"(?:[^"]|"")*"(?=\s|$)'
_PART: Final = re.compile(
    rf"""
    -{{1,2}}(?P<key>[^\s="-][^\s="]*)          # -key
      (?:\s*(?P<equals>=)
         (?: (?P<direct>[^\s"]\S*)             # =value, also one that begins with a dash
           | \s*(?P<quoted>{_QUOTED})
           | \s+(?P<apart>[^\s"-]\S*)          # = value
         )?
      )?(?=\s|$)
    | (?P<quoted_word>{_QUOTED})
    | (?P<word>[^\s"-]\S*)
    """,
    re.VERBOSE,
)
_PLAIN_VALUE: Final = re.compile(r"[\w.:/\\@+,]+", re.ASCII)
_DIGITS: Final = re.compile(r"[0-9]{1,20}")
_DECIMAL: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_MD5: Final = re.compile(r"[0-9a-fA-F]{32}")


class LinePart(NamedTuple):
    """One piece after the name. `key` is empty for text alone; `value` is None when no `=` was written."""

    key: str
    value: str | None
    position: int


class SplitLine(NamedTuple):
    """A line in pieces, not yet compared with the table. Names are in lower case with underscores."""

    name: str
    parts: tuple[LinePart, ...]


def split_line(line: str) -> SplitLine:
    """Take a line apart. Raises UserFacingError(command_too_long, quote_open, stray_text)."""
    if len(line) > LONGEST_LINE:
        raise UserFacingError("command_too_long", limit=LONGEST_LINE)
    parts = []
    position = _after_space(line, 0)
    while position < len(line):
        match = _PART.match(line, position)
        if match is None:
            code = "quote_open" if '"' in line[position:] else "stray_text"
            raise UserFacingError(code, position=position + 1)
        parts.append(_part(match))
        position = _after_space(line, match.end())
    if not parts or parts[0].key:
        raise UserFacingError("no_command")
    return SplitLine(_normal(parts[0].value or ""), tuple(parts[1:]))


def _after_space(line: str, position: int) -> int:
    while position < len(line) and line[position].isspace():
        position += 1
    return position


def _part(match: re.Match[str]) -> LinePart:
    position = match.start() + 1
    if match["key"] is None:
        return LinePart("", match["word"] or _unquoted(match["quoted_word"] or '""'), position)
    if match["equals"] is None:
        return LinePart(_normal(match["key"]), None, position)
    quoted = match["quoted"]
    value = _unquoted(quoted) if quoted is not None else match["direct"] or match["apart"] or ""
    return LinePart(_normal(match["key"]), value, position)


def _unquoted(text: str) -> str:
    return text[1:-1].replace('""', '"')


def _normal(name: str) -> str:
    return name.lower().replace("-", "_")


def format_line(name: str, values: Mapping[str, str]) -> str:
    """Write a line that is read as this name with these values; quotation marks where they are needed."""
    parts = [name]
    for key, value in values.items():
        plain = _PLAIN_VALUE.fullmatch(value)
        parts.append(f"-{key}={value}" if plain else f'-{key}="{value.replace(chr(34), chr(34) * 2)}"')
    return " ".join(parts)


def shown_line(call: CommandCall) -> str:
    """The call as a line for logs and screens: passwords are dots."""
    values = {name: DOTS if isinstance(value, SecretText) else _written(value) for name, value in call.values.items()}
    return format_line(call.command.name, values).replace(f'"{DOTS}"', DOTS)


def _written(value: Value) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def find_command(name: str, commands: Mapping[str, Command]) -> Command:
    """Look a name up. Raises UserFacingError(unknown_command, unknown_command_near)."""
    command = commands.get(_normal(name))
    if command is None:
        shown = name[:_LONGEST_SHOWN]
        near = difflib.get_close_matches(_normal(shown), commands, 1)
        if near:
            raise UserFacingError("unknown_command_near", name=shown, nearest=near[0])
        raise UserFacingError("unknown_command", name=shown)
    return command


def parse_line(line: str, commands: Mapping[str, Command]) -> CommandCall:
    """Read a line that is not empty and check every value. Raises UserFacingError."""
    name, parts = split_line(line)
    command = find_command(name, commands)
    values: dict[str, Value] = {}
    for part in parts:
        parameter = _parameter_of(command, part, values)
        if parameter.name in values:
            raise UserFacingError("parameter_twice", name=f"-{parameter.name}")
        values[parameter.name] = _checked(command, parameter, part.value)
    missing = [f"-{parameter.name}" for parameter in command.parameters if _is_missing(parameter, values)]
    if command.one_of and not any(name in values for name in command.one_of):
        missing.append(" / ".join(f"-{name}" for name in command.one_of))
    if missing:
        raise UserFacingError(
            "parameter_missing", name=command.name, missing=", ".join(missing), example=command.example
        )
    return CommandCall(command, MappingProxyType(values))


def _is_missing(parameter: Parameter, values: Mapping[str, Value]) -> bool:
    return parameter.required and parameter.name not in values


def _parameter_of(command: Command, part: LinePart, given: Mapping[str, Value]) -> Parameter:
    if not part.key:
        for parameter in command.parameters:
            if parameter.bare and parameter.name not in given:
                return parameter
        raise UserFacingError("stray_text", position=part.position)
    by_name = {parameter.name: parameter for parameter in command.parameters}
    found = by_name.get(part.key)
    if found is None:
        shown = part.key[:_LONGEST_SHOWN]
        near = difflib.get_close_matches(shown, by_name, 1)
        shown = DOTS if command.keeps_secrets else f"-{shown}"
        if near:
            raise UserFacingError("unknown_parameter_near", command=command.name, name=shown, nearest=f"-{near[0]}")
        raise UserFacingError("unknown_parameter", command=command.name, name=shown)
    return found


def _checked(command: Command, parameter: Parameter, written: str | None) -> Value:
    if written is None and parameter.kind is ParameterKind.SWITCH:
        return True
    if not written:
        raise UserFacingError("parameter_empty", name=f"-{parameter.name}")
    value = _value(parameter, written)
    if value is None:
        shown = DOTS if command.keeps_secrets else written[:_LONGEST_SHOWN]
        raise UserFacingError("bad_parameter", name=f"-{parameter.name}", value=shown, allowed=parameter.allowed_text)
    return value


def _value(parameter: Parameter, written: str) -> Value | None:
    """What was written as a value of the parameter's kind; None when it is not allowed."""
    match parameter.kind:
        case ParameterKind.NUMBER:
            return int(written) if _DIGITS.fullmatch(written) and int(written) <= _LARGEST_NUMBER else None
        case ParameterKind.DECIMAL:
            low, high = parameter.span
            return float(written) if _DECIMAL.fullmatch(written) and low <= float(written) <= high else None
        case ParameterKind.SWITCH:
            return _SWITCH_WORDS.get(written.lower())
        case ParameterKind.CHOICE:
            return {choice.lower(): choice for choice in parameter.choices}.get(written.lower())
        case ParameterKind.SECRET_MD5:
            return SecretText(written.lower()) if _MD5.fullmatch(written) else None
        case ParameterKind.SECRET:
            return SecretText(written) if len(written) <= LONGEST_TEXT else None
        case ParameterKind.TEXT:
            return written if len(written) <= LONGEST_TEXT and written.isprintable() else None
