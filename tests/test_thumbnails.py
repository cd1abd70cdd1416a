"""Thumbnails: small WebP pictures, made where a hostile file does no harm."""

import io
import os
import time

import pymupdf
import pytest
from PIL import Image

from errors import DocumentError
from extraction.rendering import render_page
from web import thumbnails as thumbnails_module
from web.thumbnails import Thumbnails


@pytest.fixture(scope="module")
def shared():
    thumbnails = Thumbnails(time_limit_s=20)
    yield thumbnails
    thumbnails.close()


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right
    exif[0x010F] = "Camera of a private person"
    Image.new("RGB", (800, 400), "teal").save(path, exif=exif, xmp=b"private person", icc_profile=b"private person")
    return path


@pytest.fixture
def pdf(tmp_path):
    path = tmp_path / "two pages.pdf"
    with pymupdf.open() as document:
        document.new_page(width=300, height=600)
        document.new_page(width=600, height=300)
        document.save(path)
    return path


def opened(picture):
    return Image.open(io.BytesIO(picture))


def test_photo_becomes_a_small_upright_webp_without_metadata(shared, photo):
    picture = shared.thumbnail(photo, "picture", 1, 320)
    image = opened(picture)
    assert (image.format, image.size) == ("WEBP", (160, 320))
    assert not dict(image.getexif())
    assert b"private person" not in picture


def test_page_of_a_pdf_is_the_page_that_was_asked_for(shared, pdf):
    assert opened(shared.thumbnail(pdf, "pdf", 1, 320)).size == (160, 320)
    assert opened(shared.thumbnail(pdf, "pdf", 2, 1024)).size == (1024, 512)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK", "RGBA"])
def test_picture_of_any_mode_can_be_shown(tmp_path, mode):
    path = tmp_path / ("a.tiff" if mode == "CMYK" else "a.png")
    Image.new(mode, (40, 20)).save(path)
    assert opened(render_page(path, "picture", 1, 20)).size == (20, 10)


def test_deep_grey_keeps_its_brightness(tmp_path):
    path = tmp_path / "scan.png"
    Image.new("I;16", (10, 10), 40_000).save(path)
    red, *_ = opened(render_page(path, "picture", 1, 10)).convert("RGB").getpixel((5, 5))
    assert red == pytest.approx(40_000 / 256, abs=3)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jpg", b""),
        ("a.png", b"\x89PNG\r\n\x1a\n broken"),
        ("a.pdf", b"%PDF-1.7 broken"),
        ("a.eps", b"%!PS-Adobe-3.0 EPSF"),
    ],
)
def test_damaged_file_is_a_document_error(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DocumentError):
        render_page(path, "pdf" if name.endswith("pdf") else "picture", 1, 100)


def test_format_that_would_start_another_program_is_not_even_recognised(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n")
    with pytest.raises(DocumentError, match="cannot identify"):
        render_page(path, "picture", 1, 100)


def test_encrypted_pdf_says_so(tmp_path, pdf):
    locked = tmp_path / "locked.pdf"
    with pymupdf.open(pdf) as document:
        document.save(locked, encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="secret", owner_pw="secret")
    with pytest.raises(DocumentError, match=r": encrypted$"):
        render_page(locked, "pdf", 1, 100)


@pytest.mark.parametrize("page_number", [0, 3])
def test_page_that_a_pdf_does_not_have_is_a_document_error(pdf, page_number):
    with pytest.raises(DocumentError, match="no page"):
        render_page(pdf, "pdf", page_number, 100)


def test_bomb_is_refused_before_it_is_decoded(tmp_path):
    path = tmp_path / "bomb.png"
    Image.new("1", (20_000, 8_000)).save(path)
    with pytest.raises(DocumentError, match="too large"):
        render_page(path, "picture", 1, 100)


def test_damaged_file_has_no_thumbnail_and_costs_no_worker(shared, tmp_path, photo):
    damaged = tmp_path / "a.jpg"
    damaged.write_bytes(b"\xff\xd8\xff broken")
    assert shared.thumbnail(damaged, "picture", 1, 320) is None
    assert shared.thumbnail(photo, "picture", 1, 320)


def test_second_time_comes_from_the_cache_and_a_changed_file_does_not(shared, photo):
    first = shared.thumbnail(photo, "picture", 1, 100)
    assert shared.thumbnail(photo, "picture", 1, 100) is first
    Image.new("RGB", (800, 400)).save(photo)
    assert opened(shared.thumbnail(photo, "picture", 1, 100)).size == (100, 50)


def test_cache_forgets_the_oldest_when_it_is_full(shared, tmp_path, monkeypatch):
    monkeypatch.setattr(thumbnails_module, "CACHE_LIMIT_BYTES", 150)
    shared._keep(("old",), b"x" * 100)
    shared._keep(("new",), b"x" * 100)
    assert list(shared._pictures) == [("new",)]


def render_or_die(path, kind, page_number, size_px):
    """Runs in a worker: a file does there what its name says."""
    if path.stem == "hangs":
        time.sleep(60)
    if path.stem == "crashes":
        os.abort()
    return b"picture"


@pytest.fixture
def fragile():
    thumbnails = Thumbnails(render=render_or_die, time_limit_s=3)
    yield thumbnails
    thumbnails.close()


@pytest.mark.parametrize("name", ["hangs.jpg", "crashes.jpg"])
def test_file_that_costs_its_worker_has_no_thumbnail_and_the_next_one_has(tmp_path, photo, fragile, name):
    hostile = tmp_path / name
    hostile.write_bytes(b"hostile")
    assert fragile.thumbnail(hostile, "picture", 1, 320) is None
    assert fragile.thumbnail(photo, "picture", 1, 320) == b"picture"


def test_what_is_no_regular_file_never_reaches_a_worker(tmp_path, fragile):
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path / "pipe.png", tmp_path, tmp_path / "gone.png"):
        assert fragile.thumbnail(path, "picture", 1, 320) is None
