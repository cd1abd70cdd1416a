"""Seconds per picture at each preset of detail, and how they split into vision tower and language model.

Pictures of noise, 1280 x 1280, as the indexer embeds them: resized, looked at, their tokens read.
The reference is llama.cpp's own helper (mtmd_helper_eval_chunk_single) with the same tokens around
it, the picture resized and cut into patches beforehand, the last token alone an output.

    python benchmarks/sight_pictures.py [--dir FOLDER] [--threads N] [--rounds 2]

The low preset has four times as many rounds, the medium one twice.
"""

import statistics
from itertools import takewhile

import _project  # noqa: F401
import numpy as np
import sight_inputs
import true_shape
from llama_reference import PlainContext
from sight_inputs import Series, timed

from models.projector import Picture
from models.prompts import Input, Prompt
from models.sight_embedder import DETAIL_TOKENS, SightEmbedder

SIDE_PX = 1280
ROUNDS = {"low": 4, "medium": 2, "high": 1}  # for each of --rounds
CONTEXT_TOKENS = 2048


def read_plainly(context: PlainContext, embedder: SightEmbedder, units) -> None:
    before = list(takewhile(lambda unit: not isinstance(unit, Picture), units))
    picture, *after = units[len(before) :]
    context.clear()
    context.fill(before)
    context.decode()
    context.look(embedder._model.projector._handle, picture, position=len(before))
    context.fill(after, position=len(before) + picture.positions)
    context.decode()


def watch_parts(embedder: SightEmbedder) -> tuple[Series, Series]:
    """What is taken by resizing and by the vision tower, from now on."""
    resizing, tower = Series("  resizing"), Series("  vision tower")
    prompt_of, encode = embedder._prompt, embedder._model.projector.encode

    def watched_prompt(*arguments):
        prompts = []
        resizing.runs.append(timed(lambda: prompts.append(prompt_of(*arguments))))
        return prompts[0]

    def watched_encode(picture, *, is_urgent):
        states = []
        tower.runs.append(timed(lambda: states.append(encode(picture, is_urgent=is_urgent))))
        return states[0]

    embedder._prompt, embedder._model.projector.encode = watched_prompt, watched_encode
    return resizing, tower


def measure(embedder: SightEmbedder, detail: str, threads: int, rounds: int) -> None:
    source = np.random.default_rng(1)
    pictures = [source.integers(0, 256, (SIDE_PX, SIDE_PX, 3), dtype=np.uint8) for _ in range(rounds)]
    context = PlainContext(embedder._model.handle, threads, is_embedding=False, context_tokens=CONTEXT_TOKENS)
    embedder.embed_documents([Input(pictures=[pictures[0][:64, :64]])])  # opens the context
    prompts: list[Prompt] = [embedder._prompt(Input(pictures=[one]), embedder._profile.document) for one in pictures]
    ours, helper = Series("a picture, as the indexer embeds it"), Series("llama.cpp's own helper")
    resizing, tower = watch_parts(embedder)
    for picture, prompt in zip(pictures, prompts, strict=True):
        ours.runs.append(timed(lambda picture=picture: embedder.embed_documents([Input(pictures=[picture])])))
        with embedder._model.units(prompt) as units:
            helper.runs.append(timed(lambda units=units: read_plainly(context, embedder, units)))
            tokens = sum(unit.n_tokens for unit in units if isinstance(unit, Picture))
    title = f"{detail}: at most {DETAIL_TOKENS[detail]} tokens; a picture of {SIDE_PX} x {SIDE_PX} is {tokens}"
    context.close()
    sight_inputs.print_seconds(title, [ours, helper], helper)
    for part in (resizing, tower):
        wall, cpu = statistics.median(part.walls()), statistics.median(part.cpus())
        print(f"{part.name:46} {wall:10.3f} {min(part.walls()):10.3f} {cpu:10.3f}")
    rest = [
        all_of - one - other for all_of, one, other in zip(ours.walls(), resizing.walls(), tower.walls(), strict=True)
    ]
    print(f"{'  language model and the rest':46} {statistics.median(rest):10.3f} {min(rest):10.3f}")
    print(f"{'  pictures a minute':46} {60 / statistics.median(ours.walls()):10.1f} {60 / min(ours.walls()):10.1f}")


def main() -> None:
    args = sight_inputs.arguments(__doc__.splitlines()[0], rounds=2)
    sight_inputs.print_load("start")
    files = true_shape.ensure_model(args.dir)
    for detail, factor in ROUNDS.items():
        embedder = sight_inputs.load_embedder(files, args.threads, is_seeing=True, detail=detail)
        measure(embedder, detail, args.threads, args.rounds * factor)
        embedder.close()
    sight_inputs.print_load("end")


if __name__ == "__main__":
    main()
