"""Who gives the key of an encrypted index: told once by the edge, asked by whoever reads the index.

It imports nothing slow, so that telling it costs nothing where no index is read.
"""

from collections.abc import Callable

from errors import IndexSealed

KeySource = Callable[[str], bytes]  # the id of a key -> the key
_sources: list[KeySource] = []


def use_key_source(source: KeySource) -> None:
    """Have this process ask `source` for keys from now on; what it raises is raised to who wants to read the index."""
    _sources[:] = [source]


def key_of(key_id: str) -> bytes:
    """The key of this id.

    Raises:
        IndexSealed: Nobody was named who gives keys, or they do not give this one.
    """
    if not _sources:
        hint = "Read it with the launcher, which asks the keyring for its key."
        raise IndexSealed("The index is encrypted, and nobody here gives its key.", hint=hint)
    return _sources[0](key_id)
