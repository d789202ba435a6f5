"""The recorded test vectors of the public protocol: frames, ciphers, JSON and captured SDK sessions."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message

from core.api_messages.protocol_catalogue import PROTOCOLS
from core.api_messages.schema import message_class
from core.wire.body_codec import decode_request
from core.wire.client_session import ClientSession, Received, Refused
from core.wire.encryption import BodyCipher, CbcCipher, CipherFault, EcbCipher, FtAesCipher, RsaKey, body_cipher
from core.wire.frame import Frame, FrameReader, digest_matches, encode_frame, encode_push
from core.wire.json_bodies import write_json

FILE = Path(__file__).parents[2].parent / "shared" / "reference" / "wire-vectors.json"
if not FILE.exists():
    pytest.skip("the shared reference folder with wire-vectors.json is not here", allow_module_level=True)
VECTORS: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
KEY, IV = VECTORS["about"]["constants"]["aes_key_ascii"], VECTORS["about"]["constants"]["aes_iv_ascii"]
RSA_KEY = RsaKey.from_pem(VECTORS["rsa"]["private_key_pem_pkcs1"].encode())


def unhex(text: str) -> bytes:
    return bytes.fromhex(text)


def named(section: str, part: str = "vectors") -> pytest.MarkDecorator:
    rows = VECTORS[section][part]
    return pytest.mark.parametrize("row", rows, ids=[row.get("name", str(index)) for index, row in enumerate(rows)])


def read(data: bytes) -> Frame:
    (frame,) = FrameReader().feed(data)
    return frame


def _json_tests() -> Any:
    """The rebuilt SDK reader lives next to the tests of our JSON writer."""
    spec = importlib.util.spec_from_file_location("_sdk_json", Path(__file__).with_name("test_wire_json_bodies.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SDK = _json_tests()


# frames


@named("tcp_header")
def test_headers(row: Any) -> None:
    data, body = unhex(row["frame_hex"]), unhex(row["body_hex"])
    assert encode_frame(row["proto_id"], row["fmt"], row["serial_no"], body) == data
    frame = read(data)
    assert digest_matches(frame, body)
    assert frame == (row["proto_id"], row["fmt"], row["proto_ver"], row["serial_no"], unhex(row["sha1_hex"]), body)
    if row["serial_no"] == 0:
        assert encode_push(row["proto_id"], body) == data


@pytest.mark.parametrize("row", VECTORS["sha1"]["vectors"])
def test_sha1(row: Any) -> None:
    data = unhex(row["data_hex"])
    assert read(encode_frame(1, 0, 0, data)).digest == unhex(row["sha1_hex"]) == hashlib.sha1(data).digest()


@named("tcp_parse_cases")
def test_streams(row: Any) -> None:
    """The SDK's reader is more trusting than ours about the magic, and waits for a byte after an empty body."""
    reader = FrameReader()
    frames = reader.feed(unhex(row["input_hex"]))
    if row["name"] == "bad_magic":
        assert frames == []
        assert reader.fault
        return
    assert reader.fault is None
    if row["result"] == "NOT_ENOUGH_DATA" and not row["name"].startswith("empty_body"):
        assert frames == []
        assert reader.buffered == len(row["input_hex"]) // 2
        return
    (frame,) = frames
    if row.get("consumed"):
        assert 44 + len(frame.body) == row["consumed"]
    assert digest_matches(frame, frame.body) == (row["name"] != "bad_sha1")


@named("tcp_parse_cases")
def test_streams_as_requests(row: Any) -> None:
    """The same bytes after InitConnect: a request is received, refused or waited for as its name says."""
    expected = {
        "bad_magic": "Broken",
        "short_header": None,
        "header_only": None,
        "body_one_byte_short": None,
        "bad_sha1": "bad_digest",
        "unknown_proto_id": "unknown_protocol",
        "proto_id_1009": "unknown_protocol",
        "fmt_2": "bad_body",
        "garbage_protobuf_with_right_sha1": "bad_body",
    }.get(row["name"], "missing_field")  # the vectors hold replies: as requests they lack c2s
    events = session_for(None, -1).receive(unhex(row["input_hex"]))
    found = [event.code if isinstance(event, Refused) else type(event).__name__ for event in events]
    assert found == ([] if expected is None else [expected])


