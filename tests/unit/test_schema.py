"""The compiled schema: complete, private, lazy."""

from __future__ import annotations

import pytest
from google.protobuf import descriptor_pool

from core.api_messages import openapi, schema


def test_all_files_are_there_and_load() -> None:
    stems = schema.file_stems()
    assert len(stems) == 184
    for stem in stems:
        schema.schema_file(stem)


def test_nothing_is_added_to_the_default_pool() -> None:
    assert openapi.Qot_Sub.Request is openapi.Qot_Sub.Request
    with pytest.raises(KeyError):
        descriptor_pool.Default().FindFileByName("Qot_Sub.proto")  # type: ignore[no-untyped-call]


def test_messages_enums_and_unknown_names() -> None:
    request = openapi.Qot_Sub.Request(c2s={"isSubOrUnSub": True})
    assert openapi.Qot_Sub.Request.FromString(request.SerializeToString()) == request
    assert openapi.Qot_Common.QotMarketState_Morning == 3
    with pytest.raises(AttributeError):
        _ = openapi.Qot_Sub.NoSuchThing  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        _ = openapi.No_Such_File  # type: ignore[attr-defined]
