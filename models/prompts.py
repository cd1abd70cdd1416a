"""Inputs -> prompts: what a model is shown, to the letter; the texts around it are its profile's.

Source: QwenLM/Qwen3-VL-Embedding, `Qwen3VLEmbedder.format_model_input` and
`Qwen3VLReranker.format_mm_instruction`, with the chat template of the checkpoints.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from errors import ModelFailed
from models.pictures import PixelLimits, Pixels, fit_frames, fit_picture, frames_to_show
from models.profiles import QWEN3_VL, QWEN3_VL_RERANKER, RerankerProfile, Wrapping

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
    content: Input,
    wrapping: Wrapping = QWEN3_VL.document,
    *,
    instruction: str = "",
    limits: PixelLimits | None = None,
) -> Prompt:
    """What the embedder is given.

    Args:
        instruction: The wrapping's own when empty.

    Raises:
        ModelFailed: A picture or video that cannot be shown to the model.
    """
    return joined([wrapping.opened(instruction), *_content(content, wrapping.empty, limits), wrapping.closing])


def query_prompt(
    query: Input,
    profile: RerankerProfile = QWEN3_VL_RERANKER,
    *,
    instruction: str = "",
    limits: PixelLimits | None = None,
) -> Prompt:
    """The part of a reranker's prompts that is the same for all documents: all but `document_prompt`.

    Raises:
        ModelFailed: A picture or video that cannot be shown to the model.
    """
    opening, empty = profile.pair.opened(instruction), profile.pair.empty
    return joined([opening, *_content(query, empty, limits), profile.between])


def document_prompt(
    document: Input, profile: RerankerProfile = QWEN3_VL_RERANKER, *, limits: PixelLimits | None = None
) -> Prompt:
    """What follows the query in a reranker's prompt; join both with `joined`. Raises as `query_prompt`."""
    return joined([*_content(document, profile.pair.empty, limits), profile.pair.closing])


def joined(parts: Iterable[Part]) -> Prompt:
    """Neighbouring texts as one, in composed form: the official tokenizer composes, llama.cpp does not."""
    prompt: Prompt = []
    for part in parts:
        if isinstance(part, str) and prompt and isinstance(prompt[-1], str):
            prompt[-1] += part
        else:
            prompt.append(part)
    composed = (unicodedata.normalize("NFC", part) if isinstance(part, str) else part for part in prompt)
    return [part for part in composed if not isinstance(part, str) or part]


def _content(content: Input, empty: str, limits: PixelLimits | None) -> Iterator[Part]:
    if content.text is None and not content.pictures and not content.videos:
        yield empty
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
