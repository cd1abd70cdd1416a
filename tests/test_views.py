"""What documents look like: a picture pixel for pixel as the official preprocessing sees it; hostile files too."""

import os
import time
from functools import partial

import numpy as np
import pymupdf
import pytest
from PIL import Image, ImageCms
from small_documents import SENTENCE, document_at, write_cover_epub, write_pdf, write_picture

from errors import DocumentError, ModelFailed, SettingsError
from extraction import views
from extraction.page_views import LITTLE_TEXT_CHARS, rgb_pixels, unbroken
from extraction.views import View, ViewOptions, read_views
from extraction.workers import ExtractionPool, Limits, read_picture
from models.pictures import PixelLimits, fit_picture

ORIENTATION, TURNED_LEFT = 0x0112, 6
LIMITS = PixelLimits(max_px=65_536)
FIT = partial(fit_picture, limits=LIMITS)
OPTIONS = ViewOptions(FIT, 65_536)
PROSE = "\n".join([SENTENCE] * (LITTLE_TEXT_CHARS // 20))


def views_of(path, **options):
    return read_views(document_at(path), ViewOptions(FIT, 65_536, **options))


def noise(width, height, *, mode="RGB"):
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels).convert(mode)


def seen(path):
    """What the official preprocessing makes of the whole file, upright and on white."""
    with Image.open(path) as image:
        return fit_picture(rgb_pixels(image), LIMITS)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_picture_when_of_any_mode_then_every_pixel_is_the_official_one(tmp_path, mode):
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    (Image.new(mode, (300, 200), 40_000) if mode == "I;16" else noise(300, 200, mode=mode)).save(path)
    [view] = views_of(path)
    assert (view.pixels == seen(path)).all()
    assert (view.page_number, view.second) == (1, None)


@pytest.mark.parametrize("size", [(1, 1), (4000, 40), (333, 217), (1600, 1200)])
def test_jpeg_when_of_any_shape_then_every_pixel_is_the_official_one(tmp_path, size):
    noise(*size).save(tmp_path / "a.jpg")
    [view] = views_of(tmp_path / "a.jpg")
    assert (view.pixels == seen(tmp_path / "a.jpg")).all()


def test_photo_when_the_camera_was_turned_then_is_upright(tmp_path):
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED_LEFT
    noise(320, 160).save(tmp_path / "a.jpg", exif=exif)
    [view] = views_of(tmp_path / "a.jpg")
    assert view.pixels.shape == (320, 160, 3)
    assert (view.pixels == seen(tmp_path / "a.jpg")).all()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_picture_when_transparent_then_stands_on_white(tmp_path, mode):
    picture = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (0, 0, 32, 64))
    picture.convert(mode).save(tmp_path / "a.png")
    [view] = views_of(tmp_path / "a.png")
    assert view.pixels[32, [2, 61]].tolist() == [[0] * 3, [255] * 3]


