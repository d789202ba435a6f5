"""What a row of the command table is made of, and what a command is given when it runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from core.model.controls import GatewayControls
from core.model.translation import Translator

DOTS: Final = "••••••••"


class ParameterKind(Enum):
    """How a value is written; the name is an English source text for help and errors."""

    TEXT = "text"
    NUMBER = "a whole number"
    DECIMAL = "a number"
    SWITCH = "1 or 0"
    CHOICE = "a choice"
    SECRET = "text, never shown"
    SECRET_MD5 = "32 hexadecimal digits"

    @property
    def is_secret(self) -> bool:
        """Whether the value must never be shown or logged."""
        return self in (ParameterKind.SECRET, ParameterKind.SECRET_MD5)


class Parameter(NamedTuple):
    """One parameter, written `-name=value`. `help` is an English source text.

    `choices` are for CHOICE, `span` (lowest, highest) for DECIMAL. The value of a `bare` one may be written alone.
    """

    name: str
    kind: ParameterKind
    help: str
    required: bool = False
    choices: tuple[str, ...] = ()
    span: tuple[float, float] = (0.0, 0.0)
    bare: bool = False

    @property
    def allowed_text(self) -> str:
        """What may be written: an English source text, or text that is the same in all languages."""
        if self.kind is ParameterKind.CHOICE:
            return ", ".join(self.choices)
        if self.kind is ParameterKind.DECIMAL:
            return f"{self.span[0]:g} - {self.span[1]:g}"
        return str(self.kind.value)


class SecretText:
    """A password on its way to a control; it prints as dots."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The password itself."""
        return self._text

    def __repr__(self) -> str:
        return DOTS

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretText) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


Value = str | int | float | bool | SecretText


class CommandLimit(NamedTuple):
    """At most `times` times in `seconds`."""

    times: int
    seconds: int


class CommandContext(NamedTuple):
    """What a command may reach: the operator's controls, the reader's language, and the table for help."""

    controls: GatewayControls
    language: Translator
    commands: Mapping[str, Command]


Action = Callable[["CommandContext", "CommandCall"], Awaitable[str]]


class Command(NamedTuple):
    """One row of the table. `help` is an English source text, `control` the method of GatewayControls it calls.

    Of the parameters in `one_of` at least one must be given. `ends` says that the gateway stops afterwards.
    """

    name: str
    help: str
    example: str
    control: str
    action: Action
    parameters: tuple[Parameter, ...] = ()
    one_of: tuple[str, ...] = ()
    limit: CommandLimit | None = None
    ends: bool = False

    @property
    def keeps_secrets(self) -> bool:
        """Whether a password may be in the line, so that nothing of it is shown that is not known to be harmless."""
        return any(parameter.kind.is_secret for parameter in self.parameters)


@dataclass(frozen=True, slots=True)
class CommandCall:
    """A command with checked values, under the parameters' names; what was not given is not there."""

    command: Command
    values: Mapping[str, Value]

    def text(self, name: str) -> str:
        """A text or choice; empty when not given."""
        value = self.values.get(name, "")
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int | None:
        """A whole number, None when not given."""
        value = self.values.get(name)
        return value if isinstance(value, int) else None

    def decimal(self, name: str) -> float:
        """A number; 0 when not given."""
        value = self.values.get(name, 0.0)
        return float(value) if isinstance(value, int | float) else 0.0

    def switch(self, name: str) -> bool:
        """On or off; off when not given."""
        return self.values.get(name) is True

    def secret(self, name: str) -> str | None:
        """A password, None when not given."""
        value = self.values.get(name)
        return value.reveal() if isinstance(value, SecretText) else None