# ciphers


@pytest.mark.parametrize("row", VECTORS["rsa"]["vectors"])
def test_rsa(row: Any) -> None:
    plain = unhex(row["plain_hex"])
    assert RSA_KEY.decrypt(unhex(row["cipher_hex"])) == plain
    assert RSA_KEY.decrypt(RSA_KEY.encrypt(plain)) == plain
    if row["chunk"] == 100:
        assert len(RSA_KEY.encrypt(plain)) == row["cipher_len"]


@pytest.mark.parametrize("row", [row for row in VECTORS["rsa"]["negative"] if "input_hex" in row])
def test_rsa_negatives(row: Any) -> None:
    body = unhex(row["input_hex"])
    plain = b""
    with suppress(CipherFault):
        plain = RSA_KEY.decrypt(body)
    if len(body) % 128:
        assert plain == b""
    frame = encode_frame(1001, 0, 1, b"request", body)
    (event,) = ClientSession(1, KEY, IV, RSA_KEY).receive(frame)
    assert type(event).__name__ == "Broken"


@pytest.mark.parametrize(
    ("section", "cipher"),
    [
        ("ftaes_ecb", FtAesCipher(KEY)),
        ("aes_cbc", CbcCipher(KEY, IV)),
        ("aes_ecb_pkcs7_when_iv_is_empty_string", EcbCipher(KEY)),
    ],
)
def test_aes(section: str, cipher: BodyCipher) -> None:
    assert len(VECTORS[section]["vectors"]) == 8
    for row in VECTORS[section]["vectors"]:
        assert cipher.encrypt(unhex(row["plain_hex"])) == unhex(row["cipher_hex"])
        assert cipher.decrypt(unhex(row["cipher_hex"])) == unhex(row["plain_hex"])


def session_for(key: RsaKey | None, algorithm: int, aes_key: str = KEY, aes_iv: str = IV) -> ClientSession:
    session = ClientSession(1, aes_key, aes_iv, key)
    request = message_class("InitConnect", "Request")(c2s={"clientVer": 1, "clientID": "", "packetEncAlgo": algorithm})
    (event,) = session.receive(encode_frame(1001, 0, 1, request.SerializeToString()))
    assert isinstance(event, Received)
    session.encode_reply(1001, 1, 0, unhex("0800"))
    assert session.is_established
    return session


@named("encrypted_frames")
def test_encrypted_frames(row: Any) -> None:
    data, plain = unhex(row["frame_hex"]), unhex(row["plain_body_hex"])
    frame = read(data)
    assert frame.digest == unhex(row["sha1_of_plain_hex"])
    if row["proto_id"] == 1001:
        assert RSA_KEY.decrypt(frame.body) == plain
        if "request" in row["name"]:
            (event,) = ClientSession(1, KEY, IV, RSA_KEY).receive(data)
            assert isinstance(event, Received)
            assert event.body == plain
        return
    session = session_for(RSA_KEY, 0 if "ftaes" in row["name"] else 2)
    if "keepalive" in row["name"]:
        (event,) = session.receive(data)
        assert isinstance(event, Received)
        assert (event.serial, event.body) == (row["serial_no"], plain)
    if row["serial_no"] == 0:
        assert session.encode_push(row["proto_id"], plain) == data
    else:
        assert session.encode_reply(row["proto_id"], row["serial_no"], 0, plain) == data


def test_a_digest_over_the_encrypted_body_is_refused() -> None:
    (event,) = session_for(RSA_KEY, 2).receive(unhex(VECTORS["encrypted_frames"]["sha1_over_ciphertext"]["frame_hex"]))
    assert isinstance(event, Refused)
    assert event.code == "bad_body"


# JSON


