"""Reads what may have been made to take for ever, in a process that is killed if it does.

So a test of it needs no clock, which says little on a busy machine: its input is one over which a reader that goes back
again and again would take minutes.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from small_documents import document_at

from corpus import Contents, Document
from errors import DocumentError
from extraction import read_contents
from extraction.workers import ExtractionPool, Limits

PATIENCE_S = 20.0


def outcomes_in_time(
    paths: Iterable[Path], reader: Callable[[Document], Contents] = read_contents
) -> list[Contents | DocumentError]:
    """What `reader`, a function at the top of a module, makes of each document.

    Raises:
        AssertionError: One did not come to an end, or took the worker along.
    """
    with ExtractionPool(limits=Limits(PATIENCE_S), reader=reader) as pool:
        outcomes = list(pool.read(map(document_at, paths)))
    for document, outcome in outcomes:
        reason = outcome.reason if isinstance(outcome, DocumentError) else ""
        assert not reason.startswith(("took longer", "the reader crashed")), f"{document.path.name}: {reason}"
    return [outcome for _, outcome in outcomes]


def files_of(folder: Path, texts: dict[str, bytes | str]) -> list[Path]:
    """Files of these names."""
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return [folder / name for name in texts]
