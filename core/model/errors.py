"""The two kinds of errors: what a user is told, and everything else, which is a bug."""

from __future__ import annotations


class UserFacingError(Exception):
    """Something a person or a client can act on.

    `code` names a row of core/model/message_texts.py; `facts` fill its sentences. The sentence itself is made at the
    edge, in the reader's language.
    """

    def __init__(self, code: str, /, **facts: object) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.code}({facts})"
