"""Slide shows: drawn by LibreOffice, or by their pictures where it is missing."""

import json
import os
import shutil
import sys
import threading
import zipfile
from functools import partial
from pathlib import Path
from socketserver import BaseRequestHandler, TCPServer

import pytest
from PIL import Image
from small_documents import document_at, encoded, write_pdf, write_picture_odp, write_picture_pptx

from errors import DocumentError
from extraction import slides
from extraction.page_views import LITTLE_TEXT_CHARS
from extraction.views import ViewOptions, read_views
from models.pictures import PixelLimits, fit_picture

FIT = partial(fit_picture, limits=PixelLimits(max_px=65_536))
PROSE = "The fox naps.\n" * (LITTLE_TEXT_CHARS // 10)
WRITERS = {"pptx": write_picture_pptx, "odp": write_picture_odp}

# What stands in for LibreOffice: notes what it was given, and copies a PDF that was made before.
FAKE = """#!{python}
import json, pathlib, shutil, sys, time
source, folder = pathlib.Path(sys.argv[-1]), pathlib.Path(sys.argv[-2])
profile = next(word for word in sys.argv if word.startswith("-env:")).partition("file://")[2]
settings = pathlib.Path(profile, "user", "registrymodifications.xcu").read_text()
pathlib.Path({notes!r}).write_text(json.dumps([sys.argv[1:], source.read_bytes().hex(), settings]))
{act}
"""


def views_of(path, **options):
    return read_views(document_at(path), ViewOptions(FIT, 65_536, **options))


def plain(colour, size=(200, 200), form="PNG"):
    return encoded(Image.new("RGB", size, colour), form)


def colours(views):
    return [(view.page_number, tuple(view.pixels[60, 60])) for view in views]


@pytest.fixture
def no_office(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


@pytest.fixture
def office(tmp_path, no_office):
    """Puts a LibreOffice on the path that does what the given line says; gives what it was called with."""

    def install(act):
        notes, program = tmp_path / "notes.json", tmp_path / "bin" / "soffice"
        program.write_text(FAKE.format(python=sys.executable, notes=str(notes), act=act))
        program.chmod(0o755)
        return notes

    return install


def copy_to_pdf(path):
    return f"shutil.copy({str(path)!r}, source.with_suffix('.pdf'))"


@pytest.fixture(params=["pptx", "odp"])
def show(tmp_path, request):
    """Slides with a red picture, with none, and with a small green beside a large blue one."""
    path = tmp_path / f"show.{request.param}"
    pictures = {"b.png": plain("lime", (120, 120)), "c.jpg": plain("blue", (300, 300), "JPEG"), "d.emf": b"drawn"}
    WRITERS[request.param](path, [{"a.png": plain("red")}, {}, pictures])
    return path


@pytest.mark.parametrize("pages", ["auto", "image", "both"])
def test_slides_when_there_is_no_office_then_show_their_largest_pictures(no_office, show, pages):
    assert colours(views_of(show, pages=pages)) == [(1, (255, 0, 0)), (3, (0, 0, 254))]


def test_slides_when_only_their_text_is_wanted_then_nothing_is_started(office, show):
    notes = office("pass")
    assert views_of(show, pages="text") == ()
    assert not notes.exists()


def test_slides_when_they_have_icons_only_then_show_nothing(no_office, tmp_path):
    write_picture_pptx(tmp_path / "a.pptx", [{"a.png": plain("red", (64, 64))}])
    assert views_of(tmp_path / "a.pptx") == ()


def test_slides_when_there_are_more_than_wanted_then_the_first_are_shown(no_office, tmp_path):
    write_picture_pptx(tmp_path / "a.pptx", [{f"{n}.png": plain("red")} for n in range(5)])
    assert [view.page_number for view in views_of(tmp_path / "a.pptx", max_views=3)] == [1, 2, 3]


def test_slides_when_a_picture_is_broken_or_missing_then_the_others_are_shown(no_office, tmp_path):
    path = tmp_path / "a.pptx"
    write_picture_pptx(path, [{"a.png": b"broken"}, {"b.png": plain("red")}, {"c.png": plain("blue")[:150]}])
    assert colours(views_of(path)) == [(2, (255, 0, 0))]


def test_slides_when_a_picture_is_a_bomb_then_it_is_not_unpacked(no_office, tmp_path):
    path = tmp_path / "a.pptx"
    bomb = encoded(Image.new("1", (20_000, 8_000)))
    write_picture_pptx(path, [{"a.png": bomb + bytes(70 << 20)}, {"b.png": bomb}, {"c.png": plain("red")}])
    assert colours(views_of(path)) == [(3, (255, 0, 0))]


def test_slides_when_encrypted_then_say_so(no_office, tmp_path):
    (tmp_path / "a.pptx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    write_picture_odp(tmp_path / "a.odp", [{}])
    with zipfile.ZipFile(tmp_path / "b.odp", "w") as package, zipfile.ZipFile(tmp_path / "a.odp") as original:
        for name in original.namelist():
            package.writestr(name, "<encryption-data/>" if name.startswith("META-INF") else original.read(name))
    for name in ("a.pptx", "b.odp"):
        with pytest.raises(DocumentError, match=r": encrypted$"):
            views_of(tmp_path / name)


def test_slides_when_there_is_an_office_then_are_its_pages(office, tmp_path, show):
    write_pdf(tmp_path / "drawn.pdf", pages=("few words", PROSE, "few words"))
    office(copy_to_pdf(tmp_path / "drawn.pdf"))
    assert [view.page_number for view in views_of(show)] == [1, 3]
    assert [view.page_number for view in views_of(show, pages="both")] == [1, 2, 3]


def test_office_when_started_then_has_a_copy_and_settings_of_its_own(office, tmp_path, show):
    write_pdf(tmp_path / "drawn.pdf")
    before = set(tmp_path.iterdir())
    notes = office(copy_to_pdf(tmp_path / "drawn.pdf"))
    views_of(show)
    command, source, settings = json.loads(notes.read_text())
    assert bytes.fromhex(source) == show.read_bytes()
    assert not Path(command[-1]).is_relative_to(tmp_path)
    assert not Path(command[-2]).exists()  # the scratch folder is gone
    assert '"BlockUntrustedRefererLinks" oor:op="fuse"><value>true<' in settings
    assert set(tmp_path.iterdir()) - before == {notes}


@pytest.mark.parametrize("act", ["sys.exit(1)", "source.with_suffix('.pdf').touch()", "pass"])
def test_slides_when_the_office_fails_then_show_their_pictures(office, show, act):
    office(act)
    assert colours(views_of(show)) == [(1, (255, 0, 0)), (3, (0, 0, 254))]


HANG = (
    "import subprocess; child = subprocess.Popen(['sleep', '60']); open({!r}, 'w').write(str(child.pid)); child.wait()"
)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc to see the processes")
def test_office_when_it_hangs_then_is_killed_with_all_it_started(office, tmp_path, show, monkeypatch):
    monkeypatch.setattr(slides, "CONVERSION_TIME_S", 5)
    (tmp_path / "bin" / "sleep").symlink_to(shutil.which("sleep", path=os.defpath))
    office(HANG.format(str(tmp_path / "child")))
    assert len(views_of(show)) == 2
    assert not is_running((tmp_path / "child").read_text())


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
def test_office_when_the_worker_dies_then_has_little_time_left(office, tmp_path, show):
    office(
        f"import resource; open({str(tmp_path / 'limit')!r}, 'w').write(str(resource.getrlimit(resource.RLIMIT_CPU)))"
    )
    views_of(show)
    assert (tmp_path / "limit").read_text() == "(30, 30)"


def is_running(pid):
    status = Path("/proc", pid, "stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


class Tracker(BaseRequestHandler):
    def handle(self):
        self.server.visits.append(self.request.recv(4096))


@pytest.fixture
def tracker():
    with TCPServer(("127.0.0.1", 0), Tracker) as server:
        server.visits = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


PICTURE = """<p:pic><p:nvPicPr><p:cNvPr id="9" name="x"/><p:cNvPicPr/><p:nvPr/></p:nvPicPr>
<p:blipFill><a:blip r:link="i9" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/>
<a:stretch><a:fillRect/></a:stretch></p:blipFill>
<p:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="5000000" cy="5000000"/></a:xfrm>
<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr></p:pic></p:spTree>"""


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_real_office_when_a_slide_links_to_the_web_then_asks_nobody_for_it(tmp_path, tracker):
    original = Path(__file__).parent.parent / "samples" / "files" / "work" / "onboarding.pptx"
    address = f"http://127.0.0.1:{tracker.server_address[1]}/picture.png"
    target = f'<Relationship Id="i9" TargetMode="External" Target="{address}" Type="http://schemas.openxmlformats.org/'
    rest = 'officeDocument/2006/relationships/image"/></Relationships>'
    with zipfile.ZipFile(original) as package, zipfile.ZipFile(tmp_path / "a.pptx", "w") as changed:
        for name in package.namelist():
            text = package.read(name)
            if name.endswith("slides/slide1.xml"):
                text = text.replace(b"</p:spTree>", PICTURE.encode())
            if name.endswith("slide1.xml.rels"):
                text = text.replace(b"</Relationships>", (target + rest).encode())
            changed.writestr(name, text)
    views = views_of(tmp_path / "a.pptx", pages="both")
    assert [view.page_number for view in views] == [1, 2, 3]
    assert tracker.visits == []
