"""In which order documents are read: what is wanted, then what is recent and small, and no kind behind a slower one."""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heapify, heappop, heapreplace
from typing import NamedTuple

from corpus import Document
from extraction.kinds import kind_by_name

CHUNK_S = 0.1  # to embed one chunk with the starter on two cores
CHUNK_BYTES = 800
CHUNKS = 256  # of a document at most
YOUNGEST_S = 60.0  # what was changed within this is equally recent


class _Cost(NamedTuple):
    read_s: float  # to read one document of usual length
    text_share: float  # how much of its bytes is text


# From docs/EXTRACTION.md, "What it costs"; in the dearer kinds the rarer formats cost most.
_COSTS = {
    "archive": _Cost(0.001, 0.0),
    "audio": _Cost(0.001, 0.0),
    "book": _Cost(0.005, 0.5),
    "code": _Cost(0.005, 1.0),
    "document": _Cost(0.005, 0.2),
    "email": _Cost(0.001, 0.5),
    "pdf": _Cost(0.007, 0.05),
    "picture": _Cost(0.05, 0.0),
    "sheet": _Cost(0.005, 0.5),
    "slides": _Cost(0.005, 0.01),
    "text": _Cost(0.003, 1.0),
    "video": _Cost(0.001, 0.0),
    "web": _Cost(0.001, 0.3),
    "other": _Cost(0.001, 0.0),
}


class _Waiting(NamedTuple):
    urgency: float  # less is sooner
    cost_s: float
    document: Document


Wanted = Callable[[], Sequence[str]]  # paths of what a person looks for or opened as of now, the last one first


def wanted_first(documents: Iterable[Document], wanted: Wanted) -> Iterator[Document]:
    """All of them as they come, but next is always what is wanted most by then. Costs some µs per document.

    Args:
        documents: Each path once.
        wanted: Asked before each document, so it should give few paths, and at once.
    """
    left = OrderedDict((str(document.path), document) for document in documents)
    while left:
        path = next((path for path in wanted() if path in left), None)
        yield left.pop(path) if path is not None else left.popitem(last=False)[1]


def in_order(documents: Iterable[Document], *, now_s: float) -> list[Document]:
    """All kinds in turns.

    Of one kind, recent and small documents come first: of two that cost the same the later one, of two of an age the
    smaller one. Each kind gets as much time as any other while it has something left, by what reading and embedding
    are thought to cost: a thousand slow ones never block a quick one. Costs 10 µs per document.

    Args:
        documents: In any order.
        now_s: Seconds since 1970.
    """
    queues: dict[str, list[_Waiting]] = {}
    for document in documents:
        kind = kind_by_name(document.path)
        queues.setdefault(kind, []).append(_waiting(document, kind, now_s))
    return list(_in_turns(queues.values()))


def _waiting(document: Document, kind: str, now_s: float) -> _Waiting:
    cost_s = cost_of(kind, document.size_bytes)
    age_s = max(now_s - document.mtime_ns / 1e9, YOUNGEST_S)
    return _Waiting(age_s * cost_s, cost_s, document)


def cost_of(kind: str, size_bytes: int) -> float:
    """About how many seconds a document takes until it is found by its text."""
    cost = _COSTS[kind]
    chunks = min(1 + size_bytes * cost.text_share / CHUNK_BYTES, CHUNKS)
    return cost.read_s + chunks * CHUNK_S


def _in_turns(queues: Iterable[list[_Waiting]]) -> Iterator[Document]:
    """Next is always the one that would be done first, were all queues worked on at once."""
    sorted_queues = [deque(sorted(queue, key=lambda each: each.urgency)) for queue in queues]
    turns = [(queue[0].cost_s, number) for number, queue in enumerate(sorted_queues)]
    heapify(turns)
    while turns:
        done_s, number = turns[0]
        queue = sorted_queues[number]
        yield queue.popleft().document
        if queue:
            heapreplace(turns, (done_s + queue[0].cost_s, number))
        else:
            heappop(turns)
