"""Prompts -> outputs of a causal model: shared beginnings evaluated once, short prompts together.

One context over a `SightModel`. The last token of a prompt is its output, so all before it is
evaluated without outputs. It does not know what a prompt is for.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings import Embeddings, Vector
from errors import ModelFailed
from models.decoder import Decoder, Row, Stopped
from models.llama_session import Tokens, unit_rows

# isort: split
import llama_cpp

from models.precedence import Precedence
from models.projector import Picture, Unit
from models.prompts import Prompt
from models.sight_model import SightModel
from models.stop_flag import StopFlag

Units = Sequence[Unit]
_Encoded = dict[Picture, NDArray[np.float32]]

# Together they share what is read of the weights for their last tokens; but each token also looks at the tokens
# of the others, which costs more than that gains when they are long (benchmarks/sight_texts.py).
GROUP_PROMPTS = 8
GROUP_TOKENS = 512
GROUPED_TOKENS = 200  # longer ones are evaluated one by one


@dataclass(frozen=True, slots=True)
class _Output:
    """What is read of the last token of each prompt: `read(place in the group, sequence)`."""

    read: Callable[[int, int], NDArray[np.float32]]
    is_state: bool


class SightSession:
    """Made by `open_session`, safe to call from several threads.

    Sequence 0 is the beginning that prompts share, 1 to GROUP_PROMPTS are what follows it.
    """

    def __init__(
        self, model: SightModel, decoder: Decoder, *, has_classifier: bool, gives_way_to: Precedence | None
    ) -> None:
        self._model = model
        self._decoder = decoder
        self._gives_way_to = gives_way_to
        self._lock = threading.Lock()
        self._shared: list[Unit] = []  # what sequence 0 shall hold
        self._beginning: list[Unit] = []  # what it holds
        self.has_classifier = has_classifier
        self.context_tokens = decoder.context_tokens

    def count_tokens(self, prompt: Prompt) -> int:
        """Tokens of the whole prompt; pictures are counted, not encoded."""
        with self._model.units(prompt) as units:
            return _length(units)

    def share(self, beginning: Prompt) -> None:
        """Evaluate what the following prompts begin with, as far as the last one shared did not begin so too.

        A prompt that begins otherwise gets the same output, only later.

        Raises:
            ModelFailed: Longer than the context, or llama.cpp gave up.
            Stopped: The flag was raised.
        """
        with self._model.units(beginning) as units, self._lock, self._clean():
            self._check_length(units)
            self._shared = [] if _has_picture(units) else list(units)
            if not self._gives_way_to:  # who does is in no hurry: evaluated with the first prompt
                self._grow(units)

    def embed(self, prompts: Sequence[Prompt]) -> Embeddings:
        """(n, dim) state of the last token of each prompt, unit length, in their order.

        Raises:
            ModelFailed: One is longer than the context, shows a picture to a model that sees none, or
                llama.cpp gave up. The session stays usable.
            Stopped: The flag was raised. Never by one that gives way: it starts the batch again.
        """
        return unit_rows(self._evaluated(prompts, self._states(), self._model.dim))

    def embed_next(self, prompt: Prompt) -> Vector:
        """(dim,) as `embed`, of a prompt that begins like the last one: only the rest is evaluated."""
        with self._model.units(prompt) as units, self._lock, self._clean():
            self._check_length(units)
            *before, last = units
            rows = self._cut_to(before)
            place = self._decoder.answer(rows, [Row(_token(last), _positions(before), 0)], in_states=True)
            self._beginning = before
            state = self._states().read(place, 0)
        return np.asarray(unit_rows(state[np.newaxis])[0])

    def rank(self, prompts: Sequence[Prompt]) -> NDArray[np.float32]:
        """(n,) first output of the classifier's head, in [0, 1]; for one that `has_classifier`. Raises as `embed`."""
        if not self.has_classifier:
            raise ModelFailed("This model has no classifier's head.")
        output = _Output(lambda _, sequence: self._decoder.first_class(sequence), is_state=True)
        return self._evaluated(prompts, output, 1)[:, 0]

    def logits(self, prompts: Sequence[Prompt], tokens: Tokens) -> NDArray[np.float32]:
        """(n, len(tokens)) how much the model would like to say each next, before any softmax. Raises as `embed`."""
        output = _Output(lambda place, _: self._decoder.logits(place, tokens), is_state=False)
        return self._evaluated(prompts, output, len(tokens))

    def close(self) -> None:
        """Free the context; the weights stay with the model."""
        self._decoder.close()

    def clear(self) -> None:
        """Forget what prompts shared, also after an evaluation that stopped half-way."""
        self._decoder.clear()
        self._beginning = []

    def _states(self) -> _Output:
        if self.has_classifier:  # what would be read is not a state, and not of this length
            raise ModelFailed("A model loaded for ranking gives no embeddings.")
        return _Output(lambda place, _: self._decoder.state(place, self._model.dim), is_state=True)

    def _evaluated(self, prompts: Sequence[Prompt], output: _Output, width: int) -> NDArray[np.float32]:
        outputs = np.empty((len(prompts), width), dtype=np.float32)
        texts: dict[int, Units] = {}
        for row, prompt in enumerate(prompts):
            with self._model.units(prompt) as units:
                self._check_length(units)
                if _has_picture(units):  # gone with its prompt, and never short
                    outputs[row] = self._outputs([units], output)[0]
                else:
                    texts[row] = units
        for group in self._groups(texts):
            outputs[group] = self._outputs([texts[row] for row in group], output)
        return outputs

    def _groups(self, texts: dict[int, Units]) -> Iterator[list[int]]:
        """Rows to evaluate together: short ones of similar length."""
        most = min(GROUP_PROMPTS, self._decoder.batch_tokens)
        room = min(GROUP_TOKENS, self.context_tokens - len(self._beginning))
        group: list[int] = []
        tokens = 0
        for row in sorted(texts, key=lambda row: len(texts[row])):
            length = len(texts[row]) - len(self._beginning)
            if group and (tokens + length > room or len(group) == most or length > GROUPED_TOKENS):
                yield group
                group, tokens = [], 0
            group.append(row)
            tokens += length
        if group:
            yield group

    def _check_length(self, units: Units) -> None:
        length = _length(units)
        if length > self.context_tokens:
            raise ModelFailed(f"An input of {length} tokens does not fit the model's {self.context_tokens}.")
        if not units or isinstance(units[-1], Picture):
            raise ModelFailed("An input must end in text: its last token is the output.")

    def _outputs(self, group: Sequence[Units], output: _Output) -> list[NDArray[np.float32]]:
        encoded: _Encoded = {}
        while True:
            if self._gives_way_to:
                self._gives_way_to.give_way()
            try:
                return self._outputs_now(group, output, encoded)
            except Stopped:
                if not self._gives_way_to:
                    raise

    def _outputs_now(self, group: Sequence[Units], output: _Output, encoded: _Encoded) -> list[NDArray[np.float32]]:
        with self._lock, self._clean():
            self._make_room(group)
            rows: list[Row] = []  # of text, not yet evaluated
            for sequence, units in enumerate(group, start=1):
                rows += self._begun(sequence, units, encoded)
            lasts = [Row(_token(units[-1]), _positions(units[:-1]), place) for place, units in enumerate(group, 1)]
            first = self._decoder.answer(rows, lasts, in_states=output.is_state)
            return [output.read(first + place, place + 1) for place in range(len(group))]

    @contextmanager
    def _clean(self) -> Iterator[None]:
        """Afterwards only sequence 0 holds anything, and nothing at all if llama.cpp failed half-way."""
        try:
            yield
        except ModelFailed:
            self.clear()
            raise
        finally:
            self._decoder.cut(0, at=_positions(self._beginning))
            for sequence in range(1, GROUP_PROMPTS + 1):
                self._decoder.cut(sequence, at=0)

    def _make_room(self, group: Sequence[Units]) -> None:
        """Share the beginning again where it was lost; drop it where these prompts would not fit beside it."""
        if len(self._beginning) < len(self._shared):
            self._grow(self._shared)
        tails = sum(_length(units[_common(self._beginning, units) :]) for units in group)
        if tails + _length(self._beginning) > self.context_tokens:
            self.clear()

    def _begun(self, sequence: int, units: Units, encoded: _Encoded) -> list[Row]:
        """Put all but the last token of a prompt into a sequence, except for rows of text at its end, which return."""
        start = min(_common(self._beginning, units), len(units) - 1)
        position = _positions(units[:start])
        self._decoder.copy_beginning(position, sequence=sequence)
        return self._read_pictures(units[start:-1], sequence, position, encoded)

    def _grow(self, units: Units) -> None:
        """Make sequence 0 hold these units."""
        self._decoder.read(self._cut_to(units))
        self._beginning = list(units)

    def _cut_to(self, units: Units) -> list[Row]:
        """Make sequence 0 hold these units, except for rows of text at their end, which return."""
        start = _common(self._beginning, units)
        position = _positions(units[:start])
        self._decoder.cut(0, at=position)
        self._beginning = list(units[:start])
        return self._read_pictures(units[start:], 0, position, {})

    def _read_pictures(self, units: Units, sequence: int, position: int, encoded: _Encoded) -> list[Row]:
        """Evaluate `units` up to the last picture, and return the rows of the text after it.

        Args:
            encoded: What the vision tower made of pictures already, kept here for another try.
        """
        rows: list[Row] = []
        for unit in units:
            if isinstance(unit, Picture):
                self._decoder.read(rows)
                rows = []
                self._read_picture(unit, sequence, position, encoded)
                position += unit.positions
            else:
                rows.append(Row(unit, position, sequence))
                position += 1
        return rows

    def _read_picture(self, picture: Picture, sequence: int, position: int, encoded: _Encoded) -> None:
        projector = self._model.projector
        assert projector  # only it makes pictures of a prompt
        if picture not in encoded:
            encoded[picture] = projector.encode(picture, is_urgent=self._gives_way_to is None)
        positions = projector.positions(picture, past=position)
        self._decoder.read_picture(encoded[picture], positions, sequence=sequence)


