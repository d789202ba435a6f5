"""Bodies of requests, replies and pushes: protobuf or JSON bytes on one side, messages on the other."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message

from core.api_messages.protocol_catalogue import PROTOCOLS
from core.api_messages.schema import message_class
from core.model.errors import UserFacingError
from core.wire.frame import JSON_FORMAT, PROTOBUF_FORMAT
from core.wire.json_bodies import JsonFault, read_json, write_json


def decode_request(proto_id: int, body_format: int, body: bytes) -> Message:
    """The request in `body` (plain bytes, format 0 protobuf or 1 JSON), complete and with readable texts.

    Raises UserFacingError: unknown_protocol (also for pushes and for protocols without a public message), bad_body,
    missing_field.
    """
    request_type = _request_class(proto_id) if proto_id in PROTOCOLS else None
    if request_type is None:
        raise UserFacingError("unknown_protocol", proto_id=proto_id)
    if body_format == PROTOBUF_FORMAT:
        try:
            message: Any = request_type.FromString(body)
        except DecodeError:
            raise UserFacingError("bad_body", reason="it is not a protobuf message") from None
        # Strings are only checked where they can be wrong: pure ASCII bytes hold pure ASCII texts.
        if not body.isascii():
            texts = _texts_of(message.DESCRIPTOR)
            if texts is not None and (field := _unreadable_text(message, texts)):
                raise UserFacingError("bad_body", reason=f"the text of {field} is not UTF-8")
    elif body_format == JSON_FORMAT:
        try:
            message = read_json(body, request_type)
        except JsonFault as fault:
            raise UserFacingError("bad_body", reason=str(fault)) from None
    else:
        raise UserFacingError("bad_body", reason="the body format is neither protobuf nor JSON")
    if not message.IsInitialized():
        raise UserFacingError("missing_field", field=message.FindInitializationErrors()[0])
    checked: Message = message
    return checked


def transcode_reply(proto_id: int, body: bytes) -> bytes:
    """A protobuf Response as JSON for the SDK's reader.

    An id without a public message gets the envelope (retType, retMsg, errCode), which all Responses share. Raises
    DecodeError when `body` is no Response, which would be a bug of the caller.
    """
    response_type = _response_class(proto_id) if proto_id in PROTOCOLS else None
    if response_type is not None:
        return write_json(response_type.FromString(body))
    envelope: Any = message_class("KeepAlive", "Response").FromString(body)
    envelope.ClearField("s2c")
    return write_json(envelope)


def json_push_body(proto_id: int, body: bytes) -> bytes:
    """The JSON form of a push body, the same for every client that asked for JSON: make it once per push."""
    return transcode_reply(proto_id, body)


@cache
def _request_class(proto_id: int) -> type[Message] | None:
    """Only for ids of the catalogue, so that the cache stays small."""
    return PROTOCOLS[proto_id].request_class()


@cache
def _response_class(proto_id: int) -> type[Message] | None:
    return PROTOCOLS[proto_id].response_class()


class _Texts(NamedTuple):
    """Names of the fields of one message type that hold texts, or messages with texts."""

    single: tuple[str, ...]
    repeated: tuple[str, ...]
    messages: tuple[tuple[str, _Texts], ...]
    message_lists: tuple[tuple[str, _Texts], ...]


@cache
def _texts_of(descriptor: Descriptor) -> _Texts | None:
    """None when there are no texts at any depth. No message of the schema contains itself."""
    texts = [field for field in descriptor.fields if field.type == FieldDescriptor.TYPE_STRING]
    inner = [
        (field, below)
        for field in descriptor.fields
        if field.message_type is not None and (below := _texts_of(field.message_type)) is not None
    ]
    if not texts and not inner:
        return None
    return _Texts(
        tuple(field.name for field in texts if not field.is_repeated),
        tuple(field.name for field in texts if field.is_repeated),
        tuple((field.name, below) for field, below in inner if not field.is_repeated),
        tuple((field.name, below) for field, below in inner if field.is_repeated),
    )


def _unreadable_text(message: Message, texts: _Texts) -> str | None:
    """The name of a text field that is not UTF-8: the protobuf library hands those out as bytes."""
    for name in texts.single:
        if not isinstance(getattr(message, name), str):
            return name
    for name in texts.repeated:
        for text in getattr(message, name):
            if not isinstance(text, str):
                return name
    for name, below in texts.messages:
        if message.HasField(name) and (found := _unreadable_text(getattr(message, name), below)):
            return found
    for name, below in texts.message_lists:
        for item in getattr(message, name):
            if found := _unreadable_text(item, below):
                return found
    return None
