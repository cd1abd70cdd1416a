"""What a scan is measured against: reading the bytes once, NumPy, and usearch and faiss where they are installed."""

from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from threading import Thread
from typing import Any

import numpy as np
from scan_inputs import unit

from embeddings import Embeddings, Vector
from index_store.codes import coded
from settings import available_cores

WANTED = 200  # what a search asks for
PREFIX = 256
Way = tuple[str, Callable[[Vector], Any]]  # its name, and a search for one query


def read_once(array: np.ndarray) -> Callable[[Vector], None]:
    """Reading every byte of an array, with a thread per core."""
    parts = np.array_split(array.reshape(-1).view(np.uint8), available_cores())

    def read(_: Vector) -> None:
        threads = [Thread(target=part.max) for part in parts[1:]]
        for thread in threads:
            thread.start()
        parts[0].max()
        for thread in threads:
            thread.join()

    return read


def rivals(rows: Embeddings, *, with_all: bool) -> Iterator[Way]:
    """Others' ways to the nearest rows: of all dimensions, and of the first 256 as a first pass of ours would be."""
    prefixes = unit(rows[:, :PREFIX])
    codes = coded(prefixes)
    yield "floor: read the codes once", read_once(codes.rows)
    yield "NumPy float32, first 256", lambda query: best_of(prefixes @ query[:PREFIX])
    yield from usearch_ways(codes.rows, "int8, first 256", "i8", "Cos")
    yield from faiss_ways(prefixes, "int8, first 256", "QT_8bit")
    if with_all:
        yield "floor: read float32 embeddings once", read_once(rows)
        yield "NumPy float32, all", lambda query: best_of(rows @ query)
        yield from usearch_ways(rows.astype(np.float16), "float16, all", "f16", "IP")
        yield from faiss_ways(rows, "float16, all", "QT_fp16")


def best_of(cosines: Vector) -> np.ndarray:
    return np.argpartition(-cosines, WANTED)[:WANTED]


def usearch_ways(rows: np.ndarray, what: str, kind: str, metric: str) -> Iterator[Way]:
    if not find_spec("usearch"):
        return
    usearch = import_module("usearch.index")
    width = rows.shape[1]

    def find(query: Vector) -> Any:
        vector = query[:width]
        vector = coded(vector[None]).rows[0] if kind == "i8" else vector.astype(rows.dtype)
        return usearch.search(rows, vector, WANTED, usearch.MetricKind[metric], exact=True, threads=available_cores())

    yield f"usearch {what}", find


def faiss_ways(rows: Embeddings, what: str, quantizer: str) -> Iterator[Way]:
    if not find_spec("faiss"):
        return
    faiss = import_module("faiss")
    faiss.omp_set_num_threads(available_cores())
    index = faiss.IndexScalarQuantizer(
        rows.shape[1], getattr(faiss.ScalarQuantizer, quantizer), faiss.METRIC_INNER_PRODUCT
    )
    index.train(rows[:20_000])
    index.add(rows)
    yield f"faiss {what}", lambda query: index.search(query[None, : rows.shape[1]], WANTED)
