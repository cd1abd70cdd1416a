"""Text in one picture, by the models that come with rapidocr, used without what it builds around them.

Lines are found, turned upright and read; each step takes the size of picture that is good enough for it. All of
it is computed here: the models lie in the package, are named by their paths, and so are never looked for elsewhere.
"""

import math
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.ocr import MAX_THREADS, Language, OcrOptions
from extraction.text_lines import Boxes, Line, in_reading_order, is_upended, sides, upright
from extraction.views import Pixels

LONG_PX = 1600  # the long side of a page: 96 % of the words of receipts are read at it, and no more at 2,000
_MAX_BANDS = 8  # a picture longer than twice its width, such as a screenshot of a whole page, is read in bands
_SEARCHED_PX = 1280  # the long side at which lines are looked for
_GLANCE_PX = 640  # at which it is seen whether there are any; at 480 two of fourteen photos with text are missed
_LINE_PX = 48  # the height at which a line is read
_LONG_LINE = 12  # widths by height: from there on a line is read at
_SQUEEZE = 0.75  # of its width, which costs as much less and hardly a word
_MAX_LINES_PX = 400_000  # the lines of one band one after the other, as they are read: half a minute
_SURE = 0.9  # mean score of lines that are surely not read upside down
_LEAST_SCORE = 0.6
_JUDGED = 6  # heights of a line, of which it is told which way up it is: all of a long one would be squeezed to four

_MODELS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
}

_Read = list[tuple[str, float]]  # text and score of each line


def fit(pixels: Pixels) -> Pixels:
    """A picture at the size at which it is read; smaller ones stay as they are."""
    height, width = pixels.shape[:2]
    return _resized(pixels, min(1.0, zoom(width, height)))


def zoom(width: float, height: float) -> float:
    """Pixels per unit at which something of this size is read."""
    short, long = sorted((max(width, 1.0), max(height, 1.0)))
    return LONG_PX / max(min(long, 2 * short), long / _MAX_BANDS)


def as_pixels(image: Any) -> Pixels:
    return np.asarray(image)


def read_bands(pixels: Pixels, options: OcrOptions) -> Iterator[str]:
    """The text of a picture in reading order, "" when there is none; a long one comes in parts, from its top.

    Costs 0.1 s for a photo without text, 2 s for a receipt and 7 s for a dense page on one core.

    Args:
        pixels: (height, width, 3) RGB, as `fit` or `zoom` makes it.
        options: The language and the threads count.
    """
    engine = _engine(options.language, min(options.threads, MAX_THREADS))
    for band in _bands(pixels[:, :, ::-1]):  # as OpenCV has them: BGR
        yield in_reading_order(_lines(engine, np.ascontiguousarray(band)))


@cache  # for the life of a worker: the models take half a second to load, and 0.2 GB
def _engine(language: Language, threads: int) -> Any:
    import_module("extraction.pdf")  # first: it keeps PyMuPDF from importing onnxruntime, which is wanted here
    if sys.modules.get("onnxruntime", True) is None:
        del sys.modules["onnxruntime"]
    import_module("onnxruntime").disable_telemetry_events()  # of Windows; elsewhere it has none (requirements.txt)
    rapidocr = import_module("rapidocr")
    models = Path(str(rapidocr.__file__)).parent / "models"
    engine = rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "Det.limit_type": "max",  # never enlarge what it is given
            "Rec.rec_batch_num": 1,  # several together are padded: 15 % slower, and 0.4 GB more
            **{f"{part}.model_path": str(models / name) for part, name in _MODELS.items()},
        }
    )
    recognise, characters = engine.text_rec.session, engine.text_rec.postprocess_op.character
    # A text, or the name of the place between two characters, for each of the last axis of what it gives.
    allowed = np.array([all(_is_of(each, language) for each in text) for text in characters], np.float32)
    engine.text_rec.session = lambda lines: recognise(lines) * allowed  # what is not of the language has no chance
    return engine


def _is_of(character: str, language: Language) -> bool:
    """Whether it may stand in a text of this language; digits and signs may in all."""
    if language == "any":
        return True
    name = unicodedata.name(character, "")
    if language == "latin":
        return unicodedata.east_asian_width(character) not in "WF" and (
            not character.isalpha() or name.startswith("LATIN")
        )
    if language == "chinese":
        return "HIRAGANA" not in name and "KATAKANA" not in name
    return not name.startswith("CJK") or _is_japanese(character)


def _is_japanese(character: str) -> bool:
    try:
        character.encode("euc_jis_2004")
    except UnicodeEncodeError:
        return False
    return True


