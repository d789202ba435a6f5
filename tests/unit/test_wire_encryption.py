"""Ciphers and key files."""

from __future__ import annotations

from contextlib import suppress

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from hypothesis import given
from hypothesis import strategies as st

from core.wire.encryption import (
    BodyCipher,
    CbcCipher,
    CipherFault,
    EcbCipher,
    FtAesCipher,
    KeyProblem,
    RsaKey,
    body_cipher,
)

KEY, IV = "0123456789ABCDEF", "fedcba9876543210"
PRIVATE_KEY = rsa.generate_private_key(65537, 1024)
RSA_KEY = RsaKey(PRIVATE_KEY)


def pem_of(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    form: serialization.PrivateFormat = serialization.PrivateFormat.TraditionalOpenSSL,
    password: bytes | None = None,
) -> bytes:
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        protection = serialization.BestAvailableEncryption(password)
    return key.private_bytes(serialization.Encoding.PEM, form, protection)


def fresh_cbc(plain: bytes) -> bytes:
    padder = PKCS7(128).padder()
    context = Cipher(algorithms.AES(KEY.encode()), modes.CBC(IV.encode())).encryptor()
    return context.update(padder.update(plain) + padder.finalize()) + context.finalize()


@pytest.mark.parametrize("make", [lambda: FtAesCipher(KEY), lambda: EcbCipher(KEY), lambda: CbcCipher(KEY, IV)])
def test_every_length_comes_back(make: object) -> None:
    cipher, other = make(), make()  # type: ignore[operator]
    for length in range(70):
        plain = bytes(range(length))
        encrypted = cipher.encrypt(plain)
        assert other.decrypt(encrypted) == plain
        assert cipher.decrypt(encrypted) == plain


@pytest.mark.parametrize(
    ("make", "sizes"),
    [
        (lambda: FtAesCipher(KEY), [16, 32, 32, 32, 48, 48, 48, 128]),
        (lambda: CbcCipher(KEY, IV), [16, 16, 16, 32, 32, 32, 48, 112]),
        (lambda: EcbCipher(KEY), [16, 16, 16, 32, 32, 32, 48, 112]),
    ],
)
def test_documented_sizes(make: object, sizes: list[int]) -> None:
    cipher = make()  # type: ignore[operator]
    assert [len(cipher.encrypt(bytes(length))) for length in (0, 1, 15, 16, 17, 31, 32, 100)] == sizes


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_cbc_starts_every_frame_anew(bodies: list[bytes]) -> None:
    cipher = CbcCipher(KEY, IV)
    for body in bodies:
        assert cipher.encrypt(body) == fresh_cbc(body)


def test_cbc_decrypts_after_a_fault() -> None:
    cipher = CbcCipher(KEY, IV)
    good = cipher.encrypt(b"good")
    for bad in (b"", b"short", bytes(16), good[:-1], good + good[:16]):
        with pytest.raises(CipherFault):
            cipher.decrypt(bad)
        assert cipher.decrypt(good) == b"good"


@pytest.mark.parametrize("bad", [b"", b"x" * 15, b"x" * 17, bytes(31) + b"\x10", bytes(15) + b"\x01"])
def test_ftaes_refuses_impossible_bodies(bad: bytes) -> None:
    with pytest.raises(CipherFault):
        FtAesCipher(KEY).decrypt(bad)


@given(st.binary(max_size=100))
def test_garbage_raises_nothing_but_cipher_faults(garbage: bytes) -> None:
    for cipher in (FtAesCipher(KEY), EcbCipher(KEY), CbcCipher(KEY, IV)):
        with suppress(CipherFault):
            assert isinstance(cipher.decrypt(garbage), bytes)


@pytest.mark.parametrize(("number", "name"), [(0, "FTAES-ECB"), (1, "AES-ECB"), (2, "AES-CBC")])
def test_algorithm_numbers(number: int, name: str) -> None:
    cipher: BodyCipher | None = body_cipher(number, KEY, IV)
    assert cipher is not None
    assert cipher.name == name
    assert body_cipher(-1, KEY, IV) is None


def test_unknown_algorithm_and_short_keys() -> None:
    with pytest.raises(ValueError, match="no such encryption algorithm: 3"):
        body_cipher(3, KEY, IV)
    with pytest.raises(ValueError, match="16 ASCII characters, not 15"):
        FtAesCipher(KEY[:15])
    with pytest.raises(ValueError, match="16 ASCII characters, not 17"):
        CbcCipher(KEY, IV + "0")


@pytest.mark.parametrize("length", [0, 1, 99, 100, 101, 117, 193, 250])
def test_rsa_pieces_of_100_bytes(length: int) -> None:
    plain = bytes(index % 256 for index in range(length))
    encrypted = RSA_KEY.encrypt(plain)
    assert len(encrypted) == -(-length // 100) * 128
    if length:
        assert RSA_KEY.decrypt(encrypted) == plain


@pytest.mark.parametrize("bad", [b"", bytes(127), bytes(129), b"\xff" * 128])
def test_rsa_refuses_other_lengths_and_values(bad: bytes) -> None:
    with pytest.raises(CipherFault):
        RSA_KEY.decrypt(bad)


def test_rsa_with_another_key_gives_nothing_readable() -> None:
    other = RsaKey(rsa.generate_private_key(65537, 1024))
    with suppress(CipherFault):
        assert other.decrypt(RSA_KEY.encrypt(b"secret")) != b"secret"


@pytest.mark.parametrize("form", [serialization.PrivateFormat.TraditionalOpenSSL, serialization.PrivateFormat.PKCS8])
@pytest.mark.parametrize(
    "change", [bytes, lambda pem: pem.replace(b"\n", b"\r\n"), lambda pem: b"\xef\xbb\xbf\n" + pem]
)
def test_key_files_that_are_taken(form: serialization.PrivateFormat, change: object) -> None:
    key = RsaKey.from_pem(change(pem_of(PRIVATE_KEY, form)))  # type: ignore[operator]
    assert key.block_size == 128
    assert key.decrypt(RSA_KEY.encrypt(b"hello")) == b"hello"
    assert repr(key) == "RsaKey(1024 bits)"


def public_pem() -> bytes:
    return PRIVATE_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


@pytest.mark.parametrize(
    ("pem", "code"),
    [
        (pem_of(PRIVATE_KEY, password=b"secret"), "encrypted"),
        (pem_of(PRIVATE_KEY, serialization.PrivateFormat.PKCS8, b"secret"), "encrypted"),
        (public_pem(), "public"),
        (b"ssh-rsa AAAA someone", "public"),
        (pem_of(PRIVATE_KEY, serialization.PrivateFormat.OpenSSH), "openssh"),
        (b"", "not_a_key"),
        (b"hello", "not_a_key"),
        (b"x" * 100_000, "not_a_key"),
        (pem_of(PRIVATE_KEY)[:400] + b"\n-----END RSA PRIVATE KEY-----\n", "not_a_key"),
        (pem_of(ec.generate_private_key(ec.SECP256R1())), "not_rsa"),
        (pem_of(rsa.generate_private_key(65537, 2048)), "wrong_size"),
    ],
)
def test_key_files_that_are_refused(pem: bytes, code: str) -> None:
    with pytest.raises(KeyProblem) as caught:
        RsaKey.from_pem(pem)
    assert caught.value.code == code
    assert ("2048 bits" in str(caught.value)) == (code == "wrong_size")
