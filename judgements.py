"""Queries and the judgements of them, read as test collections write them.

It knows files of lines, not how a query is answered.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from errors import SettingsError

Judgements = Mapping[str, Mapping[str, int]]  # query id -> document -> how relevant, 0 or less: not at all

_ID_FIELDS = ("id", "_id", "qid", "query_id")
_TEXT_FIELDS = ("text", "query")
_QUERIES_HINT = 'Each line is {"id": "1", "text": "what is asked"}, or the two with a tab between them.'
_QRELS_HINT = "Each line is query, document and relevance (a whole number) with tabs or blanks between, or as in TREC."


def read_queries(path: Path) -> dict[str, str]:
    """Id -> text of every query of a file: JSON lines, or lines of id, tab and text.

    Raises:
        SettingsError: It cannot be read, or a line of it is something else; the message has its number.
    """
    queries: dict[str, str] = {}
    for number, line in _lines(path):
        query_id, text = _query_of_json(line) if line.startswith("{") else _query_of_tsv(line)
        if not query_id or not text or query_id in queries:
            problem = "has a query a second time" if query_id in queries else "is no query"
            raise SettingsError(f"{path}: line {number} {problem}", hint=_QUERIES_HINT)
        queries[query_id] = text
    if not queries:
        raise SettingsError(f"{path}: no queries", hint=_QUERIES_HINT)
    return queries


def read_judgements(path: Path) -> dict[str, dict[str, int]]:
    """Query id -> document as it is written there -> relevance, of a file of three columns or the four of TREC.

    A first line of titles, as in BEIR, is no judgement.

    Raises:
        SettingsError: As `read_queries`.
    """
    judgements: dict[str, dict[str, int]] = {}
    for number, line in _lines(path):
        fields = line.split("\t") if "\t" in line else line.split()
        if len(fields) not in (3, 4) or not _is_whole_number(fields[-1]):
            if number == 1 and len(fields) in (3, 4):
                continue
            raise SettingsError(f"{path}: line {number} is no judgement", hint=_QRELS_HINT)
        judgements.setdefault(fields[0].strip(), {})[fields[-2].strip()] = int(fields[-1])
    if not judgements:
        raise SettingsError(f"{path}: no judgements", hint=_QRELS_HINT)
    return judgements


def of_documents(judgements: Judgements, folder: Path, indexed: Collection[str]) -> dict[str, dict[str, int]]:
    """The same judgements, of paths in place of what was written.

    A path may be relative to `folder` or to the folder above it, and its ending left out where that leaves one
    document. What is not among `indexed` stays as it is written: nothing finds it, as is right for one that is missing.
    """
    by_stem: dict[str, set[str]] = {}
    for path in indexed:
        for stem in {Path(path).stem, str(Path(path).relative_to(folder).with_suffix(""))}:
            by_stem.setdefault(stem, set()).add(path)

    def found(written: str) -> str:
        for path in (str(folder / written), str(folder.parent / written)):
            if path in indexed:
                return path
        likely = by_stem.get(written, set())
        return next(iter(likely)) if len(likely) == 1 else written

    return {
        query_id: {found(written): relevance for written, relevance in judged.items()}
        for query_id, judged in judgements.items()
    }


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines that are not empty, with their numbers from 1."""
    try:
        text = path.expanduser().read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError(
            f"Cannot read {path}: {error.strerror}", hint="Check its spelling; quote spaces."
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"{path}: no text in UTF-8", hint="Name the file of queries, then that of QRELS."
        ) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line.rstrip("\r")


def _query_of_json(line: str) -> tuple[str, str]:
    try:
        record = json.loads(line)
    except ValueError:
        return "", ""
    return _first_of(record, _ID_FIELDS), _first_of(record, _TEXT_FIELDS)


def _first_of(record: Mapping[str, Any], fields: tuple[str, ...]) -> str:
    return next((str(record[field]).strip() for field in fields if record.get(field) is not None), "")


def _query_of_tsv(line: str) -> tuple[str, str]:
    query_id, _, text = line.partition("\t")
    return query_id.strip(), text.strip()


def _is_whole_number(text: str) -> bool:
    return text.strip().removeprefix("-").isdecimal()