@named("json_mode", "encode")
def test_json_requests(row: Any) -> None:
    body = row["json_body"].encode()
    frame = read(unhex(row["frame_hex"]))
    assert (frame.proto_id, frame.body_format, frame.body) == (row["proto_id"], 1, body)
    message = decode_request(row["proto_id"], 1, body)
    assert message == decode_request(row["proto_id"], 0, unhex(row["protobuf_hex"]))
    session = ClientSession(1, KEY, IV, None) if row["proto_id"] == 1001 else session_for(None, -1)
    (event,) = session.receive(unhex(row["frame_hex"]))
    assert isinstance(event, Received)
    assert event.body == unhex(row["protobuf_hex"])


def reply_type(name: str) -> type[Message]:
    stem, message = name.split(".")
    return message_class(stem, message)


@named("json_mode", "decode")
def test_json_replies(row: Any) -> None:
    """Our picture of the SDK's reader is right, and it takes what we write for every message it can hold."""
    if not row["accepted"]:
        with pytest.raises(SDK.SdkRefusal):
            SDK.sdk_read(row["json"].encode(), reply_type(row["message"]))
        return
    expected = reply_type(row["message"]).FromString(unhex(row["protobuf_hex"]))
    assert SDK.sdk_read(row["json"].encode(), type(expected)) == expected
    assert SDK.sdk_read(write_json(expected), type(expected)) == expected


# captured sessions of the unmodified Python SDK


SESSIONS = VECTORS["python_captures"]["sessions"]


@pytest.mark.parametrize("name", SESSIONS)
def test_captured_sessions(name: str) -> None:
    frames = SESSIONS[name]["frames"]
    key = None if SESSIONS[name]["encryption"] == "plain" else RSA_KEY
    first_reply = read(unhex(frames[1]["frame_hex"]))
    reply: Any = message_class("InitConnect", "Response").FromString(
        key.decrypt(first_reply.body) if key else first_reply.body
    )
    aes_key, aes_iv = reply.s2c.connAESKey, reply.s2c.aesCBCiv or IV
    session = ClientSession(reply.s2c.connID, aes_key, aes_iv, key)
    cipher: BodyCipher | None = None
    if key:
        cipher = body_cipher(2 if reply.s2c.HasField("aesCBCiv") else 0, aes_key, aes_iv)
    requests = 0
    for row in frames:
        data = unhex(row["frame_hex"])
        frame = read(data)
        assert frame[:4] == (row["proto_id"], row["fmt"], 0, row["serial_no"])
        if row["dir"] == "c2s":
            if row["proto_id"] == 1001 and SESSIONS[name]["encryption"] == "ftaes":
                # The stub answered without an IV although the SDK had asked for CBC: ask for what was answered.
                data = with_algorithm(data, 0)
            (event,) = session.receive(data)
            assert isinstance(event, Received)
            assert (event.proto_id, event.serial, event.body_format) == (row["proto_id"], row["serial_no"], row["fmt"])
            assert PROTOCOLS[event.proto_id].name == row["name"]
            assert digest_matches(frame, event.body) or row["proto_id"] == 1001
            requests += 1
            continue
        plain = frame.body
        if row["proto_id"] == 1001:
            plain = key.decrypt(plain) if key else plain
            written = session.encode_reply(1001, row["serial_no"], 0, plain)
            # RSA is random: compare what is inside.
            assert (key.decrypt(read(written).body) if key else read(written).body) == plain
            assert read(written)[:5] == frame[:5]
            assert session.is_established
        else:
            plain = cipher.decrypt(plain) if cipher else plain
            assert session.encode_reply(row["proto_id"], row["serial_no"], 0, plain) == data
    assert requests == sum(row["dir"] == "c2s" for row in frames)
    assert (session.client_version, session.client_id, session.language) == (300, "PyNormal", "Python")
    assert session.wants_notify


def with_algorithm(data: bytes, algorithm: int) -> bytes:
    frame = read(data)
    request: Any = message_class("InitConnect", "Request").FromString(RSA_KEY.decrypt(frame.body))
    assert request.c2s.packetEncAlgo == 2
    request.c2s.packetEncAlgo = algorithm
    body = request.SerializeToString()
    return encode_frame(1001, 0, frame.serial, body, RSA_KEY.encrypt(body))
