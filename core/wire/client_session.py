"""One client's protocol state, without any I/O: bytes in, events out; replies and pushes in, bytes out.

What InitConnect decides (encryption, push format) is decided here. What becomes of broken input:

- Framing lost, or an InitConnect that cannot be decrypted (no key here, or another key): `Broken`. The connection
  is closed without a reply, because the SDK then tries again every 6 seconds and gets in once the keys agree, while
  an error reply to InitConnect would stop its reconnecting for good.
- An InitConnect that can be read but is wrong, and any wrong request in an intact frame: `Refused`. The server
  answers with an error; trying again would not help, a text does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from google.protobuf.message import Message

from core.api_messages.schema import message_class
from core.model.errors import UserFacingError
from core.wire.body_codec import decode_request, json_push_body, transcode_reply
from core.wire.encryption import (
    AES_CBC,
    FTAES_ECB,
    NO_ENCRYPTION,
    BodyCipher,
    CipherFault,
    RsaKey,
    body_cipher,
)
from core.wire.frame import (
    JSON_FORMAT,
    MAX_BODY,
    MAX_BODY_BEFORE_INIT,
    PROTOBUF_FORMAT,
    Frame,
    FrameReader,
    digest_matches,
    encode_frame,
)
from core.wire.frame import encode_push as encode_plain_push

INIT_CONNECT: Final = 1001

# An RSA block takes about 0.1 ms, so their number is limited; the SDKs need one or two.
MAX_INIT_BLOCKS: Final = 64

# How much of the client's description of itself is kept for tables and logs.
MAX_CLIENT_ID: Final = 128
MAX_LANGUAGE: Final = 32


class Received(NamedTuple):
    """A request that can be answered. `body` is the message as plain protobuf bytes."""

    proto_id: int
    serial: int
    body_format: int
    message: Message
    body: bytes


class Refused(NamedTuple):
    """A request that must be answered with an error; the connection goes on.

    `code` and `facts` name a row of core/model/message_texts.py. `body_format` is the one for the reply.
    """

    proto_id: int
    serial: int
    body_format: int
    code: str
    facts: Mapping[str, object]


class Broken(NamedTuple):
    """Nothing more can be understood: close the connection after whole frames. `reason` is English, for the log."""

    reason: str


SessionEvent = Received | Refused | Broken


class ClientSession:
    """State of one client connection.

    `aes_key` and `aes_iv` are 16 random ASCII characters each, made by the caller, who also puts them into the
    InitConnect reply (`aes_iv` only if `sends_iv`). `rsa_key` None means no encryption. `default_push_format`
    (0 protobuf, 1 JSON) holds for clients that do not say. `max_body` limits requests after InitConnect, bytes.
    Raises ValueError for an unusable AES key or IV.

    The public attributes are for reading. Those about the client are filled by InitConnect. `is_established`: it was
    answered with success. `shares_plain_frames`: pushes for this client are plain protobuf frames, the same for all
    such clients.
    """

    def __init__(
        self,
        connection_id: int,
        aes_key: str,
        aes_iv: str,
        rsa_key: RsaKey | None,
        default_push_format: int = PROTOBUF_FORMAT,
        max_body: int = MAX_BODY,
    ) -> None:
        for text in (aes_key, aes_iv):
            if len(text) != 16 or not text.isascii():
                raise ValueError("AES key and IV must be 16 ASCII characters")
        self.connection_id = connection_id
        self.aes_key = aes_key
        self.aes_iv = aes_iv
        self.client_id = ""
        self.client_version = 0
        self.language = ""
        self.wants_notify = False
        self.push_format = default_push_format
        self.is_established = False
        self.shares_plain_frames = False
        self._default_push_format = default_push_format
        self._rsa_key = rsa_key
        self._max_body = max_body
        self._reader = FrameReader(min(max_body, MAX_BODY_BEFORE_INIT))
        self._is_introduced = False
        self._is_broken = False
        # The request whose successful reply establishes the session.
        self._init_serial = 0
        # The cipher that InitConnect asked for; used from the successful reply on.
        self._cipher: BodyCipher | None = None
        self._algorithm = NO_ENCRYPTION
        self._seals_init_reply = False

    @property
    def encryption_name(self) -> str:
        """`None`, `FTAES-ECB`, `AES-ECB` or `AES-CBC`; final after InitConnect was received."""
        return self._cipher.name if self._cipher else "None"

    @property
    def sends_iv(self) -> bool:
        """Whether aesCBCiv belongs into the InitConnect reply: the SDK takes it as the choice of CBC."""
        return self._cipher is not None and self._algorithm == AES_CBC

    @property
    def buffered(self) -> int:
        """Bytes of an unfinished frame; never more than the body limit and 44."""
        return self._reader.buffered

    # receiving

    def receive(self, data: bytes) -> list[SessionEvent]:
        """What `data` (bytes, not a view) completes, in order. After `Broken`: nothing. Never raises for any data."""
        events: list[SessionEvent] = []
        if self._is_broken:
            return events
        for frame in self._reader.frames(data):
            event = self._take_init(frame) if frame.proto_id == INIT_CONNECT else self._take(frame)
            events.append(event)
            if isinstance(event, Broken):
                return events
        if self._reader.fault:
            events.append(self._break(self._reader.fault))
        return events

    def _take(self, frame: Frame) -> SessionEvent:
        """Any request but InitConnect."""
        proto_id, body_format, _, serial, _, body = frame
        cipher = self._cipher
        if not self.is_established and (cipher or not self._is_introduced):
            # Without encryption a client may go on before it has read the reply; with it, it cannot.
            return _refuse(frame, "init_first")
        if cipher is not None:
            # One answer for all that can be wrong with an encrypted body: what exactly is nobody's business.
            try:
                body = cipher.decrypt(body)
            except CipherFault:
                return _refuse(frame, "bad_body", reason=_UNREADABLE)
            if not digest_matches(frame, body):
                return _refuse(frame, "bad_body", reason=_UNREADABLE)
        elif not digest_matches(frame, body):
            return _refuse(frame, "bad_digest")
        try:
            message = decode_request(proto_id, body_format, body)
        except UserFacingError as error:
            return _refuse(frame, error.code, **error.facts)
        if body_format != PROTOBUF_FORMAT:
            body = message.SerializeToString()
        return Received(proto_id, serial, body_format, message, body)

    def _take_init(self, frame: Frame) -> SessionEvent:
        if self._is_introduced:
            return _refuse(frame, "init_twice")
        body, was_sealed = frame.body, False
        if not digest_matches(frame, body):
            if self._rsa_key is None:
                return self._break("InitConnect is damaged, or encrypted while no RSA key is set here")
            try:
                if len(body) > MAX_INIT_BLOCKS * self._rsa_key.block_size:
                    raise CipherFault
                body = self._rsa_key.decrypt(body)
            except CipherFault:
                return self._break(_OTHER_KEY)
            if not digest_matches(frame, body):
                return self._break(_OTHER_KEY)
            was_sealed = True
        # Until the wish of the client is known: who encrypts the request most likely expects an encrypted reply.
        self._seals_init_reply = was_sealed
        try:
            message: Any = decode_request(INIT_CONNECT, frame.body_format, body)
            self._introduce(message.c2s, frame.serial)
        except UserFacingError as error:
            return _refuse(frame, error.code, **error.facts)
        if frame.body_format != PROTOBUF_FORMAT:
            body = message.SerializeToString()
        return Received(INIT_CONNECT, frame.serial, frame.body_format, message, body)

    def _introduce(self, wishes: Any, serial: int) -> None:
        """Take over what InitConnect says. Raises UserFacingError for an unknown algorithm."""
        algorithm = wishes.packetEncAlgo if wishes.HasField("packetEncAlgo") else FTAES_ECB
        if self._rsa_key is None:
            algorithm = NO_ENCRYPTION
        try:
            self._cipher = body_cipher(algorithm, self.aes_key, self.aes_iv)
        except ValueError:
            raise UserFacingError("bad_field", field="c2s.packetEncAlgo", value=algorithm) from None
        self._algorithm = algorithm
        self._seals_init_reply = self._cipher is not None
        self.client_id = wishes.clientID[:MAX_CLIENT_ID]
        self.client_version = wishes.clientVer
        self.language = wishes.programmingLanguage[:MAX_LANGUAGE]
        self.wants_notify = wishes.recvNotify
        wanted = wishes.pushProtoFmt if wishes.HasField("pushProtoFmt") else self._default_push_format
        self.push_format = JSON_FORMAT if wanted == JSON_FORMAT else PROTOBUF_FORMAT
        self._is_introduced = True
        self._init_serial = serial
        self._reader.max_body = self._max_body

    def _break(self, reason: str) -> Broken:
        self._is_broken = True
        return Broken(reason)

    # sending

    def encode_reply(self, proto_id: int, serial: int, body_format: int, body: bytes) -> bytes:
        """The frame of a reply; `body` is the protobuf Response, `body_format` that of the request.

        A successful InitConnect reply establishes the session; after one that failed the client may try again.
        """
        plain = transcode_reply(proto_id, body) if body_format == JSON_FORMAT else body
        if proto_id == INIT_CONNECT:
            return self._encode_init_reply(serial, body_format, plain, body)
        cipher = self._cipher
        if cipher is None or not self.is_established:
            return encode_frame(proto_id, body_format, serial, plain)
        return encode_frame(proto_id, body_format, serial, plain, cipher.encrypt(plain))

    def _encode_init_reply(self, serial: int, body_format: int, plain: bytes, body: bytes) -> bytes:
        wire_body = self._rsa_key.encrypt(plain) if self._rsa_key and self._seals_init_reply else None
        if self._is_introduced and not self.is_established and serial == self._init_serial:
            reply: Any = message_class("InitConnect", "Response").FromString(body)
            if reply.retType == 0:
                self.is_established = True
                self.shares_plain_frames = self._cipher is None and self.push_format == PROTOBUF_FORMAT
            else:
                self._is_introduced = False
                self._cipher = None
                self._reader.max_body = min(self._max_body, MAX_BODY_BEFORE_INIT)
        return encode_frame(INIT_CONNECT, body_format, serial, plain, wire_body)

    def encode_push(self, proto_id: int, body: bytes, json_body: bytes | None = None) -> bytes:
        """The frame of a push in this client's format and encryption; only for an established session.

        `body` is the protobuf Response; `json_body`, when the caller has it already, the same from json_push_body().
        Where `shares_plain_frames` holds, the frame is that of core.wire.frame.encode_push.
        """
        if not self.is_established:
            raise RuntimeError("no push before InitConnect is done")
        if self.push_format == JSON_FORMAT:
            plain = json_push_body(proto_id, body) if json_body is None else json_body
        elif self._cipher is None:
            return encode_plain_push(proto_id, body)
        else:
            plain = body
        wire_body = self._cipher.encrypt(plain) if self._cipher else None
        return encode_frame(proto_id, self.push_format, 0, plain, wire_body)


_UNREADABLE: Final = "it cannot be decrypted with the key of this connection"
_OTHER_KEY: Final = "InitConnect cannot be decrypted; the client has another RSA key"


def _refuse(frame: Frame, code: str, **facts: object) -> Refused:
    """The SDK cannot read a reply in a format that does not exist, so that one is answered in protobuf."""
    body_format = JSON_FORMAT if frame.body_format == JSON_FORMAT else PROTOBUF_FORMAT
    return Refused(frame.proto_id, frame.serial, body_format, code, facts)
