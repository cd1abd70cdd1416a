"""Archives read through: the documents in them, one level deep, and what is not read says why."""

import gzip
import io
import tarfile
import zipfile

import pytest
from small_documents import SENTENCE, document_at, write_docx, write_pdf, write_zip
from small_formats import tar_bytes, write_names_zip

from corpus import Document
from errors import DocumentError
from extraction import archive_contents, archives, read_contents
from extraction.chunking import split
from extraction.workers import ExtractionPool


def count_words(text):
    return len(text.split())


def opened(path):
    return Document(path, path.stat().st_size, 0, 0, with_members=True)


def texts_of(path):
    return [page.text for page in read_contents(opened(path)).pages]


def zip_of(tmp_path, members, name="a.zip"):
    write_zip(tmp_path / name, members)
    return tmp_path / name


def test_archive_when_its_contents_are_not_asked_for_then_has_names_only(tmp_path):
    path = zip_of(tmp_path, {"fox.txt": SENTENCE})
    assert [page.text for page in read_contents(document_at(path)).pages] == ["fox.txt"]


def test_zip_when_opened_then_its_documents_follow_its_names(tmp_path):
    write_pdf(tmp_path / "b.pdf", pages=("One fox", "Two foxes"))
    write_docx(tmp_path / "c.docx")
    members = {"zoo/a.txt": "Bears", "b.pdf": (tmp_path / "b.pdf").read_bytes()}
    path = zip_of(tmp_path, {**members, "c.docx": (tmp_path / "c.docx").read_bytes()})
    texts = [text.strip() for text in texts_of(path)]
    assert texts == ["zoo/a.txt\nb.pdf\nc.docx", "Bears", "One fox", "Two foxes", SENTENCE]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_tar_when_opened_then_its_documents_follow_its_names(tmp_path, pack):
    (tmp_path / "a.tar").write_bytes(pack(tar_bytes({"fox.txt": SENTENCE.encode(), "bear.md": b"# Bears\nsleep"})))
    assert texts_of(tmp_path / "a.tar") == ["fox.txt\nbear.md", SENTENCE, "# Bears\nsleep"]


def test_member_when_it_has_headings_then_its_name_is_above_them(tmp_path):
    path = zip_of(tmp_path, {"zoo/bear.md": "# Bears\n\nsleep", "fox.txt": "naps"})
    pages = read_contents(opened(path)).pages
    chunks = split(pages, max_tokens=50, overlap_tokens=0, count_tokens=count_words, limit=9)
    assert [chunk.context for chunk in chunks] == ["", "zoo/bear.md", "fox.txt"]


def test_member_when_it_has_a_password_then_its_name_says_so(tmp_path):
    path = zip_of(tmp_path, {"open.txt": "Bears", "secret.txt": SENTENCE})
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert texts_of(path) == ["open.txt\nsecret.txt (encrypted)", "Bears"]


def test_member_when_it_is_damaged_then_takes_no_other_along(tmp_path):
    path = zip_of(tmp_path, {"a.docx": "PK\x03\x04 no docx", "b.txt": "Bears"})
    assert texts_of(path) == ["a.docx (damaged: not a whole ZIP container)\nb.txt", "Bears"]


def test_member_when_its_bytes_do_not_match_their_sum_then_its_name_says_so(tmp_path):
    path = zip_of(tmp_path, {"fox.txt": SENTENCE})
    with zipfile.ZipFile(path, "w") as package:  # not packed
        package.writestr("fox.txt", SENTENCE)
    path.write_bytes(path.read_bytes().replace(b"quick", b"slick"))
    assert texts_of(path) == ["fox.txt (damaged (BadZipFile))"]


def test_member_when_it_would_unpack_to_too_much_then_its_name_says_so(tmp_path):
    path = zip_of(tmp_path, {"bomb.txt": "x" * (20 << 20), "b.txt": "Bears"})
    assert texts_of(path) == ["bomb.txt (too large: bomb.txt unpacks to 20 MB)\nb.txt", "Bears"]


