"""Frames of the API port: a 44-byte header and a body, cut out of a byte stream and put together.

There is no way back into step after an error, so a reader that lost it parses nothing more.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

MAGIC: Final = b"FT"
HEADER_SIZE: Final = 44
PROTOBUF_FORMAT: Final = 0
JSON_FORMAT: Final = 1

# Longest request bodies: a stranger gets little memory, a client that has introduced itself more.
MAX_BODY: Final = 4 * 1024 * 1024
MAX_BODY_BEFORE_INIT: Final = 64 * 1024

# magic, protocol id, body format, header version, serial, body length, SHA-1 of the plain body, 8 reserved bytes
_HEADER: Final = struct.Struct("<2sIBBII20s8x")
_pack: Final = _HEADER.pack
_unpack_from: Final = _HEADER.unpack_from
_sha1: Final = hashlib.sha1


class Frame(NamedTuple):
    """One frame as it was on the wire: the body may be encrypted, the digest is over the plain body."""

    proto_id: int
    body_format: int
    version: int
    serial: int
    digest: bytes
    body: bytes


class FrameReader:
    """Cuts a stream of bytes into frames.

    Never keeps more than one unfinished frame, that is `max_body` + 44 bytes. `max_body` may be changed between
    frames. `fault` says in English why framing was lost, None while all is well.
    """

    def __init__(self, max_body: int = MAX_BODY) -> None:
        self.max_body = max_body
        self.fault: str | None = None
        self._partial = bytearray()
        self._wanted = 0

    @property
    def buffered(self) -> int:
        """Bytes of the unfinished frame."""
        return len(self._partial)

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that `data` completes. After a fault: none."""
        return list(self.frames(data))

    def frames(self, data: bytes) -> Iterator[Frame]:
        """Like `feed`, one by one, so that the taker may change `max_body` in between. Must be run to its end,
        unless nothing shall be read any more."""
        position = 0
        if self._partial:
            position = self._complete(data)
            if len(self._partial) < self._wanted or self.fault:
                return
            whole = bytes(self._partial)
            self._partial.clear()
            _, proto_id, body_format, version, serial, _, digest = _unpack_from(whole)
            yield Frame(proto_id, body_format, version, serial, digest, whole[HEADER_SIZE:])
        elif self.fault:
            return
        end = len(data)
        while end - position >= HEADER_SIZE:
            magic, proto_id, body_format, version, serial, length, digest = _unpack_from(data, position)
            if magic != MAGIC or length > self.max_body:
                self._lose_step(magic, length)
                return
            body_at = position + HEADER_SIZE
            stop = body_at + length
            if stop > end:
                break
            position = stop
            yield Frame(proto_id, body_format, version, serial, digest, data[body_at:stop])
        if position < end:
            self._keep(data[position:])

    def _keep(self, rest: bytes) -> None:
        """Store the beginning of a frame; what can be checked already is checked."""
        if len(rest) >= HEADER_SIZE:
            self._wanted = HEADER_SIZE + _unpack_from(rest)[5]
        else:
            self._wanted = HEADER_SIZE
            if not MAGIC.startswith(rest[:2]):
                self._lose_step(rest[:2], 0)
                return
        self._partial += rest

    def _complete(self, data: bytes) -> int:
        """Move bytes from `data` to the unfinished frame until it is whole; returns how many were taken."""
        partial = self._partial
        taken = min(self._wanted - len(partial), len(data))
        partial += data[:taken]
        if not MAGIC.startswith(partial[:2]):
            self._lose_step(bytes(partial[:2]), 0)
        elif len(partial) == self._wanted == HEADER_SIZE:
            length = _unpack_from(partial)[5]
            if length > self.max_body:
                self._lose_step(MAGIC, length)
                return taken
            self._wanted = HEADER_SIZE + length
            if length:
                more = data[taken : taken + length]
                partial += more
                taken += len(more)
        return taken

    def _lose_step(self, magic: bytes, length: int) -> None:
        if not MAGIC.startswith(magic):
            self.fault = "the bytes are not an API frame"
        else:
            self.fault = f"a body of {length} bytes is announced, at most {self.max_body} are taken"
        self._partial = bytearray()


def encode_frame(
    proto_id: int, body_format: int, serial: int, plain_body: bytes, wire_body: bytes | None = None
) -> bytes:
    """One frame. The digest is over `plain_body`; `wire_body` is what is sent, when that is something else."""
    digest = _sha1(plain_body).digest()
    body = plain_body if wire_body is None else wire_body
    return _pack(MAGIC, proto_id, body_format, 0, serial, len(body), digest) + body


def encode_push(proto_id: int, body: bytes) -> bytes:
    """The frame of a push in protobuf, not encrypted: the same bytes for every client that gets pushes so."""
    return _pack(MAGIC, proto_id, PROTOBUF_FORMAT, 0, 0, len(body), _sha1(body).digest()) + body


def digest_matches(frame: Frame, plain_body: bytes) -> bool:
    """Whether the header's SHA-1 is that of `plain_body`."""
    return _sha1(plain_body).digest() == frame.digest
