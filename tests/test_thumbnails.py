"""Thumbnails: small WebP pictures, made where a hostile file does no harm."""

import contextlib
import io
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pymupdf
import pytest
from PIL import Image, ImageCms

from errors import DocumentError
from extraction import rendering
from extraction.rendering import render_page
from web import thumbnails as thumbnails_module
from web.thumbnails import Thumbnails

CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">
<rootfiles><rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
OPF = """<package xmlns="http://www.idpf.org/2007/opf" version="2.0"><manifest>
<item id="a" href="1.xhtml" media-type="application/xhtml+xml"/><item id="c" href="cover.png" media-type="image/png"/>
</manifest><spine><itemref idref="a"/></spine></package>"""
XLINK = "http://www.w3.org/1999/xlink"
XHTML = '<html xmlns="http://www.w3.org/1999/xhtml"><body><img src="cover.png" alt=""/>{}</body></html>'
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 40"><rect width="80" height="40" {}/></svg>'


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


@pytest.fixture
def book(tmp_path):
    """Writes an EPUB with the given first page and a square teal cover."""

    def write(first_page):
        cover = io.BytesIO()
        Image.new("RGB", (300, 300), "teal").save(cover, "PNG")
        members = {"META-INF/container.xml": CONTAINER, "book.opf": OPF, "1.xhtml": first_page, "cover.png": cover}
        path = tmp_path / "book.epub"
        with zipfile.ZipFile(path, "w") as package:
            package.writestr("mimetype", "application/epub+zip")
            for name, content in members.items():
                package.writestr(name, content if isinstance(content, str) else content.getvalue())
        return path

    return write


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


