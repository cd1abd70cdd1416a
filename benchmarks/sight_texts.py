"""Texts through a model of the true 2B shape: against llama.cpp's own rate, and what each step of ours gains.

1. Tokens per second of the indexer on chunks of 304 to 320 tokens, against llama_decode of 512 tokens
   of which the last alone is an output. Counted are all tokens that a plain implementation would
   evaluate: the template of each text too, whose beginning ours evaluates once.
2. Seconds per text of 50, 150 and 400 tokens: (i) one at a time, all tokens outputs; (ii) the
   last alone; (iii) with the beginning shared; (iv) several together, as the indexer does it.
3. In the same rounds, one `Llama.create_embedding` call per text: of the text alone, although
   the model wants the template around it, which costs ours five more tokens per text.

    python benchmarks/sight_texts.py [--dir FOLDER] [--threads N] [--rounds 3]
"""

import _project  # noqa: F401
import numpy as np
import sight_inputs
import true_shape
from llama_cpp import Llama
from llama_reference import BATCH_TOKENS, PlainContext, load_llama
from sight_inputs import Series, timed

from models.profiles import QWEN3_VL
from models.sight_embedder import CHUNK_TOKENS, SightEmbedder
from models.sight_session import open_session

CHUNKS = 4  # at a time: so few that a machine whose speed drifts favours neither side
RATE_ROUNDS = 3  # for each of --rounds
TEXTS = {50: 8, 150: 6, 400: 3}  # tokens: how many


def measure_rate(embedder: SightEmbedder, llama: Llama, threads: int, rounds: int) -> None:
    texts = sight_inputs.texts(CHUNKS, CHUNK_TOKENS - 8)  # none is longer than a chunk
    ours = Series("the indexer: text in, unit embeddings out", sum(map(whole_tokens, texts)))
    handles = (embedder._model.handle, llama.model)
    contexts = [PlainContext(handle, threads, is_embedding=False) for handle in handles]
    references = [
        Series(f"llama_decode, weights {how}", BATCH_TOKENS)
        for how in ("as they lie in the file", "copied, its default")
    ]
    tokens = np.random.default_rng(1).integers(0, 1000, BATCH_TOKENS).tolist()
    for context in contexts:
        context.fill(tokens)
        context.decode()
    embedder.embed_documents(texts[:1])
    for _ in range(rounds * RATE_ROUNDS):
        ours.runs.append(timed(lambda: embedder.embed_documents(texts)))
        for context, series in zip(contexts, references, strict=True):
            series.runs.append(timed(lambda context=context: decode_again(context)))
    for context in contexts:
        context.close()
    best = min(references, key=lambda series: np.median(series.walls()))
    title = f"1. chunks of about {CHUNK_TOKENS - 8} tokens; target: 0.95 of the better llama_decode"
    sight_inputs.print_rates(title, [ours, *references], best, unit="tokens/s")


def decode_again(context: PlainContext) -> None:
    context.clear()
    context.decode()


def whole_tokens(text: str) -> int:
    return sight_inputs.count_tokens(QWEN3_VL.document.opened() + text + QWEN3_VL.document.closing)


def measure_steps(embedder: SightEmbedder, llama: Llama, threads: int, rounds: int) -> None:
    plain = PlainContext(embedder._model.handle, threads, is_embedding=True)
    alone = open_session(embedder._model)  # shares no beginning
    for tokens, number in TEXTS.items():
        texts = sight_inputs.texts(number, tokens)
        prompts = [embedder._prompt(text, QWEN3_VL.document) for text in texts]
        units = []
        for prompt in prompts:
            with embedder._model.units(prompt) as its_units:
                units.append(its_units)
        steps = {
            "(i) one at a time, all outputs": lambda units=units: [plain.embedding(tokens) for tokens in units],
            "(ii) one output": lambda prompts=prompts: [alone.embed([prompt]) for prompt in prompts],
            "(iii) + shared beginning": lambda texts=texts: [embedder.embed_documents([text]) for text in texts],
            "(iv) + several together: ours": lambda texts=texts: embedder.embed_documents(texts),
            "Llama.create_embedding of the text alone": lambda texts=texts: [
                llama.create_embedding(text) for text in texts
            ],
        }
        series = [Series(name, number) for name in steps]
        for _ in range(rounds):
            for row, step in zip(series, steps.values(), strict=True):
                row.runs.append(timed(step))
        cosines = np.sum(np.array(steps["(i) one at a time, all outputs"]()) * embedder.embed_documents(texts), axis=1)
        sight_inputs.print_seconds(f"2. {number} texts of about {tokens} tokens", series, series[0])
        print(f"{'':46} {series[3].times_as_fast(series[4])[0]:10.2f} times as fast as create_embedding")
        print(f"{'':46} {cosines.min():10.4f} smallest cosine of (iv) to (i)")


def main() -> None:
    args = sight_inputs.arguments(__doc__.splitlines()[0], rounds=3)
    sight_inputs.print_load("start")
    files = true_shape.ensure_model(args.dir)
    embedder = sight_inputs.load_embedder(files, args.threads)
    llama = load_llama(files.weights, args.threads)
    measure_rate(embedder, llama, args.threads, args.rounds)
    measure_steps(embedder, llama, args.threads, args.rounds)
    sight_inputs.print_load("end")


if __name__ == "__main__":
    main()