def open_session(
    model: SightModel,
    *,
    has_classifier: bool = False,
    context_tokens: int | None = None,
    stop: StopFlag | None = None,
    gives_way_to: Precedence | None = None,
) -> SightSession:
    """A new context over `model`; costs the memory of `context_tokens` (2B: 112 KiB each) and about 80 MB.

    Args:
        has_classifier: Use the classifier's head: `rank` then works, and `embed` does not.
        context_tokens: The model's options' when None.
        stop: Raised, it ends what is evaluated.
        gives_way_to: Instead of `stop`, for whoever has time: evaluation waits while somebody else is urgent.

    Raises:
        ModelFailed: llama.cpp cannot run the model this way.
    """
    options = _context_options(model, context_tokens or model.options.context_tokens, has_classifier=has_classifier)
    context = llama_cpp.llama_init_from_model(model.handle, options)
    if not context:
        raise ModelFailed(f"llama.cpp cannot run {model.description}", hint="launcher models lists those it can.")
    flag = gives_way_to.flag if gives_way_to else stop or StopFlag()
    decoder = Decoder(context, flag, max_outputs=GROUP_PROMPTS)
    return SightSession(model, decoder, has_classifier=has_classifier, gives_way_to=gives_way_to)


def _context_options(model: SightModel, context_tokens: int, *, has_classifier: bool) -> Any:
    options = model.options
    context_options = llama_cpp.llama_context_default_params()
    context_options.n_ctx = context_tokens
    context_options.n_batch = context_options.n_ubatch = min(options.batch_tokens, context_tokens)
    context_options.n_seq_max = GROUP_PROMPTS + 1
    context_options.n_outputs_max = GROUP_PROMPTS + 1  # or a 2B model computes in 321 MB instead of 80
    context_options.kv_unified = True  # or a beginning could not be shared
    context_options.n_threads = context_options.n_threads_batch = options.threads
    context_options.embeddings = True
    context_options.pooling_type = (
        llama_cpp.LLAMA_POOLING_TYPE_RANK if has_classifier else llama_cpp.LLAMA_POOLING_TYPE_NONE
    )
    context_options.no_perf = True
    context_options.offload_kqv = context_options.op_offload = model.gpu_layers > 0
    if options.exact_cache:
        context_options.type_k = context_options.type_v = llama_cpp.GGML_TYPE_F32
        context_options.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
    return context_options


def _common(beginning: Units, units: Units) -> int:
    """How many units both begin with."""
    count = 0
    for one, other in zip(beginning, units, strict=False):
        if one != other and not (isinstance(one, Picture) and one.shows_the_same_as(other)):
            break
        count += 1
    return count


def _has_picture(units: Units) -> bool:
    return any(isinstance(unit, Picture) for unit in units)


def _length(units: Units) -> int:
    return sum(unit.n_tokens if isinstance(unit, Picture) else 1 for unit in units)


def _positions(units: Units) -> int:
    return sum(unit.positions if isinstance(unit, Picture) else 1 for unit in units)


def _token(unit: Unit) -> int:
    assert not isinstance(unit, Picture)  # the length check refuses a prompt that ends in one
    return unit