def _bands(pixels: Pixels) -> Iterator[Pixels]:
    """A long picture in pieces no longer than twice its width, cut where the least is to be seen."""
    height, width = pixels.shape[:2]
    if width > 2 * height:
        yield from (band.swapaxes(0, 1) for band in _bands(pixels.swapaxes(0, 1)))
        return
    count = math.ceil(height / max(LONG_PX, 2 * width))
    reach = height // count // 4
    unrest = np.ptp(pixels, axis=(1, 2)) if count > 1 else np.empty(0)
    cuts = [height * number // count for number in range(1, count)]
    calm = [cut - reach + int(np.argmin(unrest[cut - reach : cut + reach])) for cut in cuts]
    for top, bottom in pairwise([0, *calm, height]):
        yield pixels[top:bottom]


def _lines(engine: Any, picture: Pixels) -> list[Line]:
    """All lines of a picture (BGR), each where it would stand were the page upright."""
    if not len(_boxes(engine, picture, _GLANCE_PX)):
        return []
    boxes = _boxes(engine, picture, _SEARCHED_PX)
    if _runs_sideways(boxes):  # the detector takes lines of a dense page that do for one
        picture = np.ascontiguousarray(np.rot90(picture))
        boxes = _boxes(engine, picture, _SEARCHED_PX)
    if not len(boxes):
        return []
    crops = engine.crop_text_regions(picture, boxes)
    is_turned = _turned(engine, crops, is_upended(boxes))
    read = _read(engine, crops, is_turned)
    if _mean_score(read) < _SURE:  # a few short lines: which way up they are is told better by reading them
        again = _read(engine, crops, ~is_turned)
        if _mean_score(again) > _mean_score(read):
            read, is_turned = again, ~is_turned
    places = upright(boxes, is_turned).tolist()
    return [
        Line(text.strip(), *place)
        for (text, score), place in zip(read, places, strict=True)
        if score >= _LEAST_SCORE and text.strip()
    ]


def _boxes(engine: Any, picture: Pixels, long_px: int) -> Boxes:
    """Where lines stand, looked for at a long side of `long_px`: (n, 4, 2), those at the top first."""
    scale = min(1.0, long_px / max(picture.shape[:2]))
    found = engine.text_det(_resized(picture, scale)).boxes
    if found is None:
        return np.empty((0, 4, 2), np.float32)
    boxes: Boxes = np.asarray(found, np.float32) / np.float32(scale)
    short, long = np.sort(sides(boxes), axis=0)  # (n,) each
    # A soft photo is taken for one line as high as it is, again and again.
    is_line = (short >= 3) & (short <= max(_GLANCE_PX, *picture.shape[:2]) / 2)
    boxes, short, long = boxes[is_line], short[is_line], long[is_line]
    return boxes[np.cumsum(long / short * _LINE_PX) <= _MAX_LINES_PX]


def _runs_sideways(boxes: Boxes) -> bool:
    lengths = np.concatenate(sides(boxes)).reshape(2, -1).max(axis=0)  # (n,)
    return bool(lengths[is_upended(boxes)].sum() > lengths.sum() / 2)


def _turned(engine: Any, crops: Sequence[Pixels], is_upended_: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which lines stand on their heads: (n,).

    The classifier errs with one short line in ten, so those that run the same way are asked together.
    """
    judged = engine.text_cls([crop[:, : _JUDGED * crop.shape[0]] for crop in crops]).cls_res
    labels = np.array(["180" in label for label, _ in judged])
    lengths = np.array([crop.shape[1] for crop in crops])
    is_turned = np.zeros(len(crops), np.bool_)
    for group in (is_upended_, ~is_upended_):
        is_turned[group] = (lengths * labels)[group].sum() > lengths[group].sum() / 2
    return is_turned


def _read(engine: Any, crops: Sequence[Pixels], is_turned: NDArray[np.bool_]) -> _Read:
    turned = (np.rot90(crop, 2) if turn else crop for crop, turn in zip(crops, is_turned, strict=True))
    read = engine.text_rec(import_module("rapidocr.ch_ppocr_rec").TextRecInput(img=list(map(_squeezed, turned))))
    return list(zip(read.txts, read.scores, strict=True))


def _squeezed(crop: Pixels) -> Pixels:
    height, width = crop.shape[:2]
    if width < _LONG_LINE * height:
        return crop
    return np.asarray(cv2.resize(crop, (round(_SQUEEZE * width * _LINE_PX / height), _LINE_PX)), np.uint8)


def _mean_score(read: _Read) -> float:
    return sum(score for _, score in read) / len(read)


def _resized(pixels: Pixels, scale: float) -> Pixels:
    if scale >= 1:
        return pixels
    height, width = pixels.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
