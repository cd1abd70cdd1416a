"""Memory of models of the true 2B shape at work, each case in a process of its own. Linux only.

    python benchmarks/sight_memory.py [--dir FOLDER] [--threads N]

resident: all pages of the process at its peak; those of a file mapped twice count twice.
anonymous: its own, and not those of a file. mapped: pages of the GGUF in each of its mappings,
together; of it in memory: the same with shared pages counted once, if no other process has the file
open. One copy of the weights means: as much of it in memory as the file has, and anonymous far
below it. The mmproj is different: llama.cpp reads it into anonymous memory, once for each model.
The reference is `llama_cpp.Llama`, which copies the weights into another order.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import _project  # noqa: F401
import numpy as np
import sight_inputs
import true_shape
from llama_reference import load_llama

from models.prompts import Input
from models.reranker import load_reranker
from models.sight_embedder import CHUNK_TOKENS, SightEmbedder

SIDE_PX = 1280


def embed_texts(embedder: SightEmbedder) -> None:
    embedder.embed_documents([sight_inputs.words(CHUNK_TOKENS, seed=1)])


def embed_picture(embedder: SightEmbedder) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
    embedder.embed_documents([Input(pictures=[pixels])])


def nothing_loaded(_files, _threads: int):
    """The interpreter and the libraries."""


def plain_llama(files, threads: int):
    llama = load_llama(files.weights, threads)
    llama.create_embedding(sight_inputs.words(CHUNK_TOKENS, seed=1))
    return llama


def documents(files, threads: int, *, is_seeing: bool = False):
    embedder = sight_inputs.load_embedder(files, threads, is_seeing=is_seeing)
    embed_texts(embedder)
    return embedder


def documents_and_query(files, threads: int):
    embedder = documents(files, threads)
    embedder.embed_query("how do I get reimbursed")
    return embedder


def pictures(files, threads: int):
    embedder = documents(files, threads, is_seeing=True)
    embed_picture(embedder)
    return embedder


def pictures_and_query(files, threads: int):
    embedder = pictures(files, threads)
    embedder.embed_query("how do I get reimbursed")
    return embedder


def reranker(files, threads: int, *, is_seeing: bool = False):
    projector = files.projector if is_seeing else None
    loaded = load_reranker(files.weights, projector, sight_inputs.options(threads))
    loaded.relevance(Input("rain"), [Input(sight_inputs.words(200, seed=number)) for number in range(2)])
    return loaded


def embedder_and_reranker(files, threads: int):
    return documents_and_query(files, threads), reranker(files, threads)


def seeing_embedder_and_reranker(files, threads: int):
    return pictures_and_query(files, threads), reranker(files, threads, is_seeing=True)


CASES: dict[str, Callable] = {
    "Python and the libraries": nothing_loaded,
    "reference: Llama.create_embedding": plain_llama,
    "embedder, after texts": documents,
    "embedder, after texts and a query": documents_and_query,
    "embedder with its mmproj, after pictures": pictures,
    "  and a query": pictures_and_query,
    "reranker, after texts": reranker,
    "embedder and reranker, the same GGUF": embedder_and_reranker,
    "  both with their mmproj": seeing_embedder_and_reranker,
}


def own_memory(weights: Path) -> dict[str, int]:
    """Bytes of this process, as the system counts them."""
    rollup = _fields(Path("/proc/self/smaps_rollup").read_text())
    status = _fields(Path("/proc/self/status").read_text())
    mappings = Path("/proc/self/smaps").read_text().split("VmFlags")
    of_weights = [_fields(mapping) for mapping in mappings if str(weights) in mapping]
    return {
        "resident": status["VmHWM"],
        "anonymous": rollup["Anonymous"],
        "mapped": sum(fields["Rss"] for fields in of_weights),
        "of it in memory": sum(fields["Pss"] for fields in of_weights),
    }


def _fields(text: str) -> dict[str, int]:
    lines = (line.split() for line in text.splitlines() if line.endswith(" kB"))
    return {name.rstrip(":"): int(number) * 1024 for name, number, _ in lines}


def measured(case: str, args) -> dict[str, int]:
    """In a process of its own, so that nothing of another case is left in it."""
    command = [sys.executable, __file__, "--dir", args.dir, "--threads", str(args.threads), "--case", case]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return json.loads(answer.splitlines()[-1])


def _width(name: str) -> int:
    return max(11, len(name) + 2)


def main() -> None:
    args = sight_inputs.arguments(__doc__.splitlines()[0], case="")
    files = true_shape.ensure_model(args.dir)
    if args.case:
        keep = CASES[args.case](files, args.threads)
        print(json.dumps(own_memory(files.weights)))
        del keep
        return
    sight_inputs.print_load("start")
    sizes = {path: path.stat().st_size / 1e6 for path in (files.weights, files.projector)}
    print(f"megabytes; the GGUF has {sizes[files.weights]:.0f}, its mmproj {sizes[files.projector]:.0f}")
    rows = {case: measured(case, args) for case in CASES}
    reference = rows["reference: Llama.create_embedding"]
    print(f"{'':42}" + "".join(f"{name:>{_width(name)}}" for name in reference) + f"{'resident to reference':>23}")
    for case, row in rows.items():
        megabytes = "".join(f"{size / 1e6:{_width(name)}.0f}" for name, size in row.items())
        print(f"{case:42}{megabytes}{row['resident'] / reference['resident']:23.2f}")
    sight_inputs.print_load("end")


if __name__ == "__main__":
    main()
