"""Ciphers of the API port: RSA for InitConnect, AES-128 for everything after it."""

from __future__ import annotations

from typing import Final, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

BLOCK: Final = 16
KEY_LENGTH: Final = 16

# PacketEncAlgo of the public schema (Common.proto).
NO_ENCRYPTION, FTAES_ECB, AES_ECB, AES_CBC = -1, 0, 1, 2

_PADS: Final = tuple(bytes((size,)) * size for size in range(BLOCK + 1))
_TRAILERS: Final = tuple(bytes(BLOCK - 1) + bytes((used,)) for used in range(BLOCK))


class CipherFault(Exception):
    """Bytes that cannot be decrypted. Says nothing about the reason, on purpose."""


class BodyCipher(Protocol):
    """Encrypts and decrypts bodies of one connection; every body on its own."""

    @property
    def name(self) -> str:
        """Short name for tables."""

    def encrypt(self, plain: bytes) -> bytes:
        """The bytes to send."""

    def decrypt(self, encrypted: bytes) -> bytes:
        """The plain bytes. Raises CipherFault."""


def _pad(plain: bytes) -> bytes:
    return plain + _PADS[BLOCK - len(plain) % BLOCK]


def _unpad(padded: bytes) -> bytes:
    size = padded[-1] if padded else 0
    if not 1 <= size <= BLOCK or not padded.endswith(_PADS[size]):
        raise CipherFault
    return padded[:-size]


def _check_key(text: str) -> bytes:
    key = text.encode("ascii")
    if len(key) != KEY_LENGTH:
        raise ValueError(f"an AES key or IV has {KEY_LENGTH} ASCII characters, not {len(key)}")
    return key


class FtAesCipher:
    """FTAES_ECB: zero-filled ECB and one clear block whose last byte counts the bytes used in the last one."""

    name = "FTAES-ECB"

    def __init__(self, key: str) -> None:
        cipher = Cipher(algorithms.AES(_check_key(key)), modes.ECB())  # noqa: S305 - the protocol's choice
        # ECB has no state, so one context serves all frames: making one costs twenty times as much as using it.
        self._encrypt = cipher.encryptor().update
        self._decrypt = cipher.decryptor().update

    def encrypt(self, plain: bytes) -> bytes:
        """Length is that of `plain` rounded up to 16, plus 16."""
        used = len(plain) % BLOCK
        if used:
            plain += bytes(BLOCK - used)
        return self._encrypt(plain) + _TRAILERS[used]

    def decrypt(self, encrypted: bytes) -> bytes:
        """Raises CipherFault."""
        length = len(encrypted)
        if length % BLOCK or not length:
            raise CipherFault
        used = encrypted[-1]
        if used >= BLOCK or (used and length == BLOCK):
            raise CipherFault
        plain = self._decrypt(encrypted[:-BLOCK])
        return plain[: used - BLOCK] if used else plain


class EcbCipher:
    """AES_ECB with PKCS#7 padding."""

    name = "AES-ECB"

    def __init__(self, key: str) -> None:
        cipher = Cipher(algorithms.AES(_check_key(key)), modes.ECB())  # noqa: S305 - the protocol's choice
        self._encrypt = cipher.encryptor().update
        self._decrypt = cipher.decryptor().update

    def encrypt(self, plain: bytes) -> bytes:
        """Always 1 to 16 bytes longer than `plain`."""
        return self._encrypt(_pad(plain))

    def decrypt(self, encrypted: bytes) -> bytes:
        """Raises CipherFault."""
        if len(encrypted) % BLOCK:
            raise CipherFault
        return _unpad(self._decrypt(encrypted))


class CbcCipher:
    """AES_CBC with PKCS#7 padding; the protocol starts every frame with the same IV.

    A new context per frame would cost four times the rest. So each direction keeps one running context: decrypting,
    the IV goes in as one more block before the frame; encrypting, the first block is given the difference between
    the IV and the block that the context would chain to.
    """

    name = "AES-CBC"

    def __init__(self, key: str, iv: str) -> None:
        self._iv = _check_key(iv)
        cipher = Cipher(algorithms.AES(_check_key(key)), modes.CBC(self._iv))
        self._encrypt = cipher.encryptor().update
        self._decrypt = cipher.decryptor().update
        self._iv_number = int.from_bytes(self._iv, "big")
        self._difference = 0

    def encrypt(self, plain: bytes) -> bytes:
        """Always 1 to 16 bytes longer than `plain`."""
        padded = _pad(plain)
        if self._difference:
            first = int.from_bytes(padded[:BLOCK], "big") ^ self._difference
            padded = first.to_bytes(BLOCK, "big") + padded[BLOCK:]
        encrypted = self._encrypt(padded)
        self._difference = self._iv_number ^ int.from_bytes(encrypted[-BLOCK:], "big")
        return encrypted

    def decrypt(self, encrypted: bytes) -> bytes:
        """Raises CipherFault."""
        if len(encrypted) % BLOCK:
            raise CipherFault
        return _unpad(self._decrypt(self._iv + encrypted)[BLOCK:])


