"""One client's session: what is received, refused and broken, and what is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from core.api_messages import openapi
from core.model.message_texts import MESSAGE_TEXTS
from core.wire.body_codec import json_push_body
from core.wire.client_session import MAX_INIT_BLOCKS, Broken, ClientSession, Received, Refused, SessionEvent
from core.wire.encryption import BodyCipher, RsaKey, body_cipher
from core.wire.frame import HEADER_SIZE, MAX_BODY_BEFORE_INIT, Frame, FrameReader, encode_frame, encode_push

KEY, IV = "0123456789ABCDEF", "fedcba9876543210"
RSA_KEY = RsaKey(rsa.generate_private_key(65537, 1024))
OTHER_KEY = RsaKey(rsa.generate_private_key(65537, 1024))


def new_session(rsa_key: RsaKey | None = None, **options: int) -> ClientSession:
    return ClientSession(9, KEY, IV, rsa_key, **options)


def init_request(**fields: Any) -> bytes:
    request = openapi.InitConnect.Request(c2s={"clientVer": 300, "clientID": "PyNormal", **fields})
    return request.SerializeToString()


def init_reply(ret_type: int = 0) -> bytes:
    reply = openapi.InitConnect.Response(retType=ret_type)
    if ret_type == 0:
        values = {"serverVer": 1, "loginUserID": 1, "connID": 9, "connAESKey": KEY, "keepAliveInterval": 10}
        reply = openapi.InitConnect.Response(retType=0, s2c=values)
    return reply.SerializeToString()


def keep_alive(time: int = 5) -> bytes:
    return openapi.KeepAlive.Request(c2s={"time": time}).SerializeToString()


def established(rsa_key: RsaKey | None = None, session: ClientSession | None = None, **fields: Any) -> ClientSession:
    session = session or new_session(rsa_key)
    (event,) = session.receive(encode_frame(1001, 0, 1, init_request(**fields)))
    assert isinstance(event, Received)
    session.encode_reply(1001, 1, 0, init_reply())
    assert session.is_established
    return session


def only_refusal(events: list[SessionEvent]) -> Refused:
    (event,) = events
    assert isinstance(event, Refused)
    assert event.code in MESSAGE_TEXTS
    return event


def read(data: bytes) -> Frame:
    (frame,) = FrameReader().feed(data)
    return frame


# InitConnect


def test_init_connect_tells_who_the_client_is() -> None:
    session = new_session()
    body = init_request(recvNotify=True, programmingLanguage="Python", packetEncAlgo=-1)
    (event,) = session.receive(encode_frame(1001, 0, 8, body))
    assert isinstance(event, Received)
    assert (event.proto_id, event.serial, event.body_format, event.body) == (1001, 8, 0, body)
    assert (session.client_id, session.client_version, session.language) == ("PyNormal", 300, "Python")
    assert session.wants_notify
    before = session.is_established
    frame = read(session.encode_reply(1001, 8, 0, init_reply()))
    assert (frame.proto_id, frame.serial, frame.body) == (1001, 8, init_reply())
    assert (before, session.is_established) == (False, True)
    assert session.shares_plain_frames


def test_long_names_are_cut() -> None:
    session = established(clientID="x" * 1000, programmingLanguage="y" * 1000)
    assert (session.client_id, session.language) == ("x" * 128, "y" * 32)


@pytest.mark.parametrize(
    ("key", "fields", "name", "sends_iv", "seals_reply"),
    [
        (None, {}, "None", False, False),
        (None, {"packetEncAlgo": 2}, "None", False, False),
        (RSA_KEY, {"packetEncAlgo": -1}, "None", False, False),
        (RSA_KEY, {}, "FTAES-ECB", False, True),
        (RSA_KEY, {"packetEncAlgo": 0}, "FTAES-ECB", False, True),
        (RSA_KEY, {"packetEncAlgo": 1}, "AES-ECB", False, True),
        (RSA_KEY, {"packetEncAlgo": 2}, "AES-CBC", True, True),
    ],
)
@pytest.mark.parametrize("sealed_request", [False, True])
def test_who_is_encrypted(
    key: RsaKey | None, fields: Any, name: str, sends_iv: bool, seals_reply: bool, sealed_request: bool
) -> None:
    if key is None and sealed_request:
        return
    session = new_session(key)
    body = init_request(**fields)
    (event,) = session.receive(encode_frame(1001, 0, 3, body, RSA_KEY.encrypt(body) if sealed_request else None))
    assert isinstance(event, Received)
    assert event.body == body
    assert (session.encryption_name, session.sends_iv) == (name, sends_iv)
    assert not session.shares_plain_frames
    frame = read(session.encode_reply(1001, 3, 0, init_reply()))
    assert (RSA_KEY.decrypt(frame.body) if seals_reply else frame.body) == init_reply()
    assert session.shares_plain_frames == (name == "None")

    cipher = body_cipher(fields.get("packetEncAlgo", 0), KEY, IV) if seals_reply else None
    request = keep_alive()
    (event,) = session.receive(encode_frame(1004, 0, 4, request, cipher.encrypt(request) if cipher else None))
    assert isinstance(event, Received)
    assert (event.message.c2s.time, event.body) == (5, request)  # type: ignore[attr-defined]
    for data in (session.encode_reply(1004, 4, 0, b"answer"), session.encode_push(1003, b"answer")):
        frame = read(data)
        assert frame.digest == read(encode_frame(1, 0, 0, b"answer")).digest
        assert (cipher.decrypt(frame.body) if cipher else frame.body) == b"answer"


def test_an_unsealable_wish_is_refused() -> None:
    refused = only_refusal(new_session(RSA_KEY).receive(encode_frame(1001, 0, 1, init_request(packetEncAlgo=7))))
    assert (refused.code, dict(refused.facts)) == ("bad_field", {"field": "c2s.packetEncAlgo", "value": 7})


@pytest.mark.parametrize(
    ("key", "wire_body", "reason"),
    [
        (None, RSA_KEY.encrypt(init_request()), "no RSA key is set"),
        (OTHER_KEY, RSA_KEY.encrypt(init_request()), "another RSA key"),
        (RSA_KEY, RSA_KEY.encrypt(b"other body"), "another RSA key"),
        (RSA_KEY, b"\xff" * 128, "another RSA key"),
        (RSA_KEY, b"x" * 127, "another RSA key"),
        (RSA_KEY, b"", "another RSA key"),
    ],
)
def test_an_init_connect_that_cannot_be_decrypted_ends_the_connection(
    key: RsaKey | None, wire_body: bytes, reason: str
) -> None:
    session = new_session(key)
    good = encode_frame(1004, 0, 2, keep_alive())
    (event,) = session.receive(encode_frame(1001, 0, 1, init_request(), wire_body) + good)
    assert isinstance(event, Broken)
    assert reason in event.reason
    assert session.receive(encode_frame(1001, 0, 1, init_request())) == []


@pytest.mark.parametrize(("blocks", "kind"), [(MAX_INIT_BLOCKS, Received), (MAX_INIT_BLOCKS + 1, Broken)])
def test_the_work_for_a_stranger_is_limited(blocks: int, kind: type) -> None:
    body = init_request(clientID="x" * (blocks * 100 - 60))
    sealed = RSA_KEY.encrypt(body)
    assert len(sealed) == blocks * 128
    (event,) = new_session(RSA_KEY).receive(encode_frame(1001, 0, 1, body, sealed))
    assert isinstance(event, kind)


@pytest.mark.parametrize(
    ("body_format", "body", "code"),
    [
        (0, b"\xff", "bad_body"),
        (1, b"{", "bad_body"),
        (2, init_request(), "bad_body"),
        (0, b"", "missing_field"),
        (1, b'{"c2s":{"clientVer":1}}', "missing_field"),
    ],
)
@pytest.mark.parametrize("sealed", [False, True])
def test_a_wrong_init_connect_is_refused_readably(body_format: int, body: bytes, code: str, sealed: bool) -> None:
    session = new_session(RSA_KEY)
    if sealed and not body:
        return  # RSA makes nothing of nothing
    refused = only_refusal(
        session.receive(encode_frame(1001, body_format, 1, body, RSA_KEY.encrypt(body) if sealed else None))
    )
    assert (refused.code, refused.body_format) == (code, int(body_format == 1))
    frame = read(session.encode_reply(1001, 1, 0, init_reply(-1)))
    assert (RSA_KEY.decrypt(frame.body) if sealed else frame.body) == init_reply(-1)
    assert not session.is_established
    assert established(session=session, packetEncAlgo=-1).is_established


def test_a_failed_init_connect_may_be_repeated() -> None:
    session = new_session(RSA_KEY)
    session.receive(encode_frame(1001, 0, 1, init_request()))
    session.encode_reply(1001, 1, 0, init_reply(-1))
    assert not session.is_established
    assert session.encryption_name == "None"
    assert only_refusal(session.receive(encode_frame(1004, 0, 2, keep_alive()))).code == "init_first"
    assert established(session=session).encryption_name == "FTAES-ECB"


def test_init_twice() -> None:
    session = established()
    assert only_refusal(session.receive(encode_frame(1001, 0, 2, init_request()))).code == "init_twice"
    session.encode_reply(1001, 2, 0, init_reply(-1))
    assert session.is_established


def test_init_twice_before_the_first_was_answered() -> None:
    session = new_session()
    first, second = session.receive(b"".join(encode_frame(1001, 0, serial, init_request()) for serial in (1, 2)))
    assert isinstance(first, Received)
    assert only_refusal([second]).code == "init_twice"
    session.encode_reply(1001, 2, 0, init_reply(-1))
    session.encode_reply(1001, 1, 0, init_reply())
    assert session.is_established


# requests


@pytest.mark.parametrize("proto_id", [1004, 3001, 4242])
def test_init_first(proto_id: int) -> None:
    refused = only_refusal(new_session().receive(encode_frame(proto_id, 0, 6, keep_alive())))
    assert (refused.proto_id, refused.serial, refused.code) == (proto_id, 6, "init_first")


def test_a_plain_client_may_go_on_before_the_reply_and_an_encrypted_one_cannot() -> None:
    stream = encode_frame(1001, 0, 1, init_request()) + encode_frame(1004, 0, 2, keep_alive())
    assert [type(event) for event in new_session().receive(stream)] == [Received, Received]
    assert only_refusal(new_session(RSA_KEY).receive(stream)[1:]).code == "init_first"


@pytest.mark.parametrize("proto_id", [4242, 1009, 1003, 3005])
def test_unknown_protocol(proto_id: int) -> None:
    refused = only_refusal(established().receive(encode_frame(proto_id, 0, 2, b"")))
    assert (refused.code, dict(refused.facts)) == ("unknown_protocol", {"proto_id": proto_id})


def test_bad_digest() -> None:
    assert only_refusal(established().receive(encode_frame(1004, 0, 2, b"other", keep_alive()))).code == "bad_digest"


@pytest.mark.parametrize("algorithm", [0, 1, 2])
def test_encrypted_requests_that_cannot_be_read_all_look_alike(algorithm: int) -> None:
    session = established(RSA_KEY, packetEncAlgo=algorithm)
    cipher: BodyCipher | None = body_cipher(algorithm, KEY, IV)
    assert cipher is not None
    found = [
        only_refusal(session.receive(encode_frame(1004, 0, 2, keep_alive(), wire_body)))
        for wire_body in (b"", b"odd", bytes(32), keep_alive(), cipher.encrypt(b"other"), b"\xff" * 32)
    ]
    assert {(refused.code, str(refused.facts)) for refused in found} == {
        ("bad_body", "{'reason': 'it cannot be decrypted with the key of this connection'}")
    }
    body = keep_alive()
    assert isinstance(session.receive(encode_frame(1004, 0, 3, body, cipher.encrypt(body)))[0], Received)


@pytest.mark.parametrize(
    ("body_format", "body", "code", "reply_format"),
    [
        (0, b"\xff", "bad_body", 0),
        (1, b"]", "bad_body", 1),
        (7, b"", "bad_body", 0),
        (0, b"", "missing_field", 0),
        (1, b"{}", "missing_field", 1),
    ],
)
def test_wrong_bodies_are_refused_and_the_session_goes_on(
    body_format: int, body: bytes, code: str, reply_format: int
) -> None:
    session = established()
    refused = only_refusal(session.receive(encode_frame(1004, body_format, 2, body)))
    assert (refused.code, refused.body_format, refused.serial) == (code, reply_format, 2)
    assert isinstance(session.receive(encode_frame(1004, 0, 3, keep_alive()))[0], Received)


def test_json_requests_get_json_replies() -> None:
    session = established()
    (event,) = session.receive(encode_frame(1004, 1, 2, b'{"c2s": {"time": "5"}}'))
    assert isinstance(event, Received)
    assert (event.body, event.body_format) == (keep_alive(), 1)
    reply = openapi.KeepAlive.Response(retType=0, s2c={"time": 6}).SerializeToString()
    frame = read(session.encode_reply(1004, 2, 1, reply))
    assert (frame.body_format, frame.body) == (1, b'{"retType":0,"s2c":{"time":"6"}}')
    assert frame.digest == read(encode_frame(1, 0, 0, frame.body)).digest


def test_a_json_init_connect_over_rsa() -> None:
    session = new_session(RSA_KEY)
    body = json.dumps({"c2s": {"clientVer": 1, "clientID": "me", "packetEncAlgo": 2, "pushProtoFmt": 1}}).encode()
    (event,) = session.receive(encode_frame(1001, 1, 1, body, RSA_KEY.encrypt(body)))
    assert isinstance(event, Received)
    frame = read(session.encode_reply(1001, 1, 1, init_reply()))
    assert json.loads(RSA_KEY.decrypt(frame.body))["s2c"]["connAESKey"] == KEY


# pushes


@pytest.mark.parametrize(
    ("default", "fields", "expected"),
    [
        (0, {}, 0),
        (1, {}, 1),
        (1, {"pushProtoFmt": 0}, 0),
        (0, {"pushProtoFmt": 1}, 1),
        (0, {"pushProtoFmt": 9}, 0),
    ],
)
def test_push_format(default: int, fields: Any, expected: int) -> None:
    session = established(session=new_session(default_push_format=default), **fields)
    assert session.push_format == expected
    assert session.shares_plain_frames == (expected == 0)
    push = openapi.Notify.Response(retType=0, s2c={"type": 1}).SerializeToString()
    plain = json_push_body(1003, push) if expected else push
    assert session.encode_push(1003, push) == encode_frame(1003, expected, 0, plain)


def test_a_ready_json_body_is_used() -> None:
    session = established(pushProtoFmt=1)
    assert read(session.encode_push(1003, b"\x08\x00", b"{ready}")).body == b"{ready}"


def test_shared_frames_are_what_the_session_would_send() -> None:
    assert established().encode_push(3005, b"news") == encode_push(3005, b"news")


def test_no_push_before_init_connect_is_done() -> None:
    session = new_session()
    with pytest.raises(RuntimeError):
        session.encode_push(1003, b"news")


# framing and limits


def test_wrong_magic_breaks_the_session_once() -> None:
    session = new_session()
    assert session.receive(b"GET /") == [Broken("the bytes are not an API frame")]
    assert session.receive(b"GET /") == []


def test_small_bodies_only_before_init_connect() -> None:
    too_long = encode_frame(1001, 0, 1, bytes(MAX_BODY_BEFORE_INIT + 1))
    (event,) = new_session().receive(too_long[:HEADER_SIZE])
    assert isinstance(event, Broken)
    session = established()
    assert session.receive(too_long[:HEADER_SIZE]) == []
    assert session.buffered == HEADER_SIZE


def test_the_limit_after_init_connect() -> None:
    session = established(session=new_session(max_body=100))
    (event,) = session.receive(encode_frame(1004, 0, 1, bytes(101)))
    assert isinstance(event, Broken)


def test_keys_are_checked() -> None:
    with pytest.raises(ValueError):
        ClientSession(1, KEY[:15], IV, None)
    with pytest.raises(ValueError):
        ClientSession(1, KEY, IV[:-1] + "é", None)


def run(session: ClientSession, pieces: list[bytes]) -> list[SessionEvent]:
    events = []
    for piece in pieces:
        events += session.receive(piece)
        assert session.buffered <= MAX_BODY_BEFORE_INIT + HEADER_SIZE
    return events


frames = st.builds(
    encode_frame,
    st.sampled_from([1001, 1003, 1004, 3001, 4242]),
    st.integers(0, 2),
    st.integers(0, 2**32 - 1),
    st.sampled_from([init_request(), init_request(packetEncAlgo=-1), keep_alive(), b"", b"{}"])
    | st.binary(max_size=30),
    st.none() | st.none() | st.binary(max_size=30),
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(frames | st.binary(max_size=10), max_size=6), st.lists(st.integers(0, 2000), max_size=10), st.booleans()
)
def test_any_stream_in_any_split_gives_the_same_events(parts: list[bytes], cuts: list[int], with_key: bool) -> None:
    stream = b"".join(parts)
    places = sorted({place % (len(stream) + 1) for place in cuts})
    pieces = [stream[begin:end] for begin, end in zip([0, *places], [*places, len(stream)], strict=True)]
    key = RSA_KEY if with_key else None
    whole, split = new_session(key, max_body=MAX_BODY_BEFORE_INIT), new_session(key, max_body=MAX_BODY_BEFORE_INIT)
    events = run(whole, [stream])
    assert run(split, pieces) == events
    assert whole.buffered == split.buffered
    broken = [isinstance(event, Broken) for event in events]
    assert not any(broken[:-1])
    if broken and broken[-1]:
        assert whole.receive(encode_frame(1004, 0, 1, keep_alive())) == []


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_garbage_ends_the_session_or_waits(garbage: bytes) -> None:
    events = run(new_session(RSA_KEY), [garbage])
    assert len(events) <= 1
    assert all(isinstance(event, Broken) for event in events)
    assert bool(events) == (not b"FT".startswith(garbage[:2]))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 3), st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=4))
def test_damaged_streams_never_raise(algorithm: int, damage: list[tuple[int, int]]) -> None:
    session = established(RSA_KEY, packetEncAlgo=algorithm - 1)
    cipher = body_cipher(algorithm - 1, KEY, IV)
    body = keep_alive()
    stream = bytearray()
    for serial in range(3):
        stream += encode_frame(1004, 0, serial, body, cipher.encrypt(body) if cipher else None)
    for place, value in damage:
        stream[place % len(stream)] = value
    for event in session.receive(bytes(stream)):
        assert isinstance(event, Received | Refused | Broken)
