"""Words and names of many small text files: files per second, index size against text size, milliseconds per query.

    python benchmarks/word_rates.py [FOLDER] [--files 100000] [--names 100000] [--queries 100]

Without FOLDER the texts are made up, their words as frequent as in a natural language (Zipf). The reference is plain
SQLite FTS5, given the same texts in the same run and in transactions of the same size. Embeddings are of 8 dimensions
and cost next to nothing here. Documents of which only the name is known are an index of their own.
"""

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import _project  # noqa: F401
import numpy as np

from embeddings import Fingerprint
from index_store import Addition, ChunkRecord, DocumentRecord, Root, Snapshot, create_or_open_index, read_index
from index_store import words as word_index
from index_store.sqlite import sqlite3

DIM = 8
PER_COMMIT = 500  # documents
LIMIT = 200  # of each list of a search
ROOT = "/made/up"
VOCABULARY = 50_000
SYLLABLES = [
    consonant + vowel + end for consonant in "bdfgklmnprstvw" for vowel in "aeiou" for end in ("", "n", "r", "s")
]


def vocabulary() -> list[str]:
    """Made-up words, the most frequent first."""
    source = random.Random(1)
    words = dict.fromkeys("".join(source.choices(SYLLABLES, k=1 + number % 4)) for number in range(VOCABULARY * 2))
    return sorted(list(words)[:VOCABULARY], key=len)


def made_up_texts(count: int) -> Iterator[str]:
    source = np.random.default_rng(1)
    words = np.array(vocabulary())
    shares = 1 / np.arange(2.7, len(words) + 2.7)  # Zipf and Mandelbrot
    cumulative = np.cumsum(shares / shares.sum())
    for length in source.lognormal(4.8, 0.6, size=count).astype(int) + 5:
        chosen = words[np.searchsorted(cumulative, source.random(length))]
        yield ". ".join(" ".join(chosen[start : start + 12]) for start in range(0, length, 12))


def read_texts(folder: Path, count: int) -> Iterator[str]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if count and (text := path.read_bytes()[:8_000].decode("utf-8", "ignore")).strip():
            count -= 1
            yield text


def made_up_names(count: int) -> list[str]:
    """Paths as people make them: a few folders, two to four words, some with a year, in several spellings."""
    source = random.Random(2)
    words = vocabulary()
    weights = [1 / (rank + 20) for rank in range(len(words))]
    chosen = iter(source.choices(words, weights, k=count * 6))
    paths = []
    for number in range(count):
        parts = [next(chosen) for _ in range(source.randint(2, 4))] + source.choice(([], ["2023"], [str(number)]))
        spelling = source.choice((" ".join, "_".join, "-".join, lambda parts: "".join(map(str.capitalize, parts))))
        folder = f"{next(chosen)}/{next(chosen)} {number % 97}"
        paths.append(f"{ROOT}/{folder}/{spelling(parts)}{source.choice(('.txt', '.pdf', '.docx', '.jpg'))}")
    return paths


def plain_fts5(texts: list[str], path: Path) -> tuple[float, int]:
    """Seconds and bytes of the simplest full-text table with these texts."""
    started = time.perf_counter()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("CREATE VIRTUAL TABLE texts USING fts5 (text)")
        for start in range(0, len(texts), PER_COMMIT):
            connection.execute("BEGIN")
            rows = enumerate(texts[start : start + PER_COMMIT], start)
            connection.executemany("INSERT INTO texts (rowid, text) VALUES (?, ?)", rows)
            connection.execute("COMMIT")
    return time.perf_counter() - started, path.stat().st_size


def addition(number: int, path: str, texts: tuple[str, ...]) -> Addition:
    record = DocumentRecord(path=path, size_bytes=sum(map(len, texts)), mtime_ns=1, inode=number, kind="text")
    chunks = tuple(ChunkRecord(page_number=1, start_char=0, end_char=len(text), text=text) for text in texts)
    vectors = np.zeros((len(texts), DIM), np.float32)  # (n, DIM)
    vectors[:, number % DIM] = 1
    return Addition(record, chunks, vectors)


def build(index_dir: Path, paths: list[str], texts: list[str]) -> tuple[float, float, float]:
    """Seconds in all, seconds of them for words and names, and for these while segments are merged."""
    spent = 0.0
    catch_up = word_index.catch_up

    def measured(*arguments):
        nonlocal spent
        started = time.perf_counter()
        try:
            return catch_up(*arguments)
        finally:
            spent += time.perf_counter() - started

    word_index.catch_up = measured
    started = time.perf_counter()
    with create_or_open_index(
        index_dir, fingerprint=Fingerprint(model="none", weights_sha256="0" * 64, dim=DIM)
    ) as writer:
        for start in range(0, len(paths), PER_COMMIT):
            numbers = range(start, min(start + PER_COMMIT, len(paths)))
            additions = [addition(number, paths[number], tuple(texts[number : number + 1])) for number in numbers]
            writer.commit(additions, roots=[Root(path=ROOT)])
        committed = spent
        writer.compact()
    word_index.catch_up = catch_up
    return time.perf_counter() - started, committed, spent - committed


