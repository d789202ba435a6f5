"""Loads the compiled schema and makes message classes on first use.

The descriptor set is built from the pinned official package (packaging/compile_schema.py) and lives in a private
pool, so that nothing clashes with an official SDK in the same process.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message

DESCRIPTOR_SET = Path(__file__).parent / "generated" / "openapi.desc"


@cache
def _files() -> dict[str, descriptor_pb2.FileDescriptorProto]:
    if not DESCRIPTOR_SET.exists():
        raise RuntimeError(f"the compiled schema is missing ({DESCRIPTOR_SET}); run `make schema`")
    # Not validated here: the set is part of our own package.
    collection = descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTOR_SET.read_bytes())
    return {file.name: file for file in collection.file}


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    return descriptor_pool.DescriptorPool()


@cache
def _add_file(name: str) -> None:
    """Add one file and what it imports; the rest stays unparsed until somebody needs it."""
    proto = _files()[name]
    for dependency in proto.dependency:
        _add_file(dependency)
    _pool().Add(proto)


class SchemaFile:
    """One .proto file: its messages and enum values as attributes, made on first use."""

    def __init__(self, stem: str) -> None:
        _add_file(f"{stem}.proto")
        self._descriptor = _pool().FindFileByName(f"{stem}.proto")

    def __getattr__(self, name: str) -> Any:
        descriptor = self._descriptor
        if name in descriptor.message_types_by_name:
            value: Any = message_factory.GetMessageClass(descriptor.message_types_by_name[name])
        elif name in descriptor.enum_types_by_name:
            value = descriptor.enum_types_by_name[name]
        else:
            for enum in descriptor.enum_types_by_name.values():
                if name in enum.values_by_name:
                    value = enum.values_by_name[name].number
                    break
            else:
                raise AttributeError(f"{descriptor.name} has no {name}")
        setattr(self, name, value)
        return value


@cache
def schema_file(stem: str) -> SchemaFile:
    """The file `<stem>.proto`. Raises KeyError when the schema has none of that name."""
    return SchemaFile(stem)


def file_stems() -> list[str]:
    """Every .proto file of the schema, without ending."""
    return sorted(name.removesuffix(".proto") for name in _files())


def message_class(stem: str, name: str) -> type[Message]:
    """The class of one message, for code that works from the catalogue."""
    found: type[Message] = getattr(schema_file(stem), name)
    return found
