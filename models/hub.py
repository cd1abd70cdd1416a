"""Files from Hugging Face: resumed where they stopped, checked, put in their place in one step.

huggingface_hub tells where a file is and what its hash must be. Fetching it is done here, because its own
download begins again after it was killed: it writes to a file of another name each time.
"""

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from errors import ModelFailed
from models.model import ModelFile
from models.weights import record_hash, sha256_of

_SHA256 = re.compile(r"[0-9a-f]{64}")
_BLOCK_BYTES = 1 << 20
_TIMEOUT_S = 20.0
_MOST_FAILURES = 4  # one after the other, without a byte in between
_PAUSE_S = 0.5
_LOCK_NAME = ".fetching.lock"


class Unreachable(Exception):
    """The hub, or what was asked of it, cannot be had."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """How far one file is."""

    name: str
    done_bytes: int
    total_bytes: int


OnFetched = Callable[[Fetched], None]


@dataclass(frozen=True, slots=True)
class _Offer:
    """What the hub says of a file."""

    file: ModelFile
    url: str
    sha256: str
    size_bytes: int
    part: Path  # what has come of it so far, here


def fetch_files(files: Sequence[ModelFile], folder: Path, *, endpoint: str | None, on_fetched: OnFetched) -> None:
    """Bring the files into `folder`; whatever has come stays there when it is stopped, and is used again.

    Args:
        endpoint: Another server than Hugging Face's own, or None.

    Raises:
        Unreachable: The hub is, or it has not got them.
        ModelFailed: No space, or one has the wrong hash; nothing of that one is kept.
    """
    with _alone(folder):
        offers = [_offer(file, folder, endpoint) for file in files]
        _check_space(offers, folder)
        for offer in offers:
            _remove_other_parts(offer)
            _download(offer, on_fetched)
            _put_in_place(offer, folder)


def part_paths(file: ModelFile, folder: Path) -> list[Path]:
    """What is left in `folder` of fetching the file before."""
    return [path for path in folder.glob(".*.part") if path.name.startswith(f".{file.name}.")]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two that write the same file would spoil it."""
    from filelock import FileLock, Timeout  # noqa: PLC0415 - needed for nothing else

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / _LOCK_NAME, timeout=0):
            yield
    except Timeout as error:
        raise ModelFailed("Another launcher is fetching a model.", hint="Wait until it has finished.") from error
    except OSError as error:
        hint = "LAUNCHER_MODELS=DIR chooses another folder."
        raise ModelFailed(f"Cannot write the model to {folder}: {error.strerror or error}", hint=hint) from error


def _offer(file: ModelFile, folder: Path, endpoint: str | None) -> _Offer:
    from huggingface_hub import get_hf_file_metadata, hf_hub_url  # noqa: PLC0415 - slow to import, needed once

    url = hf_hub_url(file.repository, file.name, revision=file.revision, endpoint=endpoint)
    with _hub_errors():
        stated = get_hf_file_metadata(url, token=False, timeout=_TIMEOUT_S, endpoint=endpoint)
    if not stated.commit_hash or not stated.size or not _SHA256.fullmatch(stated.etag or ""):
        raise Unreachable(f"{file.repository} does not state size and SHA-256 of {file.name}")
    sha256 = str(stated.etag)
    if file.sha256 and sha256 != file.sha256:
        raise ModelFailed(
            f"{file.repository} offers another {file.name} than the one that is known. Nothing was fetched.",
            hint="launcher models show tells the hash. A newer version of this program may know the new file.",
        )
    part = folder / f".{file.name}.{sha256[:16]}.part"
    pinned = hf_hub_url(file.repository, file.name, revision=stated.commit_hash, endpoint=endpoint)
    return _Offer(file, pinned, sha256, stated.size, part)


@contextmanager
def _hub_errors() -> Iterator[None]:
    import httpx2  # noqa: PLC0415 - what huggingface_hub speaks HTTP with
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled  # noqa: PLC0415

    try:
        yield
    except (httpx2.HTTPError, httpx2.InvalidURL, HfHubHTTPError, OfflineModeIsEnabled) as error:
        raise Unreachable((str(error).splitlines() or [type(error).__name__])[0]) from error


def _check_space(offers: Sequence[_Offer], folder: Path) -> None:
    needed = sum(offer.size_bytes - _size(offer.part) for offer in offers)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ModelFailed(
            f"{needed / 1e6:,.0f} MB must be free in {folder}; {free / 1e6:,.0f} MB are.",
            hint="Make room, or choose another folder: LAUNCHER_MODELS=DIR.",
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _remove_other_parts(offer: _Offer) -> None:
    """Parts of the file as the hub had it before."""
    for path in part_paths(offer.file, offer.part.parent):
        if path != offer.part:
            path.unlink()


def _download(offer: _Offer, on_fetched: OnFetched) -> None:
    """Go on from what is there until all of it is; a connection that broke off is made again."""
    import httpx2  # noqa: PLC0415

    failures = 0
    while (have := _size(offer.part)) < offer.size_bytes:
        with _hub_errors(), suppress(httpx2.TransportError):
            _receive(offer, have, on_fetched)
        failures = 0 if _size(offer.part) > have else failures + 1
        if failures > _MOST_FAILURES:
            raise Unreachable(f"{offer.file.repository} sends nothing more of {offer.file.name}")
        time.sleep(_PAUSE_S * failures**2)


def _receive(offer: _Offer, have: int, on_fetched: OnFetched) -> None:
    from huggingface_hub import get_session, hf_raise_for_status  # noqa: PLC0415

    # Not compressed: only so are the bytes of a range those of the file.
    headers = {"Range": f"bytes={have}-", "Accept-Encoding": "identity"}
    with get_session().stream("GET", offer.url, headers=headers, timeout=_TIMEOUT_S) as response:
        hf_raise_for_status(response)
        with offer.part.open("ab") as part:
            if response.status_code != 206:  # the whole file, whatever was asked
                part.truncate(0)
            for block in response.iter_bytes(_BLOCK_BYTES):
                part.write(block)
                on_fetched(Fetched(offer.file.name, part.tell(), offer.size_bytes))
                if part.tell() > offer.size_bytes:
                    return


def _put_in_place(offer: _Offer, folder: Path) -> None:
    if sha256_of(offer.part) != offer.sha256:
        offer.part.unlink()
        raise ModelFailed(
            f"{offer.file.name} came with the wrong hash. Nothing of it was kept.", hint="Fetch it again."
        )
    sync(offer.part)
    path = folder / offer.file.name
    offer.part.replace(path)
    record_hash(path, offer.sha256, stated_sha256=offer.sha256)


def sync(path: Path) -> None:
    """Bytes before name: what stands under the name after a power cut is whole."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
