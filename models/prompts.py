"""What Qwen3-VL is told around an input: chat templates and instructions, to the letter.

A missing full stop costs 0.015 of cosine, a missing suffix 0.08, a missing template 0.8.

Source: QwenLM/Qwen3-VL-Embedding, `Qwen3VLEmbedder.format_model_input` and
`Qwen3VLReranker.format_mm_instruction`, with the chat template of the checkpoints.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from errors import ModelFailed
from models.pictures import PixelLimits, Pixels, fit_frames, fit_picture, frames_to_show

DOCUMENT_INSTRUCTION = "Represent the user's input."
QUERY_INSTRUCTION = "Retrieve images or text relevant to the user's query."
RERANK_INSTRUCTION = "Given a search query, retrieve relevant candidates that answer the query."

_SYSTEM, _USER = "<|im_start|>system\n", "<|im_end|>\n<|im_start|>user\n"
_SUFFIX = "<|im_end|>\n<|im_start|>assistant\n"
_JUDGE = (
    "Judge whether the Document meets the requirements based on the Query and the Instruct provided. "
    'Note that the answer can only be "yes" or "no".'
)
_EMPTY = "NULL"
_FRAMES_PER_SECOND = 2.0  # assumed of frames whose times nobody knows


@dataclass(frozen=True, slots=True, eq=False)
class FramePair:
    """Two frames that the model sees as one picture with a direction of time; of equal size."""

    first: Pixels
    second: Pixels


Part = str | Pixels | FramePair
Prompt = list[Part]  # neighbouring parts are never both text: tokens merge over the joint


@dataclass(frozen=True, slots=True, eq=False)
class Video:
    """Frames in their order, and the second of each; half a second apart when nobody knows."""

    frames: Sequence[Pixels]
    seconds: Sequence[float] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Input:
    """What is embedded as one: any mixture; always shown as videos, then pictures, then text.

    Args:
        text: None is no text; "" is a text that is empty.
        pictures: Of any size; resized here.
    """

    text: str | None = None
    pictures: Sequence[Pixels] = ()
    videos: Sequence[Video] = ()


def embedding_prompt(
    content: Input, *, instruction: str = DOCUMENT_INSTRUCTION, limits: PixelLimits | None = None
) -> Prompt:
    """What the embedder is given.

    Raises:
        ModelFailed: A picture or video that cannot be shown to the model.
    """
    opening = _SYSTEM + _punctuated(instruction, default=DOCUMENT_INSTRUCTION) + _USER
    return _joined([opening, *_content(content, limits), _SUFFIX])


def reranking_prompt(
    query: Input, document: Input, *, instruction: str = RERANK_INSTRUCTION, limits: PixelLimits | None = None
) -> Prompt:
    """What the reranker is asked about one pair.

    Raises:
        ModelFailed: A picture or video that cannot be shown to the model.
    """
    opening = f"{_SYSTEM}{_JUDGE}{_USER}<Instruct>: {instruction or RERANK_INSTRUCTION}<Query>:"
    return _joined([opening, *_content(query, limits), "\n<Document>:", *_content(document, limits), _SUFFIX])


def _punctuated(instruction: str, *, default: str) -> str:
    instruction = instruction.strip() or default
    return instruction if unicodedata.category(instruction[-1]).startswith("P") else instruction + "."


def _content(content: Input, limits: PixelLimits | None) -> Iterator[Part]:
    if content.text is None and not content.pictures and not content.videos:
        yield _EMPTY
        return
    for video in content.videos:
        yield from _timed_pairs(video)
    for picture in content.pictures:
        yield fit_picture(picture, limits)
    if content.text is not None:
        yield content.text


def _timed_pairs(video: Video) -> Iterator[Part]:
    """`<0.2 seconds>` before each pair: the mean of its frames' times, in Python's own rounding."""
    frames = fit_frames(video.frames)
    seconds = _seconds_shown(video, len(frames))
    for place in range(0, len(frames), 2):
        yield f"<{(seconds[place] + seconds[place + 1]) / 2:.1f} seconds>"
        yield FramePair(frames[place], frames[place + 1])


def _seconds_shown(video: Video, count: int) -> list[float]:
    if not video.seconds:
        return [place / _FRAMES_PER_SECOND for place in range(count)]
    if len(video.seconds) != len(video.frames):
        raise ModelFailed(f"A video of {len(video.frames)} frames has {len(video.seconds)} times.")
    return [video.seconds[place] for place in frames_to_show(len(video.frames))]


def _joined(parts: Iterable[Part]) -> Prompt:
    """Neighbouring texts as one, in composed form: the official tokenizer composes, llama.cpp does not."""
    prompt: Prompt = []
    for part in parts:
        if isinstance(part, str) and prompt and isinstance(prompt[-1], str):
            prompt[-1] += part
        else:
            prompt.append(part)
    return [unicodedata.normalize("NFC", part) if isinstance(part, str) else part for part in prompt]