def body_cipher(algorithm: int, key: str, iv: str) -> BodyCipher | None:
    """The cipher for a PacketEncAlgo number, None for -1. Raises ValueError for a number without meaning."""
    if algorithm == NO_ENCRYPTION:
        return None
    if algorithm == FTAES_ECB:
        return FtAesCipher(key)
    if algorithm == AES_ECB:
        return EcbCipher(key)
    if algorithm == AES_CBC:
        return CbcCipher(key, iv)
    raise ValueError(f"no such encryption algorithm: {algorithm}")


KEY_BITS: Final = 1024
PIECE: Final = 100
MAX_KEY_FILE: Final = 64 * 1024

# Why a key file is refused; English source texts.
KEY_PROBLEMS: Final[dict[str, str]] = {
    "encrypted": "The key is protected by a passphrase; the SDKs need one without.",
    "public": "This is a public key or a certificate; the private key is needed.",
    "openssh": "The key is in OpenSSH form; save it as PEM (BEGIN RSA PRIVATE KEY).",
    "not_a_key": "This is not a private key in PEM form.",
    "not_rsa": "This is not an RSA key.",
    "wrong_size": "The key has {bits} bits; the SDKs can use 1024 bits only.",
}


class KeyProblem(ValueError):
    """A key file that cannot be used. `code` names a row of KEY_PROBLEMS, `facts` fill it."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(KEY_PROBLEMS[code].format(**facts))
        self.code = code
        self.facts = facts


class RsaKey:
    """The private key that server and clients share: the public half encrypts, the private half decrypts."""

    def __init__(self, private_key: RSAPrivateKey) -> None:
        self._private = private_key
        self._public = private_key.public_key()
        self.block_size = private_key.key_size // 8

    def __repr__(self) -> str:
        return f"RsaKey({self._private.key_size} bits)"

    @classmethod
    def from_pem(cls, pem: bytes) -> RsaKey:
        """Read a key file, PKCS#1 or PKCS#8, any line ends. Raises KeyProblem."""
        if len(pem) > MAX_KEY_FILE:
            raise KeyProblem("not_a_key")
        text = pem.removeprefix(b"\xef\xbb\xbf").strip()
        try:
            key = load_pem_private_key(text, password=None)
        except TypeError:
            raise KeyProblem("encrypted") from None
        except (ValueError, UnsupportedAlgorithm):
            raise KeyProblem(_kind_of_file(text)) from None
        if not isinstance(key, RSAPrivateKey):
            raise KeyProblem("not_rsa")
        if key.key_size != KEY_BITS:
            raise KeyProblem("wrong_size", bits=key.key_size)
        return cls(key)

    def encrypt(self, plain: bytes) -> bytes:
        """Pieces of 100 bytes, each becomes one block."""
        padding = PKCS1v15()
        return b"".join(self._public.encrypt(plain[at : at + PIECE], padding) for at in range(0, len(plain), PIECE))

    def decrypt(self, encrypted: bytes) -> bytes:
        """Joined pieces of any size. Raises CipherFault.

        Wrong padding usually gives random bytes instead of a fault (implicit rejection); the digest in the frame
        header finds that out, so a sender cannot tell the two apart.
        """
        size = self.block_size
        if len(encrypted) % size or not encrypted:
            raise CipherFault
        padding = PKCS1v15()
        try:
            return b"".join(
                self._private.decrypt(encrypted[at : at + size], padding) for at in range(0, len(encrypted), size)
            )
        except ValueError:
            raise CipherFault from None


def _kind_of_file(text: bytes) -> str:
    """The best reason for a file that does not load."""
    if b"BEGIN OPENSSH PRIVATE KEY" in text:
        return "openssh"
    if b"PRIVATE KEY-----" in text:
        return "not_a_key"
    if b"PUBLIC KEY-----" in text or b"BEGIN CERTIFICATE" in text or text.startswith(b"ssh-rsa "):
        return "public"
    return "not_a_key"
