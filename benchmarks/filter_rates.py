"""Filters over many documents, and reading them from a query: both happen at every key press.

    python benchmarks/filter_rates.py [--documents 1000000]

The reference is a loop over the same records that looks at one number of each.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

import _project  # noqa: F401

from filters import Filters
from index_store import DocumentRecord
from query_language import parse_query

TODAY = date(2026, 11, 21)
FILTERS = {
    "kind": Filters(kinds=("pdf",)),
    "extension": Filters(kinds=("docx",)),
    "period": Filters(after=date(2023, 11, 15), before=date(2023, 11, 17)),
    "size": Filters(at_least_bytes=100),
    "folder by path": Filters(folders=("/home/anna/Documents/Work",)),
    "folder by name": Filters(folders=("Invoices 5",)),
    "part of a name": Filters(names=("minutes",)),
    "name with a star": Filters(names=("report*7.pdf",)),
    "kind, period, folder": Filters(kinds=("pdf",), after=date(2023, 1, 1), folders=("work",)),
    "not a kind": Filters(excluded=(Filters(kinds=("pdf",)),)),
}
QUERIES = (
    "roof",
    "last week's slides",
    "emails about the roof of the house since Monday type:pdf -in:Archive",
    "x " * 90,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=1_000_000)
    count = parser.parse_args().documents
    records = [record_of(number) for number in range(count)]
    reference = cpu_s(lambda: sum(record.size_bytes >= 0 for record in records))
    print(f"{count:,} documents; a loop over them takes {reference:.2f} s")
    for name, filters in FILTERS.items():
        seconds = cpu_s(partial(passing, filters, records))
        print(
            f"{name:22} {seconds:5.2f} s, {seconds / reference:4.1f} loops; lets {passing(filters, records):,} through"
        )
    for query in QUERIES:
        microseconds = cpu_s(partial(read_often, query)) * 1e4
        print(f"{microseconds:5.0f} µs to read a query of {len(query)} characters")


def read_often(query: str) -> None:
    for _ in range(100):
        parse_query(query, today=TODAY)


def record_of(number: int) -> DocumentRecord:
    suffix, kind = ("pdf", "pdf") if number % 3 else ("docx", "document")
    path = f"/home/anna/Documents/Work/Invoices {number % 97}/report of the day {number}.{suffix}"
    return DocumentRecord(path=path, size_bytes=number, mtime_ns=(1_700_000_000 + number) * 10**9, inode=1, kind=kind)


def passing(filters: Filters, records: Sequence[DocumentRecord]) -> int:
    return sum(filters.lets_through(record) for record in records)


def cpu_s(act: Callable[[], object]) -> float:
    """The best of three, in seconds of this process, whatever else the machine does."""
    times = []
    for _ in range(3):
        started = time.process_time()
        act()
        times.append(time.process_time() - started)
    return min(times)


if __name__ == "__main__":
    main()
