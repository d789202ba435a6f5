"""Typed door to the schema: `openapi.Qot_Sub.Request()`. Editors and mypy see the generated stubs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.api_messages.generated.names import *
else:
    from core.api_messages.schema import schema_file

    def __getattr__(name: str):
        try:
            return schema_file(name)
        except KeyError:
            raise AttributeError(f"the schema has no file {name}.proto") from None