def pixel(picture):
    image = opened(picture).convert("RGB")
    return image.getpixel((image.width // 2, image.height // 2))


def profile_with_red_and_green_swapped():
    return (
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        .tobytes()
        .replace(b"rXYZ", b"nXYZ")
        .replace(b"gXYZ", b"rXYZ")
        .replace(b"nXYZ", b"gXYZ")
    )


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
@pytest.mark.parametrize("size_px", [192, 1024])
def test_photo_in_other_colours_is_shown_in_those_it_means(tmp_path, mode, size_px):
    path = tmp_path / "a.png"
    picture = Image.new("RGB", (40, 20), (255, 0, 0)).convert(mode)
    picture.save(path, icc_profile=profile_with_red_and_green_swapped())
    shown = render_page(path, "picture", 1, size_px)
    assert pixel(shown) == pytest.approx((0, 255, 0), abs=6)
    assert "icc_profile" not in opened(shown).info


def test_transparency_survives_the_change_of_colours(tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGBA", (40, 20), (255, 0, 0, 128)).save(path, icc_profile=profile_with_red_and_green_swapped())
    assert opened(render_page(path, "picture", 1, 40)).getpixel((5, 5))[3] == 128


@pytest.mark.parametrize("mode", ["RGB", "L", "LA", "CMYK", "I;16", "1"])
@pytest.mark.parametrize("profile", [b"broken", None], ids=["broken", "of another kind"])
def test_profile_that_cannot_be_used_is_ignored(tmp_path, mode, profile):
    path = tmp_path / "a.tiff"
    if profile is None:
        space = "LAB" if mode == "RGB" else "sRGB"
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes()
    Image.new(mode, (40, 20)).save(path, icc_profile=profile)
    assert opened(render_page(path, "picture", 1, 40)).size == (40, 20)


def test_book_shows_its_cover_whatever_page_was_found(book):
    cover = render_page(book(XHTML.format("")), "book", 7, 300)
    assert opened(cover).size == pytest.approx((300, 300), abs=1)
    assert pixel(cover) == pytest.approx((0, 128, 128), abs=6)


def test_book_without_a_cover_shows_its_first_page(book):
    page = opened(render_page(book(XHTML.format("<p>Once upon a time.</p>")), "book", 1, 300)).convert("RGB")
    assert page.getpixel((2, 2)) == pytest.approx((255, 255, 255), abs=6)  # paper


def test_drawing_is_shown(tmp_path):
    path = tmp_path / "a.svg"
    path.write_text(SVG.format('fill="teal"'))
    picture = render_page(path, "picture", 1, 200)
    assert opened(picture).size == (200, 100)
    assert pixel(picture) == pytest.approx((0, 128, 128), abs=6)


@pytest.mark.parametrize("extra", ["<style>rect {fill: red}</style>", "<linearGradient id='g'/>"])
def test_drawing_that_would_come_out_black_is_not_shown(tmp_path, extra):
    path = tmp_path / "a.svg"
    path.write_text(SVG.format("").replace("<rect", f"{extra}<rect"))
    with pytest.raises(DocumentError, match="more than can be shown"):
        render_page(path, "picture", 1, 200)


def test_drawing_never_shows_another_file(tmp_path):
    Image.new("RGB", (80, 40), "red").save(tmp_path / "secret.png")
    path = tmp_path / "a.svg"
    names = ("secret.png", (tmp_path / "secret.png").as_uri())
    images = "".join(f'<image xlink:href="{name}" width="80" height="40"/>' for name in names)
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="{XLINK}" viewBox="0 0 80 40">{images}</svg>')
    assert pixel(render_page(path, "picture", 1, 80)) == (255, 255, 255)


def test_huge_drawing_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(rendering, "DRAWING_LIMIT_BYTES", 50)
    path = tmp_path / "a.svg"
    path.write_text(SVG.format(""))
    with pytest.raises(DocumentError, match="too large"):
        render_page(path, "picture", 1, 200)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jpg", b""),
        ("a.png", b"\x89PNG\r\n\x1a\n broken"),
        ("a.pdf", b"%PDF-1.7 broken"),
        ("a.eps", b"%!PS-Adobe-3.0 EPSF"),
        ("a.svg", b"<svg broken"),
        ("a.epub", b"PK\x03\x04 broken"),
    ],
)
def test_damaged_file_is_a_document_error(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DocumentError):
        render_page(path, {".pdf": "pdf", ".epub": "book"}.get(path.suffix, "picture"), 1, 100)


def test_format_that_would_start_another_program_is_not_even_recognised(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n")
    with pytest.raises(DocumentError, match="unsupported kind of picture"):
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
        with path.open():  # writing is refused
            time.sleep(60)
    if path.stem == "crashes":
        os.abort()
    if path.stem == "grows":
        return bytes(4 << 30)
    return b"picture"


@pytest.fixture
def fragile():
    thumbnails = Thumbnails(render=render_or_die, time_limit_s=3)
    yield thumbnails
    thumbnails.close()


@pytest.mark.parametrize("name", ["hangs.jpg", "crashes.jpg", "grows.jpg"])
def test_file_that_costs_its_worker_has_no_thumbnail_and_the_next_one_has(tmp_path, photo, fragile, name):
    hostile = tmp_path / name
    hostile.write_bytes(b"hostile")
    assert fragile.thumbnail(hostile, "picture", 1, 320) is None
    assert fragile.thumbnail(photo, "picture", 1, 320) == b"picture"


def test_thumbnail_when_the_workers_broke_before_then_is_drawn_by_new_ones(photo, fragile):
    fragile.thumbnail(photo, "picture", 1, 100)
    for worker in fragile._pool._pool_manager.worker_manager.workers.values():
        worker.kill()  # while they have nothing to do, which breaks a pool for good
    assert wait_until(lambda: not fragile._pool.active)
    assert fragile.thumbnail(photo, "picture", 1, 320) == b"picture"


def test_what_is_no_regular_file_never_reaches_a_worker(tmp_path, fragile):
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path / "pipe.png", tmp_path, tmp_path / "gone.png"):
        assert fragile.thumbnail(path, "picture", 1, 320) is None


RENDER_ONE_THAT_HANGS = """
import pathlib, sys
from tests.test_thumbnails import Thumbnails, render_or_die
if __name__ == "__main__":
    Thumbnails(render=render_or_die, time_limit_s=60).thumbnail(pathlib.Path(sys.argv[1]), "picture", 1, 9)
"""


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc to see the worker")
def test_worker_that_hangs_dies_with_a_window_that_is_killed(tmp_path):
    script, hostile = tmp_path / "window.py", tmp_path / "hangs"
    script.write_text(RENDER_ONE_THAT_HANGS)
    hostile.touch()
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    quiet = {"stderr": subprocess.DEVNULL}  # the resource tracker complains that it was killed
    with subprocess.Popen([sys.executable, script, hostile], env=environment, **quiet) as window:
        worker = wait_until(lambda: reader_of(hostile))
        assert worker
        window.kill()
    assert wait_until(lambda: not is_running(worker))


def reader_of(path):
    """The number of the process that has a file open, else ""."""
    for number in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):  # it has just ended, or is another user's
            if path in (descriptor.resolve() for descriptor in Path("/proc", number, "fd").iterdir()):
                return number
    return ""


def is_running(pid):
    status = Path("/proc", pid, "stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until(condition):
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()
