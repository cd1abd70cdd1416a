"""Bytes on the disk that say nothing without the key: the only importer of `cryptography`.

A sealed file is

    b"LNCHSEAL\\x01", and 16 random bytes: the salt
    blocks of 64 KB each, only the last one shorter: AES-256-GCM, with a tag of 16 bytes behind each

Each file has a key of its own, derived from the index's key and the salt. So a block's number can be its nonce: none
comes twice under one key. Whether a block is the last one is authenticated with it, so that a file which was cut off
is told. How long a file is stands in the manifest, which is sealed too.

Who gives the keys is told to `key_source`; nobody is asked before something sealed is read or written.

Source: docs/adr/0011-encryption.md
"""

import io
import os
from collections.abc import Iterable, Iterator
from hmac import compare_digest
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO

from errors import IndexCorrupt, IndexSealed
from index_store.encryption_state import STATE_FILE, EncryptionState, encryption_of
from key_source import key_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"LNCHSEAL\x01"
KEY_BYTES = 32

_SALT_BYTES = 16
_HEADER_BYTES = len(MAGIC) + _SALT_BYTES
_BLOCK_BYTES = 1 << 16
_TAG_BYTES = 16
_NONCE_BYTES = 12
_PAGE_VECTOR_BYTES, _PAGE_END_BYTES = 16, 80  # of SQLCipher's pages
_LAST, _NOT_LAST = b"last", b"more"

_CHANGED = "what is encrypted has changed since it was written"


def remember_key(key_id: str, key: bytes) -> None:
    """Keep a key that is at hand, so that nobody is asked for it."""
    _KEYS.remember(key_id, key)


def can_seal() -> bool:
    """Whether what encrypts is installed."""
    return find_spec("cryptography") is not None


def check_of(key: bytes) -> str:
    """What tells a key from another one, and nothing of it."""
    return _derived(key, b"", b"launcher index: check").hex()


def seal_of(folder: Path) -> "Seal | None":
    """What is sealed in an index's folder, or in one of its segments', is read by; None where nothing is.

    Raises:
        IndexSealed: The key is not at hand, or another one is.
    """
    state = _state_above(folder)
    return None if state is None else _KEYS.seal(state)


def seal_for_new(folder: Path) -> "Seal | None":
    """What a new file there is sealed by; None where it is written as it is. As `seal_of`."""
    state = _state_above(folder)
    return None if state is None or state.is_turning_off else _KEYS.seal(state)


def seal_to_read(folder: Path) -> "Seal":
    """As `seal_of`, for what is sealed for certain.

    Raises:
        IndexCorrupt: Nobody knows by which key.
    """
    seal = seal_of(folder)
    if seal is None:
        message = f"Files in {folder} are encrypted, but {STATE_FILE} is gone, which says with which key"
        raise IndexCorrupt(message, hint="launcher clear, then launcher index")
    return seal


def _state_above(folder: Path) -> EncryptionState | None:
    state = encryption_of(folder)
    if state is None and folder.parent.name == "segments":
        return encryption_of(folder.parent.parent)
    return state


