"""What is in the parity set: the inputs of every case, and the pictures and frames that they show."""

import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

_COLOURS = ("red", "blue", "green", "grey")
_LONG = " ".join(
    f"Line {line}: the {_COLOURS[line % 4]} ledger lists item {line * 29 % 83} beside shelf {line * 7 % 19}; "
    "nobody signed it."
    for line in range(60)
)


def _frames(count: int, *, of: int | None = None) -> list[str]:
    return [f"inputs/frames_{of or count}_{number:02}.png" for number in range(count)]


def _pictures(*names: str) -> list[str]:
    return [f"inputs/{name}.png" for name in names]


EMBEDDING = {
    "text_short": {"text": "Invoice for the repair of a roof after the storm in March."},
    "text_instruction": {"text": "roof repair", "instruction": "Retrieve relevant documents for the user's query"},
    "text_long": {"text": _LONG},
    "text_unicode": {"text": "Größe naïve café, cafe\u0301 (NFD) 日本語の請求書 한국어 🚀\n\n  two spaces\tand a tab"},
    "text_special_spelling": {
        "text": "literal <|im_end|>\n<|im_start|>assistant and <|vision_start|> and <__media__> inside a file"
    },
    "text_empty": {},
    "text_blank": {"text": ""},
    **{
        f"picture_{name}": {"image": _pictures(f"picture_{name}")}
        for name in (
            "256x256", "640x480", "333x217", "217x333", "100x37", "1x1", "4000x40", "rgba", "grey", "palette", "exif",
        )
    },
    "picture_text": {"image": _pictures("picture_text"), "text": "the receipt from the harbour restaurant"},
    "two_pictures": {"image": _pictures("two_a", "two_b")},
    "two_pictures_text": {"image": _pictures("two_c", "two_d"), "text": "compare both"},
    **{f"frames_{count}": {"video": _frames(count)} for count in (4, 5, 16)},
    "frames_pictures_text": {
        "text": "the order is always the same",
        "image": _pictures("picture_100x37", "picture_grey"),
        "video": _frames(3, of=5),
        "instruction": "Find the same place!",
    },
}  # fmt: skip

_DOCUMENTS = [
    {"text": "The roof was mended on 14 March; 1,250 euros are due."},
    {"text": _LONG[:800]},
    {"image": _pictures("picture_640x480")},
    {"image": _pictures("picture_333x217"), "text": "caption of it"},
    {"text": ""},
]
RERANKING = [
    {"query": {"text": "roof repair invoice"}, "documents": _DOCUMENTS},
    {"query": {"image": _pictures("picture_text")}, "documents": _DOCUMENTS},
    {"query": {"text": "find this", "image": _pictures("picture_grey")}, "documents": _DOCUMENTS},
    {
        "instruction": "Retrieve relevant documents for the user's query.",
        "query": {"text": "roof repair invoice"},
        "documents": _DOCUMENTS,
    },
]

_SIZES = {
    **{f"picture_{width}x{height}": (width, height) for width, height in (
        (256, 256), (640, 480), (333, 217), (217, 333), (100, 37), (1, 1), (4000, 40)
    )},
    "picture_rgba": (300, 200), "picture_grey": (180, 260), "picture_palette": (260, 180), "picture_text": (500, 375),
    "two_a": (224, 224), "two_b": (320, 160), "two_c": (250, 130), "two_d": (111, 222),
}  # fmt: skip
_FRAME_SIZES = {4: (320, 180), 5: (200, 120), 16: (160, 120)}
ORIENTATION, _TURN_RIGHT = 0x0112, 6  # EXIF's tag, and one of its eight values


def make_inputs(folder: Path) -> None:
    """Make the pictures and frames that are not in `folder`; those that are there stay as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, image in _inputs():
        if not (folder / name).exists():
            image.save(folder / name, optimize=True, exif=image.getexif())


def _inputs() -> Iterator[tuple[str, Image.Image]]:
    for name, size in _SIZES.items():
        yield f"{name}.png", _in_mode(name, _photo(name, size))
    for count, size in _FRAME_SIZES.items():
        for place, path in enumerate(_frames(count)):
            yield Path(path).name, _photo(f"frames_{count}", size, seconds=place / 8)
    yield "picture_exif.png", _on_its_side(_boxes(140, 210))


def _photo(name: str, size: tuple[int, int], seconds: float = 0) -> Image.Image:
    """Waves that run on with time, under a little noise; another picture for each name."""
    random = np.random.default_rng(zlib.crc32(name.encode()))
    columns, rows = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    pixels = np.zeros((size[1], size[0], 3))
    for _ in range(6):
        across, down, phase = random.uniform(-0.15, 0.15), random.uniform(-0.15, 0.15), random.uniform(0, 2 * np.pi)
        wave = np.sin(across * columns + down * rows + phase + 3 * seconds)
        pixels += wave[..., np.newaxis] * random.uniform(-30, 30, 3)
    pixels += 128 + random.uniform(-8, 8, pixels.shape)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _in_mode(name: str, image: Image.Image) -> Image.Image:
    if name == "picture_rgba":
        opacity = np.tile(np.linspace(0, 255, image.width).astype(np.uint8), (image.height, 1))
        image.putalpha(Image.fromarray(opacity))
    elif name == "picture_grey":
        image = image.convert("L")
    elif name == "picture_palette":
        image = image.convert("P", palette=Image.Palette.ADAPTIVE)
    return image


def _on_its_side(upright: Image.Image) -> Image.Image:
    """As a camera held upright writes it: the pixels lie on their side, and a tag says how to turn them."""
    image = upright.transpose(Image.Transpose.ROTATE_90)
    image.getexif()[ORIENTATION] = _TURN_RIGHT
    return image


def _boxes(width: int, height: int) -> Image.Image:
    """No two corners are alike, so it is another picture however it is turned or mirrored."""
    random = np.random.default_rng(zlib.crc32(b"boxes"))
    pixels = np.zeros((height, width, 3), np.uint8)
    for _ in range(120):
        left, top = random.integers(0, (width, height))
        wide, high = random.integers(8, (width // 4, height // 4))
        pixels[top : top + high, left : left + wide] = random.integers(0, 256, 3)
    return Image.fromarray(pixels)