@pytest.mark.parametrize(
    ("name", "text"), [("home/passwords.txt", "1234"), ("notes.txt", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN\n")]
)
def test_member_when_it_is_a_secret_then_its_name_says_so_and_nothing_of_it_is_read(tmp_path, name, text):
    path = zip_of(tmp_path, {name: text, "fox.txt": SENTENCE})
    names, *texts = texts_of(path)
    assert names.startswith(f"{name} (looks like a secret: ")
    assert texts == [SENTENCE]


def test_photo_when_in_an_archive_then_is_not_even_unpacked(tmp_path):
    assert texts_of(zip_of(tmp_path, {"photo.jpg": "x" * (20 << 20)})) == ["photo.jpg"]


def test_tar_member_when_it_is_too_large_then_its_name_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_MEMBER_BYTES", 10)
    (tmp_path / "a.tar").write_bytes(tar_bytes({"fox.txt": SENTENCE.encode(), "b.txt": b"Bears"}))
    assert texts_of(tmp_path / "a.tar") == ["fox.txt (too large: 0 MB)\nb.txt", "Bears"]


def test_tar_member_when_it_is_longer_than_all_headers_may_be_then_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_HEADERS_BYTES", 8_000)
    (tmp_path / "a.tar").write_bytes(tar_bytes({"fox.txt": SENTENCE.encode() * 1_000}))
    assert len(texts_of(tmp_path / "a.tar")) == 2


def test_tar_member_when_it_reaches_beyond_what_is_unpacked_then_its_name_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", dict.fromkeys(archives.MAX_UNPACKED_BYTES, 2_000))
    (tmp_path / "a.tgz").write_bytes(gzip.compress(tar_bytes({"a.txt": b"Bears", "b.txt": b"x" * 5_000})))
    assert texts_of(tmp_path / "a.tgz")[0] == "a.txt\nb.txt (too large: what is before it and its own bytes)"


def test_tar_member_when_it_is_a_link_or_has_holes_then_is_only_a_name(tmp_path):
    link, holes, fox = (tarfile.TarInfo(name) for name in ("link.txt", "holes.txt", "fox.txt"))
    link.type, link.size = tarfile.SYMTYPE, 5_000  # which is a lie: nothing follows
    holes.size, holes.pax_headers = 3, {"GNU.sparse.map": "0,3", "GNU.sparse.size": "5000"}
    fox.size = 4
    with tarfile.open(tmp_path / "a.tar", "w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(link)
        archive.addfile(holes, io.BytesIO(b"abc"))
        archive.addfile(fox, io.BytesIO(b"naps"))
    assert texts_of(tmp_path / "a.tar") == ["link.txt\nholes.txt\nfox.txt", "naps"]


def test_zip_when_it_holds_folders_and_what_macos_adds_then_these_are_left_out(tmp_path):
    path = zip_of(tmp_path, {"zoo/": "", "zoo/a.txt": "Bears", "__MACOSX/a.txt": "x"})
    assert texts_of(path) == ["zoo/a.txt", "Bears"]


def test_names_when_they_are_japanese_then_are_guessed_as_without_contents(tmp_path):
    name = "動物園/狐が眠る報告書の写真.txt"
    placeholder = "x" * len(name.encode("cp932"))
    path = zip_of(tmp_path, {placeholder: "Bears"})
    path.write_bytes(path.read_bytes().replace(placeholder.encode(), name.encode("cp932")))
    assert texts_of(path) == [name, "Bears"]


def test_member_when_it_is_cut_off_then_the_archive_is(tmp_path):
    path = zip_of(tmp_path, {"a.txt": "Füüüüüüchse. " * 250_000})
    assert read_contents(opened(path)).truncated


@pytest.mark.parametrize("name", ["inner.zip", "inner.txt", "photo.jpg"])
def test_archive_when_it_is_in_another_then_stays_a_name(tmp_path, name):
    write_names_zip(tmp_path / "inner")
    path = zip_of(tmp_path, {name: (tmp_path / "inner").read_bytes()})
    assert texts_of(path) == [name]


@pytest.mark.parametrize(("limit", "value"), [("MAX_DOCUMENTS", 1), ("MAX_BYTES", 3), ("READING_TIME_S", -1.0)])
def test_archive_when_it_is_at_a_limit_then_the_rest_are_names(tmp_path, monkeypatch, limit, value):
    monkeypatch.setattr(archive_contents, limit, value)
    path = zip_of(tmp_path, {"a.txt": "Bears", "b.txt": "Foxes"})
    contents = read_contents(opened(path))
    assert [page.text for page in contents.pages] == ["a.txt\nb.txt", "Bears"][: 2 - (limit == "READING_TIME_S")]
    assert contents.truncated


def test_zip_when_without_its_directory_then_is_damaged(tmp_path):
    path = zip_of(tmp_path, {"fox.txt": SENTENCE})
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(DocumentError, match="damaged"):
        texts_of(path)


def test_zip_when_it_has_too_many_members_to_open_then_has_names(tmp_path, monkeypatch):
    monkeypatch.setattr("extraction.zip_package.MAX_MEMBERS", 1)
    assert texts_of(zip_of(tmp_path, {"a.txt": "x", "b.txt": "y"})) == ["a.txt\nb.txt"]


def test_archive_when_opened_in_a_worker_then_leaves_nothing_behind(tmp_path):
    path = zip_of(tmp_path, {"../../fox.txt": SENTENCE, "/tmp/x.md": "Bears"})
    with ExtractionPool() as pool:
        [(_, contents)] = pool.read([opened(path)])
    assert [page.text for page in contents.pages] == ["../../fox.txt\n/tmp/x.md", SENTENCE, "Bears"]
    assert [file.name for file in tmp_path.iterdir()] == ["a.zip"]
