"""Questions made from a person's own documents, each with the one document that answers it.

Each is words out of a document, less than a person would copy: what there is to find without a judge. It favours
words over meaning, so it compares models and versions with each other, not lists.
"""

import json
import os
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from errors import SettingsError
from evidence import sentences_in
from index_store import DocumentId, Snapshot, folded
from passages import STOP_WORDS

_WORD = re.compile(r"[^\W\d_][^\W_]{2,}")
_FEWEST_WORDS = 4  # of a sentence that something can be left out of
_RARE_WORDS = 3
_LOOKED_UP = 40  # words of a passage; each is a search
_COMMON = 50  # passages; a word that more of them have says little
_TRIES = 5  # passages of a document


class KnownItem(msgspec.Struct, frozen=True):
    """One question."""

    query: str
    path: str  # of the document that answers it
    kind: str
    way: str  # how it was made: a key of WAYS


def known_items(snapshot: Snapshot, *, count: int, seed: int) -> list[KnownItem]:
    """At most `count` questions about as many documents, the kinds in turn; a seed always asks an index the same."""
    chance = random.Random(seed)
    ways = list(WAYS)
    items: list[KnownItem] = []
    for document in _kinds_in_turn(snapshot, chance):
        if len(items) == count:
            break
        way = ways[len(items) % len(ways)]
        if query := _question(snapshot, document, way, chance):
            record = snapshot.document(document)
            items.append(KnownItem(query, record.path, record.kind, way))
    return items


def answers(snapshot: Snapshot, items: Sequence[KnownItem]) -> dict[str, dict[str, int]]:
    """Judgements, by the number of the question: its document, and others of the same bytes."""
    copies = defaultdict(list)
    for _, record in snapshot.documents():
        copies[record.content_hash].append(record.path)
    judgements = {}
    for number, item in enumerate(items):
        found = snapshot.find(item.path)
        same = copies[found[1].content_hash] if found and found[1].content_hash else []
        judgements[str(number)] = dict.fromkeys([item.path, *same], 1)
    return judgements


def write_items(path: Path, items: Sequence[KnownItem]) -> None:
    """As JSON lines that only their owner may read: they quote documents.

    Raises:
        SettingsError: It cannot be written.
    """
    try:
        with open(path.expanduser(), "wb", opener=_private) as file:
            file.writelines(json.dumps(msgspec.to_builtins(item)).encode() + b"\n" for item in items)
    except OSError as error:
        raise SettingsError(f"Cannot write {path}: {error.strerror}", hint="Name another file with --save.") from error


def read_items(path: Path) -> list[KnownItem]:
    """What `write_items` wrote.

    Raises:
        SettingsError: It is something else; the message has the number of the line.
    """
    try:
        lines = path.expanduser().read_bytes().splitlines()
    except OSError as error:
        raise SettingsError(f"Cannot read {path}: {error.strerror}", hint="Name a file that --save wrote.") from error
    items = []
    for number, line in enumerate(lines, start=1):
        try:
            items.append(msgspec.convert(json.loads(line), KnownItem))
        except ValueError as error:  # of msgspec too
            raise SettingsError(
                f"{path}: line {number} is no question", hint="Name a file that --save wrote."
            ) from error
    return items


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def _kinds_in_turn(snapshot: Snapshot, chance: random.Random) -> Iterator[DocumentId]:
    by_kind: dict[str, list[DocumentId]] = defaultdict(list)
    for document, record in snapshot.documents():
        by_kind[record.kind].append(document)
    for documents in by_kind.values():
        chance.shuffle(documents)
    while by_kind:
        for kind in sorted(by_kind):
            yield by_kind[kind].pop()
        by_kind = defaultdict(list, {kind: documents for kind, documents in by_kind.items() if documents})


def _question(snapshot: Snapshot, document: DocumentId, way: str, chance: random.Random) -> str:
    """One about a passage of the document, without the words of its name; "" when it has none that will do."""
    name = folded(snapshot.document(document).path.rpartition("/")[2])
    chunks = snapshot.chunks_of(document)
    for chunk in chance.sample(chunks, min(_TRIES, len(chunks))):
        record = snapshot.chunk(chunk)
        if not record.page_number or (record.is_picture and not record.text):
            continue
        words = WAYS[way](snapshot, record.text, chance)
        if query := " ".join(word for word in words if folded(word) not in name):
            return query
    return ""


def _rare_words(snapshot: Snapshot, text: str, chance: random.Random) -> Sequence[str]:
    """The rarest that some other passage has too."""
    words = sorted({word.lower() for word in _WORD.findall(text)} - STOP_WORDS)
    looked_up = chance.sample(words, min(_LOOKED_UP, len(words)))
    counts = {word: len(snapshot.search_passages(word, limit=_COMMON)) for word in looked_up}
    shared = sorted((word for word in looked_up if 1 < counts[word] < _COMMON), key=lambda word: counts[word])
    return shared[:_RARE_WORDS] if len(shared) >= _RARE_WORDS else []


def _half_a_sentence(_: Snapshot, text: str, chance: random.Random) -> Sequence[str]:
    """Half of its words that say something, in any order."""
    words = [word for word in _a_sentence(text, chance) if word.lower() not in STOP_WORDS]
    return chance.sample(words, max(2, len(words) // 2)) if len(words) >= _FEWEST_WORDS else []


def _gaps(_: Snapshot, text: str, chance: random.Random) -> Sequence[str]:
    """Every third word left out."""
    words = _a_sentence(text, chance)
    return [word for place, word in enumerate(words, start=1) if place % 3]


def _a_sentence(text: str, chance: random.Random) -> list[str]:
    sentences = [_WORD.findall(text[start:end]) for start, end in sentences_in(text)]
    usable = [words for words in sentences if len(words) >= _FEWEST_WORDS]
    return chance.choice(usable)[:24] if usable else []


WAYS = {"rare words": _rare_words, "half a sentence": _half_a_sentence, "gaps": _gaps}