class Seal:
    """Seals and unseals with the key of one index."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sealed(self, parts: Iterable[memoryview]) -> Iterator[bytes]:
        """What a sealed file of these parts consists of."""
        salt = os.urandom(_SALT_BYTES)
        yield MAGIC + salt
        cipher = self.cipher(salt)
        for number, (block, is_last) in enumerate(_blocks(parts)):
            yield cipher.encrypt(_nonce(number), bytes(block), _LAST if is_last else _NOT_LAST)

    def opened(self, file: BinaryIO, size_bytes: int | None = None) -> "UnsealedFile":
        """What a sealed file says, which is closed together with what is returned.

        Args:
            file: From its beginning.
            size_bytes: How long it was when it was written; None: as its length says.
        """
        return UnsealedFile(self, file, size_bytes)

    def unsealed(self, data: bytes) -> bytes:
        """What the bytes of a sealed file say.

        Raises:
            ValueError: They are not as they were written.
        """
        with self.opened(io.BytesIO(data)) as file:
            plain = file.read()
            file.check()
        if sealed_size(len(plain)) != len(data):
            raise ValueError(_CHANGED)
        return plain

    def database_key(self, name: str) -> bytes:
        """The key of a database, by its name."""
        return _derived(self._key, b"", f"launcher index: {name}".encode())

    def cipher(self, salt: bytes) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - 40 ms, for what is encrypted

        return AESGCM(_derived(self._key, salt, b"launcher index: file"))


class UnsealedFile(io.BufferedReader):
    """What a sealed file says, from its beginning to its end; zeros for a block that is damaged."""

    def __init__(self, seal: Seal, file: BinaryIO, size_bytes: int | None) -> None:
        self._blocks = _UnsealedBlocks(seal, file, size_bytes)
        super().__init__(self._blocks, _BLOCK_BYTES)

    @property
    def damaged(self) -> list[range]:
        """Which of the bytes that were read so far are not as they were written."""
        return self._blocks.damaged

    def check(self) -> None:
        """Raise ValueError when something that was read is damaged."""
        if self.damaged:
            raise ValueError(_CHANGED)


class _UnsealedBlocks(io.RawIOBase):
    def __init__(self, seal: Seal, file: BinaryIO, size_bytes: int | None) -> None:
        self.damaged: list[range] = []
        self._file = file
        actual_bytes = file.seek(0, os.SEEK_END)
        file.seek(0)
        self._size_bytes = _plain_size(actual_bytes) if size_bytes is None else size_bytes
        header = file.read(_HEADER_BYTES)
        is_header = len(header) == _HEADER_BYTES and header.startswith(MAGIC)
        self._cipher = seal.cipher(header[len(MAGIC) :]) if is_header else None
        self._start = 0  # of the next block
        self._is_begun = False
        self._rest = memoryview(b"")  # of the one before

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        if not self._rest and (self._start < self._size_bytes or not self._is_begun):  # one may be empty, and the last
            self._rest = memoryview(self._next_block())
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def _next_block(self) -> bytes:
        start, end = self._start, min(self._start + _BLOCK_BYTES, self._size_bytes)
        self._start, self._is_begun = end, True
        block = self._unsealed(self._file.read(end - start + _TAG_BYTES), start // _BLOCK_BYTES)
        if block is not None and len(block) == end - start:
            return block
        self.damaged.append(range(start, end))
        return bytes(end - start)

    def _unsealed(self, block: bytes, number: int) -> bytes | None:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as above

        if self._cipher is None or len(block) < _TAG_BYTES:
            return None
        try:
            return self._cipher.decrypt(_nonce(number), block, _LAST if self._start == self._size_bytes else _NOT_LAST)
        except InvalidTag:
            return None


def unsealed_page(key: bytes, page: bytes) -> bytes:
    """A page of a database as it was before SQLCipher encrypted it: AES-256-CBC, its vector and a MAC at its end.

    Whether it is as it was written is not looked at. In the first page of a file a salt comes before what is encrypted:
    there the first 32 bytes, SQLite's header, are lost in the noise.

    Source: https://www.zetetic.net/sqlcipher/design/
    """
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415 - as above

    encrypted, end = page[:-_PAGE_END_BYTES], page[-_PAGE_END_BYTES:]
    vector = end[:_PAGE_VECTOR_BYTES]
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    return decryptor.update(encrypted) + decryptor.finalize()


def is_sealed(data: bytes) -> bool:
    """Whether this is the beginning of a sealed file."""
    return data.startswith(MAGIC)


def sealed_size(size_bytes: int) -> int:
    """How long a file is when it is sealed."""
    return _HEADER_BYTES + size_bytes + _TAG_BYTES * max(1, -(-size_bytes // _BLOCK_BYTES))


def _plain_size(sealed_bytes: int) -> int:
    whole, rest = divmod(max(sealed_bytes - _HEADER_BYTES, 0), _BLOCK_BYTES + _TAG_BYTES)
    return whole * _BLOCK_BYTES + max(rest - _TAG_BYTES, 0)


def _blocks(parts: Iterable[memoryview]) -> Iterator[tuple[bytearray, bool]]:
    """Blocks, and whether each is the last one, which alone may be shorter, and is empty when there is nothing."""
    held = bytearray()
    for part in parts:
        rest = part
        while len(held) + len(rest) > _BLOCK_BYTES:
            taken = _BLOCK_BYTES - len(held)
            yield held + rest[:taken], False
            held, rest = bytearray(), rest[taken:]
        held += rest
    yield held, True


def _nonce(number: int) -> bytes:
    return number.to_bytes(_NONCE_BYTES, "little")


def _derived(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

    return HKDF(SHA256(), KEY_BYTES, salt, purpose).derive(key)


class _Keys:
    """The keys that this process knows: each is asked for once, whatever threads want it."""

    def __init__(self) -> None:
        self._keys: dict[str, bytes] = {}
        self._seals: dict[tuple[str, str], Seal] = {}
        self._asking = Lock()

    def remember(self, key_id: str, key: bytes) -> None:
        with self._asking:
            self._keys[key_id] = key

    def seal(self, state: EncryptionState) -> Seal:
        known = (state.key_id, state.check)
        if known not in self._seals:
            with self._asking:
                self._seals[known] = Seal(self._right_key(state))
        return self._seals[known]

    def _right_key(self, state: EncryptionState) -> bytes:
        key = self._keys.get(state.key_id) or key_of(state.key_id)
        if len(key) != KEY_BYTES or not compare_digest(check_of(key), state.check):
            message = f"The key of the index ({state.key_id}) is not the one that it was encrypted with"
            raise IndexSealed(message, hint="Give back the right key, or launcher clear, then launcher index")
        self._keys[state.key_id] = key
        return key


_KEYS = _Keys()
