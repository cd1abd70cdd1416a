"""The key of an encrypted index, in the keyring of the operating system; the only importer of keyring.

That is Keychain, the Credential Manager, or on Linux what offers a Secret Service: GNOME Keyring, KWallet, KeePassXC.
Importing keyring takes a tenth of a second, so it is done when a key is needed. It does not know what a key opens.
"""

import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from errors import IndexSealed

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

KEY_BYTES = 32
SERVICE = "semantic-launcher index"  # under which it stands in the keyring; the name is the key's id
_AGAIN_S = 300.0  # after which a keyring that stayed locked is asked again
_LEAST_PRIORITY = 1  # of a backend that keyring's authors recommend
_PLAINTEXT = "keyrings.alt"  # files, some of them in the clear, by whatever priority
_ANEW = "It cannot be read any more, but made anew: launcher clear, then launcher index FOLDER"
_NO_KEYRING = (
    "On Linux install and unlock GNOME Keyring, KWallet or KeePassXC, and start the launcher from within the desktop."
)
_NAMES = {
    "keyring.backends.SecretService": "Secret Service",
    "keyring.backends.libsecret": "Secret Service",
    "keyring.backends.kwallet": "KWallet",
    "keyring.backends.macOS": "Keychain",
    "keyring.backends.Windows": "Credential Manager",
}
_Answer = TypeVar("_Answer")


class KeyringStayedLocked(IndexSealed):
    """The person did not unlock it, or nobody was there to ask."""

    def __init__(self) -> None:
        hint = "Unlock it, and try again; the launcher that is running does so after five minutes."
        super().__init__("The keyring with the key of the index stayed locked.", hint=hint)


class KeyReader:
    """`read_key` for as long as a process runs.

    One at a time, for the keyring may ask a person for a password; and one that stayed locked is left in peace for some
    minutes, or that question would come with every search and every look at what changed.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._lock = threading.Lock()
        self._locked_until_s = 0.0

    def key(self, key_id: str) -> bytes:
        """Raises as `read_key`."""
        with self._lock:
            if self._now_s() < self._locked_until_s:
                raise KeyringStayedLocked
            try:
                return read_key(key_id)
            except KeyringStayedLocked:
                self._locked_until_s = self._now_s() + _AGAIN_S
                raise


def new_key() -> tuple[str, bytes]:
    """Its id and a key, which is in the keyring when this returns.

    Raises:
        IndexSealed: There is no keyring, it stayed locked, or does not keep what it is given.
    """
    keyring = _keyrings()[0]
    key_id, key = secrets.token_hex(16), secrets.token_bytes(KEY_BYTES)
    _asked(partial(keyring.set_password, SERVICE, key_id, key.hex()))
    if _key_of(_asked(partial(keyring.get_password, SERVICE, key_id))) != key:
        raise IndexSealed(f"{keyring_name()} does not keep the key that it is given.", hint=_NO_KEYRING)
    return key_id, key


def read_key(key_id: str) -> bytes:
    """The key of this id: 32 bytes.

    Raises:
        IndexSealed: There is no keyring, or it stayed locked, or the key is not in it.
    """
    for keyring in _keyrings():
        if key := _key_of(_asked(partial(keyring.get_password, SERVICE, key_id))):
            return key
    raise IndexSealed("The key of the index is not in the keyring any more.", hint=_ANEW)


def delete_key(key_id: str) -> None:
    """What is not there is deleted already.

    Raises:
        IndexSealed: There is no keyring, or it stayed locked.
    """
    for keyring in _keyrings():
        if _asked(partial(keyring.get_password, SERVICE, key_id)) is not None:
            _asked(partial(keyring.delete_password, SERVICE, key_id))


def keyring_name() -> str:
    """As a person may know it.

    Raises:
        IndexSealed: There is none that can be used.
    """
    keyring = type(_keyrings()[0])
    return _NAMES.get(keyring.__module__, keyring.__name__)


def _keyrings() -> "list[KeyringBackend]":
    """Those that keep a secret, the best first; never none.

    Raises:
        IndexSealed: There is none.
    """
    import keyring  # noqa: PLC0415 - see above

    found = _asked(lambda: _safe_of(keyring.get_keyring())) or _asked(lambda: _safe_of(_looked_again()))
    if not found:
        raise IndexSealed("There is no keyring here that could keep the key of the index.", hint=_NO_KEYRING)
    return found


def _looked_again() -> "KeyringBackend":
    """What is there now. keyring itself looks once per process, which at a login may be before the service has come."""
    import keyring.backend  # noqa: PLC0415 - see above

    with suppress(KeyError):  # nobody has looked: a person's own configuration names the keyring
        keyring.backend.get_all_keyring.reset()
    keyring.core.init_backend()
    return keyring.get_keyring()


def _safe_of(chosen: "KeyringBackend") -> "list[KeyringBackend]":
    """Of a chain those that are safe: it would itself go on to whatever takes the key, be it a file in the clear."""
    from keyring.backends.chainer import ChainerBackend  # noqa: PLC0415 - see above

    return [each for each in (chosen.backends if isinstance(chosen, ChainerBackend) else [chosen]) if _is_safe(each)]


def _is_safe(keyring: "KeyringBackend") -> bool:
    return keyring.priority >= _LEAST_PRIORITY and not type(keyring).__module__.startswith(_PLAINTEXT)


def _asked(ask: Callable[[], _Answer]) -> _Answer:
    from keyring.errors import InitError, KeyringLocked  # noqa: PLC0415 - see above

    try:
        return ask()
    except (KeyringLocked, InitError) as error:  # the latter: nobody gave a new keyring its password
        raise KeyringStayedLocked from error
    except Exception as error:  # each backend lets through what its own libraries raise
        message = f"The keyring does not answer: {str(error) or type(error).__name__}"
        raise IndexSealed(message, hint=_NO_KEYRING) from error


def _key_of(text: str | None) -> bytes | None:
    """None for what we did not write."""
    try:
        key = bytes.fromhex(text or "")
    except ValueError:
        return None
    return key if len(key) == KEY_BYTES else None
