"""Help from the command table: the list, and one command with its parameters."""

from __future__ import annotations

from collections.abc import Mapping

from core.console import console_texts as texts
from core.console.command import Command, Parameter, ParameterKind
from core.model.translation import Translator


def list_text(commands: Mapping[str, Command], language: Translator) -> str:
    """All commands, one line each."""
    width = max(len(name) for name in commands)
    lines = [f"  {name:<{width}}  {language(command.help)}" for name, command in commands.items()]
    return "\n".join([language(texts.HELP_HEAD), *lines])


def command_text(command: Command, language: Translator) -> str:
    """One command: what it does, its parameters, an example, how often it may run."""
    lines = [f"{command.name}: {language(command.help)}"]
    lines += [
        f"  {parameter_usage(parameter)}  {explained(command, parameter, language)}" for parameter in command.parameters
    ]
    lines.append(language(texts.HELP_EXAMPLE, example=command.example))
    if command.limit:
        lines.append(language(texts.HELP_LIMIT, count=command.limit.times, seconds=command.limit.seconds))
    return "\n".join(lines)


def parameter_usage(parameter: Parameter) -> str:
    """A parameter as it is written."""
    return f"-{parameter.name}="


def explained(command: Command, parameter: Parameter, language: Translator) -> str:
    """What a parameter means, what may be written, whether it is needed."""
    allowed = parameter.allowed_text
    if parameter.kind is not ParameterKind.CHOICE and parameter.kind is not ParameterKind.DECIMAL:
        allowed = language(allowed)
    notes = [allowed]
    if parameter.name in command.one_of:
        notes.append(language(texts.HELP_ONE_OF))
    elif not parameter.required:
        notes.append(language(texts.HELP_OPTIONAL))
    opening, comma, closing = ("（", "，", "）") if language.is_chinese else (" (", "; ", ")")
    return f"{language(parameter.help)}{opening}{comma.join(notes)}{closing}"
