"""Frames: cutting a stream, limits, and what is written."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.wire.frame import HEADER_SIZE, Frame, FrameReader, digest_matches, encode_frame, encode_push


def frame_bytes(body: bytes = b"body", **changes: int) -> bytes:
    values = {"proto_id": 3004, "body_format": 0, "serial": 7} | changes
    return encode_frame(values["proto_id"], values["body_format"], values["serial"], body)


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({place % (len(data) + 1) for place in cuts})
    return [data[begin:end] for begin, end in zip([0, *places], [*places, len(data)], strict=True)]


def test_a_frame_has_the_documented_layout() -> None:
    written = frame_bytes(b"\x08\x01")
    assert written[:16].hex() == "4654" + "bc0b0000" + "00" + "00" + "07000000" + "02000000"
    assert written[16:36] == hashlib.sha1(b"\x08\x01").digest()
    assert written[36:44] == bytes(8)
    assert written[44:] == b"\x08\x01"


def test_the_digest_is_over_the_plain_body() -> None:
    frame = FrameReader().feed(encode_frame(1004, 0, 1, b"plain", b"something longer"))[0]
    assert frame.body == b"something longer"
    assert frame.digest == hashlib.sha1(b"plain").digest()
    assert digest_matches(frame, b"plain")
    assert not digest_matches(frame, frame.body)


def test_a_push_is_a_protobuf_frame_with_serial_0() -> None:
    assert encode_push(3005, b"news") == encode_frame(3005, 0, 0, b"news")


def test_several_frames_in_one_piece() -> None:
    reader = FrameReader()
    frames = reader.feed(frame_bytes(b"one", serial=1) + frame_bytes(b"", serial=2) + frame_bytes(b"three", serial=3))
    assert [(frame.serial, frame.body) for frame in frames] == [(1, b"one"), (2, b""), (3, b"three")]
    assert reader.buffered == 0


def test_version_and_reserved_bytes_are_not_judged() -> None:
    data = bytearray(frame_bytes())
    data[7] = 9
    data[36:44] = b"\xff" * 8
    assert FrameReader().feed(bytes(data))[0].version == 9


@pytest.mark.parametrize("garbage", [b"G", b"GET / HTTP/1.1\r\n", b"FX" + bytes(60), bytes(44)])
def test_wrong_magic_is_seen_at_once_and_for_good(garbage: bytes) -> None:
    reader = FrameReader()
    assert reader.feed(garbage) == []
    assert reader.fault == "the bytes are not an API frame"
    assert reader.feed(frame_bytes()) == []
    assert reader.buffered == 0


def test_frames_before_the_fault_are_delivered() -> None:
    reader = FrameReader()
    assert len(reader.feed(frame_bytes() + b"XX")) == 1
    assert reader.fault is not None


@pytest.mark.parametrize("whole", [True, False])
def test_a_length_over_the_limit_is_a_fault(whole: bool) -> None:
    reader = FrameReader(max_body=10)
    header = frame_bytes(b"x" * 11)[:HEADER_SIZE]
    pieces = [header] if whole else [header[:20], header[20:]]
    assert [reader.feed(piece) for piece in pieces] == [[]] * len(pieces)
    assert reader.fault == "a body of 11 bytes is announced, at most 10 are taken"
    assert reader.buffered == 0


def test_a_length_at_the_limit_is_fine() -> None:
    assert len(FrameReader(max_body=10).feed(frame_bytes(b"x" * 10))) == 1


def test_the_limit_may_change_between_frames() -> None:
    reader = FrameReader(max_body=4)
    taken = []
    for frame in reader.frames(frame_bytes(b"four") + frame_bytes(b"longer")):
        taken.append(frame.body)
        reader.max_body = 100
    assert taken == [b"four", b"longer"]


streams = st.lists(
    st.builds(
        lambda proto_id, serial, body: encode_frame(proto_id, 0, serial, body),
        st.integers(0, 2**32 - 1),
        st.integers(0, 2**32 - 1),
        st.binary(max_size=80),
    )
    | st.binary(max_size=60),
    max_size=5,
).map(b"".join)


@given(streams, st.lists(st.integers(0, 10_000), max_size=12))
def test_any_split_gives_the_same(stream: bytes, cuts: list[int]) -> None:
    whole, pieces = FrameReader(max_body=70), FrameReader(max_body=70)
    expected = whole.feed(stream)
    found: list[Frame] = []
    for piece in cut(stream, cuts):
        found += pieces.feed(piece)
        assert pieces.buffered <= 70 + HEADER_SIZE
    assert (found, pieces.fault, pieces.buffered) == (expected, whole.fault, whole.buffered)


@given(streams)
def test_byte_by_byte_gives_the_same(stream: bytes) -> None:
    whole, single = FrameReader(max_body=70), FrameReader(max_body=70)
    expected = whole.feed(stream)
    found = [frame for value in stream for frame in single.feed(bytes((value,)))]
    assert (found, single.fault, single.buffered) == (expected, whole.fault, whole.buffered)


def test_bytes_are_moved_once_however_small_the_pieces_are() -> None:
    """The unfinished frame grows in place: it is never put together anew for a piece."""
    reader = FrameReader()
    data = frame_bytes(bytes(1000))
    reader.feed(data[:1])
    store = reader._partial
    for value in data[1:-1]:
        assert reader.feed(bytes((value,))) == []
        assert reader._partial is store
    assert len(reader.feed(data[-1:])) == 1