def test_photo_when_its_exif_is_broken_then_is_shown_without_a_warning(tmp_path):
    noise(64, 64).save(tmp_path / "a.jpg", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff broken")
    assert len(views_of(tmp_path / "a.jpg")) == 1


def test_photo_when_it_has_a_colour_profile_then_its_numbers_are_kept(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    Image.new("RGB", (64, 64), (200, 10, 10)).save(tmp_path / "a.png", icc_profile=profile)
    assert (views_of(tmp_path / "a.png")[0].pixels == (200, 10, 10)).all()


def test_picture_when_too_long_and_narrow_then_says_so(tmp_path):
    Image.new("RGB", (4100, 20)).save(tmp_path / "a.png")
    with pytest.raises(DocumentError, match=r"4100 x 20 is too long and narrow to be seen$"):
        views_of(tmp_path / "a.png")


def test_animation_when_shown_then_by_its_first_frame(tmp_path):
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    [view] = views_of(tmp_path / "a.gif")
    assert (view.pixels == (255, 0, 0)).all()


@pytest.mark.parametrize(("page_count", "shown"), [(3, 3), (10, 8)])
def test_tiff_when_of_many_pages_then_the_first_are_shown(tmp_path, page_count, shown):
    pages = [Image.new("RGB", (64, 64), (10 * number, 0, 0)) for number in range(1, page_count + 1)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    found = views_of(tmp_path / "a.tif")
    assert [(view.page_number, view.pixels[0, 0, 0]) for view in found] == [(n, 10 * n) for n in range(1, shown + 1)]


def test_drawing_when_shown_then_has_its_shape_and_colours(tmp_path):
    rect = '<rect width="80" height="40" fill="teal"/>'
    (tmp_path / "a.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 40">{rect}</svg>')
    [view] = views_of(tmp_path / "a.svg")
    assert view.pixels.shape == (160, 352, 3)
    assert view.pixels[80, 170].tolist() == [0, 128, 128]


def test_huge_jpeg_when_shown_then_at_a_fraction_and_other_kinds_not_at_all(tmp_path, monkeypatch):
    for module in ("page_views", "picture_file"):
        monkeypatch.setattr(f"extraction.{module}.LIMIT_PX", 10_000)
    for name in ("a.jpg", "a.png"):
        Image.new("RGB", (192, 192), "teal").save(tmp_path / name)
    [view] = views_of(tmp_path / "a.jpg")
    assert view.pixels.shape == (96, 96, 3)  # of half its size
    with pytest.raises(DocumentError, match="too large: too many pixels"):
        views_of(tmp_path / "a.png")


@pytest.fixture
def report(tmp_path):
    """A page of prose, a scanned one, an empty one and one with a figure and a few words."""
    path = tmp_path / "report.pdf"
    write_picture(tmp_path / "scan.png")
    with pymupdf.open() as document:
        document.new_page().insert_text((72, 72), PROSE)
        document.new_page().insert_image(pymupdf.Rect(0, 0, 595, 842), filename=tmp_path / "scan.png")
        document.new_page()
        page = document.new_page()
        page.insert_text((72, 72), SENTENCE)
        page.draw_circle((300, 400), 100)
        document.save(path)
    return path


@pytest.mark.parametrize(
    ("pages", "shown"), {"auto": [2, 4], "image": [1, 2, 3, 4], "both": [1, 2, 3, 4], "text": []}.items()
)
def test_pdf_when_pages_are_chosen_then_those_are_shown(report, pages, shown):
    assert [view.page_number for view in views_of(report, pages=pages)] == shown


def test_pdf_when_fewer_views_are_wanted_then_the_first_are_shown(report):
    assert [view.page_number for view in views_of(report, pages="both", max_views=2)] == [1, 2]


@pytest.mark.parametrize(("max_px", "shape"), [(65_536, (288, 192, 3)), (1_310_720, (1344, 960, 3))])
def test_pdf_when_larger_views_are_wanted_then_its_lines_are_sharp(tmp_path, max_px, shape):
    write_pdf(tmp_path / "a.pdf")
    [view, *_] = read_views(
        document_at(tmp_path / "a.pdf"), ViewOptions(partial(fit_picture, limits=PixelLimits(max_px=max_px)), max_px)
    )
    assert view.pixels.shape == shape
    assert view.pixels.min() < 120  # the letters are not washed out


def test_pdf_when_encrypted_then_says_so(tmp_path):
    write_pdf(tmp_path / "a.pdf", password="secret")
    with pytest.raises(DocumentError, match=r": encrypted$"):
        views_of(tmp_path / "a.pdf")


def break_page(path, number):
    with pymupdf.open(path) as document:
        document.update_object(document[number - 1].xref, "<</Type/Pages>>")
        document.save(path.with_name("broken.pdf"))
    return path.with_name("broken.pdf")


def test_pdf_when_a_page_is_missing_then_the_others_are_shown(report):
    assert [view.page_number for view in views_of(break_page(report, 3), pages="both")] == [1, 2, 3]


def test_pdf_when_no_page_is_whole_then_is_a_document_error(tmp_path):
    write_pdf(tmp_path / "a.pdf", pages=(SENTENCE,))
    with pytest.raises(DocumentError, match="damaged"):
        views_of(break_page(tmp_path / "a.pdf", 1))


def test_unbroken_when_one_page_fails_then_leaves_it_out():
    def draw(number):
        if number == 2:
            raise RuntimeError
        return View(number, np.zeros((1, 1, 3), np.uint8))

    assert [view.page_number for view in unbroken([1, 2, 3], draw)] == [1, 3]


def test_unbroken_when_the_only_failure_is_among_pages_not_shown_then_is_none():
    def draw(number):
        if number == 2:
            raise RuntimeError

    assert list(unbroken([1, 2], draw)) == []
    with pytest.raises(RuntimeError):
        list(unbroken([2], draw))


def test_views_when_the_time_is_up_then_those_that_are_ready_count(report):
    assert [view.page_number for view in views_of(report, pages="both", time_s=0)] == [1]


@pytest.mark.parametrize("pages", ["auto", "image", "both"])
def test_book_when_shown_then_by_its_cover(tmp_path, pages):
    path = tmp_path / "a.epub"
    write_cover_epub(path)
    [view] = views_of(path, pages=pages)
    assert view.page_number == 1
    assert view.pixels[100, 100].tolist() == [0, 128, 128]
    assert views_of(path, pages="text") == ()


@pytest.mark.parametrize("name", ["a.txt", "a.docx", "a.zip", "a.mp3", "empty.jpg"])
def test_document_when_it_looks_like_nothing_but_its_text_then_has_no_views(tmp_path, name):
    (tmp_path / name).write_bytes(b"" if name == "empty.jpg" else b"some text\n")
    assert views_of(tmp_path / name) == ()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n\0\0\0 broken", "damaged"),
        ("a.heic", b"\0\0\0\x18ftypheic" + bytes(20), "damaged or unsupported kind of picture"),
        ("a.pdf", b"%PDF-1.7 broken", "damaged"),
        ("a.svg", b"<svg broken", "damaged"),
        ("a.epub", b"PK\x03\x04 broken", "damaged"),
        ("a.pptx", b"PK\x03\x04 broken", "damaged: not a whole ZIP container"),
    ],
)
def test_document_when_damaged_then_is_a_document_error(tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DocumentError, match=f": {reason}"):
        views_of(tmp_path / name)


def test_photo_when_cut_short_then_is_a_document_error(tmp_path):
    noise(400, 300).save(tmp_path / "a.jpg")
    (tmp_path / "a.jpg").write_bytes((tmp_path / "a.jpg").read_bytes()[:5_000])
    with pytest.raises(DocumentError, match="damaged"):
        views_of(tmp_path / "a.jpg")


def test_document_when_gone_then_says_so(tmp_path):
    write_picture(tmp_path / "a.jpg")
    document = document_at(tmp_path / "a.jpg")
    (tmp_path / "a.jpg").unlink()
    with pytest.raises(DocumentError, match="no longer there"):
        read_views(document, OPTIONS)


def test_document_when_larger_than_the_limit_then_is_not_parsed(tmp_path, monkeypatch):
    monkeypatch.setattr(views, "MAX_PARSED_BYTES", 100)
    write_picture(tmp_path / "a.jpg")
    with pytest.raises(DocumentError, match="too large"):
        views_of(tmp_path / "a.jpg")


HANGS, CRASHES, GROWS, REFUSED = (250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 0)


def fit_by_colour(pixels):
    """Runs in the worker and does what the picture's first pixel says."""
    colour = tuple(pixels[0, 0])
    if colour == HANGS:
        time.sleep(600)
    if colour == CRASHES:
        os.abort()
    room = np.empty(1 << 30, np.uint8)  # of the two that a worker has
    if colour == GROWS:
        np.concatenate([room, room])
    if colour == REFUSED:
        raise ModelFailed("It is yellow.")
    return pixels[:1, :1]


def plain_pictures(folder, *colours):
    paths = [folder / f"{number}.png" for number in range(len(colours))]
    for path, colour in zip(paths, colours, strict=True):
        Image.new("RGB", (40, 40), colour).save(path)
    return [document_at(path) for path in paths]


@pytest.mark.parametrize(
    ("hostile", "reason"),
    {
        HANGS: "took longer than 1.5 s",
        CRASHES: "the reader crashed",
        GROWS: "needs too much memory",
        REFUSED: "It is yellow",
    }.items(),
)
def test_pool_when_a_document_costs_its_worker_then_the_next_ones_are_drawn(tmp_path, hostile, reason):
    documents = plain_pictures(tmp_path, (1, 1, 1), hostile, (2, 2, 2), (3, 3, 3))
    with ExtractionPool(limits=Limits(0.5)) as pool:
        outcomes = list(pool.views(documents, ViewOptions(fit_by_colour, 65_536)))
    assert [document for document, _ in outcomes] == documents
    [first, bad, *rest] = [outcome for _, outcome in outcomes]
    assert bad.reason == reason
    assert [view.pixels[0, 0, 0] for outcome in (first, *rest) for view in outcome] == [1, 2, 3]


def test_pool_when_views_are_drawn_then_only_a_few_ahead(tmp_path):
    drawn = []
    documents = plain_pictures(tmp_path, *[(1, 1, 1)] * 10)
    with ExtractionPool(workers=2) as pool:
        outcomes = pool.views((drawn.append(document) or document for document in documents), OPTIONS)
        next(outcomes)
        assert len(drawn) <= 3
        outcomes.close()


def test_pool_when_reading_is_under_way_then_views_can_be_drawn_between(tmp_path):
    documents = plain_pictures(tmp_path, *[(1, 1, 1)] * 6)
    with ExtractionPool() as pool:
        for document, contents in pool.read(documents):
            [(_, [view])] = pool.views([document], OPTIONS)
            assert contents.kind == "picture"
            assert view.pixels.shape == (64, 64, 3)


def test_picture_in_memory_when_read_then_is_the_one_of_the_file(tmp_path):
    write_picture(tmp_path / "a.jpg")
    assert (read_picture((tmp_path / "a.jpg").read_bytes(), FIT) == seen(tmp_path / "a.jpg")).all()


def test_picture_in_memory_when_none_then_is_refused(tmp_path):
    write_pdf(tmp_path / "a.pdf")
    for data in (b"", b"no picture", b"\x89PNG\r\n\x1a\n broken", (tmp_path / "a.pdf").read_bytes()):
        with pytest.raises(SettingsError):
            read_picture(data, FIT)


def test_pdf_when_a_page_needs_too_much_memory_then_says_so(tmp_path):
    write_pdf(tmp_path / "a.pdf", pages=(SENTENCE,))
    with ExtractionPool(limits=Limits(memory_bytes=1 << 30)) as pool:
        [(_, outcome)] = pool.views([document_at(tmp_path / "a.pdf")], ViewOptions(FIT, 150_000_000))
    assert outcome.reason == "needs too much memory"


def test_picture_when_of_a_hundred_megapixels_then_a_worker_has_room_for_it(tmp_path):
    Image.new("LA", (12_000, 9_000)).save(tmp_path / "a.png", compress_level=1)
    with ExtractionPool() as pool:
        [(_, [view])] = pool.views([document_at(tmp_path / "a.png")], OPTIONS)
    assert view.pixels.shape == (192, 288, 3)
