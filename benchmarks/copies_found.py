"""Which copies of a picture are found by its hash, how many other pictures are taken for one, and how long it takes.

Each of some pictures of a folder is changed in many ways, and looked for among all of them: what comes first, and with
a chance of a half at least, counts as found. Beside it what the plain difference hash finds that was here before, with
12 of its 64 bits differing. Then, for the figures in picture_copies.py: how many of a million other pictures look as
much like a copy. What has the folder or the name of the picture in question is no other picture, it may well be a copy;
nor is what is of the same `--series`: of a manual, say, whose screenshots show the same windows again and again.

    python benchmarks/copies_found.py FOLDER [--series PART-OF-A-PATH ...] [--asked 100] [--pictures 100000]

100 questions to 4,200 pictures take an hour of one core; the last line is of an index of `--pictures`.
"""

import argparse
import io
import random
import statistics
import time
from pathlib import Path

import _project  # noqa: F401
import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from extraction.picture_hashing import picture_hash_of
from picture_copies import _agreeing_features, _joined, _likenesses, _pictures_of
from picture_hash import SIDE_PX, from_text, mirrored, orientations

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
LEAST_PX = 160
SHOWN_PX = 384  # what is changed is not larger
MOST_PX = 40_000_000
Image.MAX_IMAGE_PIXELS = None
OLD_BITS = 12
LEVELS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--series", nargs="*", default=[])
    parser.add_argument("--asked", type=int, default=100)
    parser.add_argument("--pictures", type=int, default=100_000)
    args = parser.parse_args()
    pictures = list(read_pictures(args.folder))
    hashes = [hash_of(image) for _, image in pictures]
    print(f"{len(pictures)} pictures, {sum(map(len, hashes)) / len(hashes):.0f} characters each")
    index = index_of(hashes)
    old = np.array([old_hash(image) for _, image in pictures])
    asked = random.Random(7).sample(range(len(pictures)), min(args.asked, len(pictures)))
    false_layouts, false_features, others_seen = np.zeros(16), np.zeros(LEVELS + 1), 0
    found = {name: [] for name in CHANGES}
    for picture in asked:
        path, image = pictures[picture]
        others = np.array([is_other(each, path, args.series) for each, _ in pictures])
        for name, change in CHANGES.items():
            changed = change(image, random.Random(picture))
            text = hash_of(changed)
            apart, agreeing, chances = compared(index, text)
            others_seen += int(others.sum())
            false_layouts += np.bincount(apart[others & (apart < 16)], minlength=16)[:16]
            false_features += np.bincount(agreeing[others].clip(max=LEVELS), minlength=LEVELS + 1)
            old_apart = np.bitwise_count(old ^ old_hash(changed))
            is_first = chances[picture] >= 0.5 and not (chances[others] > chances[picture]).any()
            was_first = old_apart[picture] <= OLD_BITS and not (old_apart[others] < old_apart[picture]).any()
            found[name].append((is_first, was_first))
    report(found, false_layouts, false_features, others_seen)
    time_search(hashes, args.pictures)


def read_pictures(folder: Path):
    """Each picture once, small; those too small or too large to be photos or drawings left out."""
    seen = set()
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES):
        try:
            data = path.read_bytes()
            if hash(data) in seen or not is_of_interest(data):
                continue
            seen.add(hash(data))
            with Image.open(io.BytesIO(data)) as opened:
                opened.draft("RGB", (SHOWN_PX, SHOWN_PX))
                image = opened.convert("RGBA")
                image.thumbnail((SHOWN_PX, SHOWN_PX))
                yield path, Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
        except (OSError, ValueError, SyntaxError):
            continue


def is_other(one: Path, path: Path, series) -> bool:
    if one.parent == path.parent or one.name == path.name:
        return False
    return not any(part in str(one) and part in str(path) for part in series)


def is_of_interest(data: bytes) -> bool:
    with Image.open(io.BytesIO(data)) as image:
        return min(image.size) >= LEAST_PX and image.width * image.height <= MOST_PX


def hash_of(image: Image.Image) -> str:
    small = image.convert("L")
    small.thumbnail((SIDE_PX, SIDE_PX))
    return picture_hash_of(np.asarray(small)) or f"{0:016x}."


def old_hash(image: Image.Image) -> np.uint64:
    pixels = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.BOX))
    return np.packbits(pixels[:, 1:] > pixels[:, :-1]).view(np.uint64)[0]


def index_of(hashes):
    return _joined([_pictures_of(1, list(enumerate(hashes)))])


def compared(index, text: str):
    """Of each picture: how many bits its layout differs by, how many features agree, the chance."""
    wanted = from_text(text)
    apart = np.bitwise_count(index.layouts ^ orientations(wanted.layout)[:, None]).min(axis=0).astype(int)
    agreeing, chances = np.zeros(len(apart), int), np.zeros(len(apart))
    for features, is_mirrored in ((wanted.features, False), (mirrored(wanted.features), True)):
        for picture, count in _agreeing_features(index, features, is_mirrored=is_mirrored):
            agreeing[picture] = max(agreeing[picture], count)
    for picture, per_million in _likenesses(index, wanted).items():
        chances[picture] = 1 / (1 + len(apart) * per_million / 1e6)
    return apart, agreeing, chances


