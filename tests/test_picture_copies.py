import random
from itertools import product

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from extraction.picture_hashing import picture_hash_of
from index_store import Addition, DocumentRecord, read_index
from picture_copies import PictureCopies
from picture_hash import SIDE_PX, as_text, from_text, is_comparable, mirrored, orientations
from tests.index_contents import DIM, open_writer, write_index

TURNS = (None, Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)


def drawing(seed):
    """Shapes in many sizes, places and shades: no two drawings are alike."""
    numbers = random.Random(seed)
    picture = Image.new("L", (240, 180), numbers.randrange(256))
    draw = ImageDraw.Draw(picture)
    for _ in range(40):
        left, top = numbers.randrange(-20, 230), numbers.randrange(-20, 170)
        size, shade = numbers.randrange(8, 70), numbers.randrange(256)
        shape = numbers.choice((draw.ellipse, draw.rectangle))
        shape((left, top, left + size, top + numbers.randrange(8, 70)), fill=shade)
    return picture


def hashed(picture):
    return picture_hash_of(np.asarray(ImageOps.contain(picture, (SIDE_PX, SIDE_PX))))


def picture(path, picture_hash):
    record = DocumentRecord(path=path, size_bytes=1, mtime_ns=1, inode=1, kind="picture", picture_hash=picture_hash)
    return Addition(record, (), np.empty((0, DIM), np.float32))


@pytest.fixture(scope="module")
def index_dir(tmp_path_factory):
    directory = tmp_path_factory.mktemp("pictures") / "index"
    pictures = [picture(f"/p/{seed}.png", hashed(drawing(seed))) for seed in range(12)]
    old = picture("/p/old.png", hashed(drawing(3))[:16])  # of a version before, which meant something else by it
    write_index(directory, pictures[:6], [*pictures[6:], old])
    return directory


@pytest.fixture(scope="module")
def copies_of(index_dir):
    """Paths of what is taken for a copy of a picture."""
    snapshot, copies = read_index(index_dir), PictureCopies()

    def found(shown):
        chances = copies.chances(snapshot, hashed(shown))
        assert all(0 <= chance <= 1 for chance in chances.values())
        return [snapshot.document(document).path for document, chance in chances.items() if chance >= 0.5]

    return found


def framed(original):
    with_caption = ImageOps.expand(original, (12, 12, 12, 40), 255)
    ImageDraw.Draw(with_caption).text((20, 200), "The old harbour", fill=0)
    return with_caption


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda original: original, id="none"),
        pytest.param(lambda original: original.resize((120, 90)), id="smaller"),
        pytest.param(lambda original: original.point(lambda value: value // 2 + 20), id="darker"),
        pytest.param(lambda original: original.crop((24, 18, 220, 170)), id="cropped"),
        pytest.param(lambda original: original.crop((0, 0, 170, 180)), id="without its right"),
        pytest.param(ImageOps.mirror, id="mirrored"),
        pytest.param(lambda original: ImageOps.mirror(original).crop((24, 18, 220, 170)), id="mirrored and cropped"),
        pytest.param(lambda original: ImageOps.expand(original, 20, 0), id="black border"),
        pytest.param(framed, id="caption"),
        *(pytest.param(lambda original, turn=turn: original.transpose(turn), id=turn.name) for turn in TURNS[1:]),
    ],
)
def test_copy_when_changed_then_it_alone_is_found(copies_of, change):
    assert copies_of(change(drawing(3))) == ["/p/3.png"]


def test_picture_when_it_is_another_then_nothing_is_found(copies_of):
    assert [copies_of(drawing(seed)) for seed in range(20, 30)] == [[]] * 10


def test_hash_when_an_earlier_version_made_it_then_it_is_not_compared(index_dir):
    old = hashed(drawing(3))[:16]
    assert not is_comparable(old)
    assert PictureCopies().chances(read_index(index_dir), old) == {}


def test_picture_when_all_that_is_alike_is_one_place_then_it_is_no_copy(index_dir):
    known = from_text(hashed(drawing(3)))
    features = known.features.copy()
    features["x"] = features["y"] = 7
    shown = as_text(known._replace(layout=~known.layout & 0x7FFF_FFFF_FFFF_FFFF, features=features))
    assert PictureCopies().chances(read_index(index_dir), shown) == {}


def test_copies_when_one_is_removed_and_another_comes_then_follow_the_index(tmp_path):
    others = [picture("/p/other.png", hashed(drawing(2)))]
    write_index(tmp_path / "index", [picture("/p/one.png", hashed(drawing(1))), *others])
    copies, shown = PictureCopies(), hashed(drawing(1))
    with open_writer(tmp_path / "index") as writer:
        assert len(copies.chances(writer.snapshot, shown)) == 1
        writer.commit([picture("/p/two.png", shown)], removals=["/p/one.png"])
        [found] = copies.chances(writer.snapshot, shown)
        assert writer.snapshot.document(found).path == "/p/two.png"


def test_copies_when_another_index_takes_its_place_then_they_are_of_that(tmp_path):
    copies = PictureCopies()
    for seed in (1, 2):
        write_index(tmp_path / f"{seed}", [picture("/p/one.png", hashed(drawing(seed)))])
    first, second = (read_index(tmp_path / f"{seed}") for seed in (1, 2))
    assert copies.chances(first, hashed(drawing(1)))
    assert not copies.chances(second, hashed(drawing(1)))


def test_copies_when_the_index_has_no_picture_then_there_are_none(tmp_path):
    write_index(tmp_path / "index", [picture("/a/x.txt", "")])
    assert PictureCopies().chances(read_index(tmp_path / "index"), hashed(drawing(1))) == {}


def test_plain_picture_when_hashed_then_has_nothing_to_compare():
    assert picture_hash_of(np.full((90, SIDE_PX), 200, np.uint8)) == ""


def test_thin_picture_when_hashed_then_has_a_hash():
    assert is_comparable(picture_hash_of(np.arange(SIDE_PX, dtype=np.uint8)[None]))


def test_hash_when_written_as_text_then_reads_back():
    text = hashed(drawing(1))
    assert as_text(from_text(text)) == text
    assert len(text) <= 16 + 1 + 24 * 16


def test_layout_when_the_picture_is_turned_or_mirrored_then_is_one_of_its_orientations():
    known = orientations(from_text(hashed(drawing(1))).layout)
    assert len(set(known.tolist())) == 8
    for turn, is_mirrored in product(TURNS, (False, True)):
        changed = ImageOps.mirror(drawing(1)) if is_mirrored else drawing(1)
        layout = from_text(hashed(changed.transpose(turn) if turn is not None else changed)).layout
        assert np.bitwise_count(known ^ np.uint64(layout)).min() <= 6


def test_features_when_mirrored_twice_then_are_as_before():
    features = from_text(hashed(drawing(1))).features
    assert (mirrored(features) != features).any()
    assert (mirrored(mirrored(features)) == features).all()
