"""What is kept of how a document looks: one small picture for each kind that has a look, frames for a film."""

import io
import struct
import zipfile

import numpy as np
import pytest
from PIL import Image
from small_documents import (
    SENTENCE,
    document_at,
    encoded,
    write_cover_epub,
    write_docx,
    write_pdf,
    write_picture,
    write_picture_odp,
    write_picture_pptx,
    write_pptx,
    write_zip,
)
from small_formats import kindle_bytes, write_cbz, write_flac, write_xps
from small_videos import BLUE, GREEN, RED, scene, write_video

from errors import DocumentError
from extraction.kinds import kind_by_name
from extraction.previews import SIZE_PX, may_be_drawn, read_previews
from extraction.workers import ExtractionPool

TEAL, RED_PICTURE = (encoded(Image.new("RGB", (800, 400), colour)) for colour in ("teal", "red"))
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 40"><rect width="80" height="40" fill="teal"/></svg>'


def drawn(path):
    """The one picture of a document."""
    [thumbnail] = read_previews(document_at(path))
    assert (thumbnail.page_number, thumbnail.second) == (1, None)
    image = Image.open(io.BytesIO(thumbnail.picture))
    assert image.format == "WEBP"
    assert max(image.size) <= SIZE_PX
    return image


def is_teal(image):
    return np.abs(np.asarray(image.convert("RGB"))[-1, -1].astype(int) - (0, 128, 128)).max() < 8


def with_thumbnail(path, place, data):
    """A package with a picture of its first page, and the relationship that says so."""
    target = f'<Relationship Id="t" Type="http://x/metadata/thumbnail" Target="{place}"/>'
    rels = f'<Relationships xmlns="{RELATIONSHIPS}">{target}</Relationships>'
    write_zip(path, {"[Content_Types].xml": "<Types/>", "word/document.xml": "<x/>", "_rels/.rels": rels, place: data})


@pytest.mark.parametrize(("name", "write"), [("a.pdf", write_pdf), ("a.jpg", write_picture)])
def test_document_when_it_has_a_first_page_then_that_is_drawn_as_large_as_may_be(tmp_path, name, write):
    write(tmp_path / name)
    image = drawn(tmp_path / name)
    assert max(image.size) == SIZE_PX
    assert np.asarray(image.convert("L")).std() > 0  # something is on it


def test_xps_when_it_brings_no_picture_then_its_first_page_is_drawn(tmp_path):
    write_xps(tmp_path / "a.xps")
    assert drawn(tmp_path / "a.xps").size == (248, 320)


def test_drawing_when_it_is_small_then_is_drawn_large(tmp_path):
    (tmp_path / "a.svg").write_text(SVG)
    assert drawn(tmp_path / "a.svg").size == (320, 160)


def test_book_when_it_has_a_cover_then_that_is_kept(tmp_path):
    write_cover_epub(tmp_path / "a.epub")
    (tmp_path / "a.mobi").write_bytes(kindle_bytes(cover=TEAL))
    assert is_teal(drawn(tmp_path / "a.epub"))
    assert is_teal(drawn(tmp_path / "a.mobi"))


def test_comic_when_its_pages_have_numbers_then_the_lowest_is_the_first(tmp_path):
    pictures = {f"page {number}.png": TEAL if number == 2 else RED_PICTURE for number in (10, 2, 3)}
    write_zip(tmp_path / "a.cbz", pictures)
    assert is_teal(drawn(tmp_path / "a.cbz"))


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("a.docx", "docProps/thumbnail.jpeg"),
        ("a.xlsx", "docProps/thumbnail.jpeg"),
        ("a.odt", "Thumbnails/thumbnail.png"),
        ("a.ods", "Thumbnails/thumbnail.png"),
        ("a.pages", "QuickLook/Thumbnail.jpg"),
        ("a.key", "preview.jpg"),
        ("a.xps", "Metadata/thumbnail.png"),
    ],
)
def test_document_when_its_program_put_a_picture_in_it_then_that_is_kept(tmp_path, name, place):
    with_thumbnail(tmp_path / name, place, TEAL)
    assert drawn(tmp_path / name).size == (320, 160)
    assert is_teal(drawn(tmp_path / name))


@pytest.mark.parametrize(("name", "write"), [("a.pptx", write_picture_pptx), ("a.odp", write_picture_odp)])
def test_slides_when_they_bring_no_picture_then_the_largest_of_the_first_slide_stands_for_them(tmp_path, name, write):
    small = encoded(Image.new("RGB", (200, 200), "red"))
    write(tmp_path / name, [{"small.png": small, "large.png": TEAL}, {"b.png": RED_PICTURE}])
    assert is_teal(drawn(tmp_path / name))