def report(found, false_layouts, false_features, others_seen: int) -> None:
    print(f"{'':18}    now  before")
    for name, pairs in found.items():
        now, before = (100 * np.mean(kind) for kind in zip(*pairs, strict=True))
        print(f"{name:18}{now:6.0f}%{before:7.0f}%")
    per_million = 1e6 / others_seen
    print(f"others of a million, of {others_seen:,} compared")
    for bits in range(0, 16, 2):
        print(f"  layout differs in {bits:2} at most: {false_layouts[: bits + 1].sum() * per_million:9.2f}")
    for count in range(2, LEVELS + 1):
        print(f"  {count} features or more agree: {false_features[count:].sum() * per_million:9.2f}")


def time_search(hashes, count: int) -> None:
    """In an index of `count` pictures: these, again and again with bits changed, so that they are others."""
    index = index_of([hashes[place % len(hashes)] for place in range(count)])
    numbers = np.random.default_rng(7)
    features = index.features.copy()
    features["bits"] ^= numbers.integers(0, 2**63, len(features), np.uint64) & numbers.integers(
        0, 2**63, len(features), np.uint64
    )
    index = index._replace(features=features, layouts=numbers.integers(0, 2**63, count, np.uint64))
    once, all_of_it = [], []
    for text in hashes[:10]:
        started = time.perf_counter()
        np.bitwise_count(index.features["bits"] ^ np.uint64(7))
        once.append(time.perf_counter() - started)
        started = time.perf_counter()
        _likenesses(index, from_text(text))
        all_of_it.append(time.perf_counter() - started)
    asked, passed = statistics.median(all_of_it) * 1e3, statistics.median(once) * 1e3
    print(f"{count:,} pictures: {asked:.0f} ms, {asked / passed:.0f} times one feature with all ({passed:.1f} ms)")


def jpeg(image, quality):
    data = io.BytesIO()
    image.save(data, "JPEG", quality=quality)
    return Image.open(data).convert("RGB")


def without(image, left, top, right, bottom):
    width, height = image.size
    return image.crop((int(width * left), int(height * top), int(width * (1 - right)), int(height * (1 - bottom))))


def part(image, share, numbers):
    """A part with this share of the width and of the height, anywhere."""
    left, top = (1 - share) * numbers.random(), (1 - share) * numbers.random()
    return without(image, left, top, 1 - share - left, 1 - share - top)


def coloured(image, factors):
    return Image.fromarray((np.asarray(image) * np.array(factors)).clip(0, 255).astype(np.uint8))


def captioned(image):
    width, height = image.size
    strip = int(0.14 * height)
    higher = Image.new("RGB", (width, height + strip), "white")
    higher.paste(image)
    ImageDraw.Draw(higher).text((5, height + 4), "Summer, the old harbour", fill="black", font_size=max(9, strip // 2))
    return higher


def written_on(image):
    width, height = image.size
    image = image.copy()
    ImageDraw.Draw(image).rectangle((0, int(0.85 * height), width, height), fill="black")
    return image


CHANGES = {
    "128 pixels": lambda image, _: ImageOps.contain(image, (128, 128)),
    "JPEG quality 15": lambda image, _: jpeg(image, 15),
    "stretched 15 %": lambda image, _: image.resize((int(image.width * 1.1), int(image.height * 0.95))),
    "brighter 40 %": lambda image, _: ImageEnhance.Brightness(image).enhance(1.4),
    "darker 40 %": lambda image, _: ImageEnhance.Brightness(image).enhance(0.6),
    "less contrast": lambda image, _: ImageEnhance.Contrast(image).enhance(0.6),
    "more contrast": lambda image, _: ImageEnhance.Contrast(image).enhance(1.5),
    "grey": lambda image, _: image.convert("L").convert("RGB"),
    "yellowish": lambda image, _: coloured(image, (1.15, 1, 0.7)),
    "10 % of each side": lambda image, numbers: part(image, 0.9, numbers),
    "20 % of each side": lambda image, numbers: part(image, 0.8, numbers),
    "30 % of each side": lambda image, numbers: part(image, 0.7, numbers),
    "10 % of a side": lambda image, _: without(image, 0, 0, 0.1, 0),
    "20 % of a side": lambda image, _: without(image, 0, 0.2, 0, 0),
    "30 % of a side": lambda image, _: without(image, 0.3, 0, 0, 0),
    "mirrored": lambda image, _: ImageOps.mirror(image),
    "upside down": lambda image, _: ImageOps.flip(image),
    "turned left": lambda image, _: image.transpose(Image.Transpose.ROTATE_90),
    "turned right": lambda image, _: image.transpose(Image.Transpose.ROTATE_270),
    "turned 3 degrees": lambda image, _: image.rotate(3, resample=Image.Resampling.BICUBIC, fillcolor="white"),
    "black border": lambda image, _: ImageOps.expand(image, int(0.05 * max(image.size)), "black"),
    "white border": lambda image, _: ImageOps.expand(image, int(0.1 * max(image.size)), "white"),
    "caption below": lambda image, _: captioned(image),
    "bar over it": lambda image, _: written_on(image),
    "mirrored, part, JPEG": lambda image, numbers: jpeg(ImageOps.mirror(part(image, 0.93, numbers)), 30),
}

if __name__ == "__main__":
    main()