def words_bytes(index_dir: Path) -> int:
    return sum(path.stat().st_size for path in index_dir.glob("words.db*"))


def milliseconds(search: Callable[[str], object], queries: list[str]) -> str:
    times = []
    for query in queries:
        started = time.perf_counter()
        search(query)
        times.append((time.perf_counter() - started) * 1e3)
    return f"{statistics.median(times):8.2f} {statistics.quantiles(times, n=20)[-1]:8.2f}"


def mistyped(word: str, source: random.Random) -> str:
    at = source.randrange(1, len(word) - 1)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return source.choice((swapped, word[:at] + word[at + 1 :], word[:at] + "x" + word[at + 1 :]))


def search_texts(snapshot: Snapshot, texts: list[str], count: int) -> None:
    source = random.Random(3)
    picked = [source.choice(texts).replace(".", "").split() for _ in range(count * 4)]
    picked = [words for words in picked if len(words) > 12][:count]
    kinds = {
        "one word": [source.choice(words) for words in picked],
        "three words of one text": [" ".join(source.sample(words, 3)) for words in picked],
        "eight words of two texts": [
            " ".join(source.sample(words, 4) + source.sample(others, 4))
            for words, others in zip(picked, picked[1:] + picked[:1], strict=True)
        ],
        "beginning (four letters*)": [max(words, key=len)[:4] + "*" for words in picked],
        "phrase (three words quoted)": [f'"{" ".join(words[3:6])}"' for words in picked],
        "two words, one excluded": [f"{words[1]} {words[2]} -{words[3]}" for words in picked],
    }
    print(f"\n{'words: milliseconds per query':36} {'median':>8} {'p95':>8}")
    for kind, queries in kinds.items():
        print(f"{kind:36} {milliseconds(lambda query: snapshot.search_passages(query, limit=LIMIT), queries)}")
    unknown = [mistyped(max(words, key=len), source) for words in picked]
    print(f"{'a word corrected':36} {milliseconds(snapshot.corrected, unknown)}")


def search_names(snapshot: Snapshot, paths: list[str], count: int) -> None:
    source = random.Random(4)
    picked = [source.choice(paths) for _ in range(count)]
    names = [Path(path).name for path in picked]
    longest = [max(name.replace("_", " ").replace("-", " ").rpartition(".")[0].split(), key=len) for name in names]
    mistakes = {
        path: mistyped(word, source)
        for path, word in zip(picked, longest, strict=True)
        if len(word) > 5 and word.isalpha()
    }
    kinds = {
        "whole name": names,
        "two letters": [name[:2] for name in names],
        "part of it": [name[2:8] for name in names],
        "its words": [" ".join(word[:4] for word in name.replace("_", " ").split()) for name in names],
        "folder/beginning": [f"{Path(path).parent.name}/{Path(path).name[:5]}" for path in picked],
        "mistyped": list(mistakes.values()),
    }
    print(f"\n{'names: milliseconds per query':36} {'median':>8} {'p95':>8}")
    for kind, queries in kinds.items():
        print(f"{kind:36} {milliseconds(lambda query: snapshot.search_names(query, limit=LIMIT), queries)}")
    found = 0
    for path, query in mistakes.items():
        hits = snapshot.search_names(query, limit=LIMIT)
        found += any(snapshot.document(document_id).path == path for document_id, _ in hits)
    print(f"of the mistyped, {found} of {len(mistakes)} found the very document that was meant")


def rate(what: str, count: int, seconds: float, size_bytes: int, text_bytes: int) -> None:
    size = f"{size_bytes / 1e6:7.1f} MB, {size_bytes / text_bytes:.2f} of the {text_bytes / 1e6:.1f} MB of text"
    print(f"{what:36} {count / seconds:8,.0f} files/s  {seconds:6.1f} s  {size}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--names", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=100)
    args = parser.parse_args()
    texts = list(read_texts(args.folder, args.files) if args.folder else made_up_texts(args.files))
    paths = made_up_names(max(len(texts), args.names))
    text_bytes, name_bytes = (sum(len(os.fsencode(each)) for each in some) for some in (texts, paths))
    with tempfile.TemporaryDirectory() as folder:
        plain = plain_fts5(texts, Path(folder, "plain.db"))
        rate("reference: plain FTS5", len(texts), *plain, text_bytes)
        index_dir = Path(folder, "index")
        total, spent, merging = build(index_dir, paths[: len(texts)], texts)
        rate("words and names", len(texts), spent, words_bytes(index_dir), text_bytes)
        print(f"with segments and merging {total:.1f} s; words and names while merging {merging:.3f} s")
        print(f"time / plain FTS5: {spent / plain[0]:.2f}; size / plain FTS5: {words_bytes(index_dir) / plain[1]:.2f}")
        search_texts(read_index(index_dir), texts, args.queries)
        index_dir = Path(folder, "names")
        total, spent, _ = build(index_dir, paths[: args.names], [])
        print()
        rate("names alone", args.names, spent, words_bytes(index_dir), name_bytes)
        search_names(read_index(index_dir), paths[: args.names], args.queries)


if __name__ == "__main__":
    main()