def test_slides_when_the_picture_they_bring_is_of_an_unknown_format_then_the_slide_is_looked_at(tmp_path):
    write_picture_pptx(tmp_path / "a.pptx", [{"a.png": TEAL}])
    with zipfile.ZipFile(tmp_path / "a.pptx", "a") as package:
        package.writestr("preview.jpg", b"a metafile")
    assert is_teal(drawn(tmp_path / "a.pptx"))


def test_sound_when_it_has_a_cover_then_that_is_kept(tmp_path):
    picture = b"\0image/png\0\x03\0" + TEAL
    frame = b"APIC" + struct.pack(">LH", len(picture), 0) + picture
    size = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))
    (tmp_path / "a.mp3").write_bytes(b"ID3\x03\0\0" + size + frame + b"\xff\xfb\x90\0" + bytes(413))
    assert is_teal(drawn(tmp_path / "a.mp3"))


def test_film_when_it_has_scenes_then_a_frame_of_each_is_kept_with_its_second(tmp_path):
    frames = [scene(colour) for colour in (RED, GREEN, BLUE) for _ in range(20)]
    large = [np.kron(frame, np.ones((4, 4, 1), np.uint8)) for frame in frames]
    write_video(tmp_path / "a.mp4", large)
    kept = read_previews(document_at(tmp_path / "a.mp4"))
    assert [thumbnail.page_number for thumbnail in kept] == [1, 2, 3]
    assert [int(thumbnail.second // 2) for thumbnail in kept] == [0, 1, 2]
    assert [Image.open(io.BytesIO(thumbnail.picture)).size for thumbnail in kept] == [(320, 192)] * 3


@pytest.mark.parametrize(("name", "write"), [("a.docx", write_docx), ("a.pptx", write_pptx), ("a.flac", write_flac)])
def test_document_when_there_is_nothing_to_show_then_has_no_picture_and_that_is_no_failure(tmp_path, name, write):
    write(tmp_path / name)
    assert read_previews(document_at(tmp_path / name)) == ()


@pytest.mark.parametrize(("name", "data"), [("empty.pdf", b""), ("empty.mp4", b""), ("a.txt", SENTENCE.encode())])
def test_file_when_it_is_empty_or_only_text_then_has_no_picture(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    assert read_previews(document_at(tmp_path / name)) == ()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", b"%PDF-1.7 broken"),
        ("a.jpg", b"\xff\xd8\xff\xe0\0\0 broken"),
        ("a.epub", b"PK\x03\x04 broken"),
        ("a.mp4", b"\0\0\0\x18ftypmp42 broken"),
        ("a.mobi", kindle_bytes(cover=b"no picture")),
    ],
)
def test_file_when_it_is_damaged_then_is_a_document_error_whatever_reads_it(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DocumentError):
        read_previews(document_at(tmp_path / name))


def test_picture_inside_when_it_is_a_bomb_then_is_refused(tmp_path):
    with_thumbnail(tmp_path / "a.docx", "docProps/thumbnail.png", encoded(Image.new("1", (20_000, 8_000))))
    assert read_previews(document_at(tmp_path / "a.docx")) == ()


@pytest.mark.parametrize(
    ("name", "is_tried"),
    [("a.pdf", True), ("a.mp4", True), ("a.docx", True), ("a.csv", False), ("a.rtf", False), ("a.txt", False)],
)
def test_name_when_its_format_has_no_look_then_is_not_even_opened(tmp_path, name, is_tried):
    path = tmp_path / name
    assert may_be_drawn(path, kind_by_name(path)) is is_tried


def test_name_when_it_lies_then_the_kind_that_was_read_decides(tmp_path):
    assert may_be_drawn(tmp_path / "a.txt", "picture")
    assert not may_be_drawn(tmp_path / "a.pdf", "text")


def test_pool_when_one_document_is_damaged_then_the_others_have_their_pictures(tmp_path):
    write_cbz(tmp_path / "a.cbz")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7 broken")
    write_pdf(tmp_path / "c.pdf")
    documents = [document_at(tmp_path / name) for name in ("a.cbz", "b.pdf", "c.pdf")]
    with ExtractionPool() as pool:
        outcomes = [outcome for _, outcome in pool.thumbnails(documents)]
    assert [isinstance(outcome, DocumentError) for outcome in outcomes] == [False, True, False]
    assert all(picture.startswith(b"RIFF") for _, picture, _ in outcomes[0] + outcomes[2])
