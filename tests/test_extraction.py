"""Reading one document: what it says, page by page, and what it tells about itself."""

import hashlib
import zipfile

import pymupdf
import pytest
from PIL import Image
from small_documents import (
    PICTURE_SUFFIXES,
    WRITERS,
    document_at,
    write_docx,
    write_odt,
    write_picture,
    write_xlsx,
    write_zip,
)

import extraction
from corpus import KINDS, Document
from errors import DocumentError, DocumentMissing
from extraction import MAX_HASHED_BYTES, read_contents
from extraction.kinds import KIND_OF_FORMAT, Format
from extraction.plain_text import MINIFIED_LINE_CHARS
from extraction.reading import MAX_TEXT_BYTES, MAX_TEXT_CHARS, clean, iso_date
from picture_hash import from_text, is_comparable


def contents_of(path):
    return read_contents(document_at(path))


def written(tmp_path, suffix):
    path = tmp_path / f"fox.{suffix}"
    WRITERS[suffix](path)
    return contents_of(path)


def test_every_format_has_a_kind_the_corpus_knows():
    assert set(KIND_OF_FORMAT) == set(Format)
    assert set(KIND_OF_FORMAT.values()) <= set(KINDS)


def test_every_reader_named_in_the_table_exists():
    for place in extraction._READERS.values():
        module, function = place.split(".")
        assert callable(getattr(extraction.import_module(f"extraction.{module}"), function))


def test_date_of_a_pdf_keeps_its_zone(tmp_path):
    assert written(tmp_path, "pdf").created == "2024-05-01T12:30:00+02:00"


def test_mail_with_only_html_is_read_without_its_tags(tmp_path):
    path = tmp_path / "fox.eml"
    html = "Subject: x\nContent-Type: text/html; charset=mac-roman\n\n<p>Zwei <b>Füchse</b></p>"
    path.write_bytes(html.encode("mac_roman"))
    assert contents_of(path).pages[0].text == "Subject: x\n\nZwei Füchse"


def test_html_in_a_declared_encoding_is_read_in_it(tmp_path):
    path = tmp_path / "fox.html"
    path.write_bytes('<meta charset="mac-roman">\n<p>Füchse'.encode("mac_roman"))
    assert contents_of(path).pages[0].text == "Füchse"


def test_lines_of_preformatted_html_stay_apart(tmp_path):
    path = tmp_path / "fox.html"
    path.write_text("<pre>one\n<b>two</b>\nthree</pre><ul><li>a<li>b</ul>")
    assert contents_of(path).pages[0].text == "one\ntwo\nthree\n\na\nb"


def test_sheets_beyond_the_limits_are_left_out_and_told(tmp_path):
    path = tmp_path / "fox.xlsx"
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 2_010))
    write_xlsx(path, rows=rows, sheet_count=21)
    contents = contents_of(path)
    assert contents.truncated
    assert len(contents.pages) == 20
    assert contents.pages[0].text.endswith("\n2000")


def test_word_document_is_read_with_what_surrounds_the_body(tmp_path):
    path = tmp_path / "fox.docx"
    paragraph = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
    parts = {role: paragraph.format(f"in {role}") for role in ("footnotes", "comments", "header")}
    write_docx(path, body=paragraph.format("in body"), **parts)
    assert contents_of(path).pages[0].text.split("\n\n") == ["in body", "in footnotes", "in comments", "in header\n"]


def test_row_of_a_table_stays_one_line(tmp_path):
    path = tmp_path / "fox.docx"
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    row = "<w:tr>" + cell.format("a") + cell.format("b") + "</w:tr>"
    write_docx(path, body=f"<w:tbl>{row}{row}</w:tbl>")
    assert [line.split() for line in contents_of(path).pages[0].text.splitlines()] == [["a", "b"], ["a", "b"]]


def test_text_that_a_document_holds_twice_for_old_programs_is_read_once(tmp_path):
    path = tmp_path / "fox.docx"
    text = "<w:p><w:r><w:t>boxed</w:t></w:r></w:p>"
    write_docx(path, body=f'<m:A xmlns:m="m"><m:Choice>{text}</m:Choice><m:Fallback>{text}</m:Fallback></m:A>')
    assert contents_of(path).pages[0].text.count("boxed") == 1


def test_blanks_and_line_breaks_of_opendocument_are_kept_and_deleted_text_is_not(tmp_path):
    path = tmp_path / "fox.odt"
    write_odt(
        path,
        body="<text:tracked-changes><text:p>gone</text:p></text:tracked-changes><text:p>a<text:s/>b<text:line-break/>c</text:p>",
    )
    assert contents_of(path).pages[0].text == "a b\nc\n"


def test_long_text_is_read_up_to_the_limit(tmp_path):
    path = tmp_path / "fox.txt"
    path.write_bytes(b"-" * 6 + "Füchse\n".encode() * (MAX_TEXT_BYTES // 8 + 1))  # cut inside the ü
    contents = contents_of(path)
    assert contents.truncated
    assert len(contents.pages[0].text.encode()) in (MAX_TEXT_BYTES, MAX_TEXT_BYTES - 1)
    assert "\ufffd" not in contents.pages[0].text


def test_text_within_the_limit_of_bytes_keeps_that_of_characters(tmp_path):
    path = tmp_path / "robot.wrl"
    path.write_text("0 1\n" * (MAX_TEXT_BYTES // 4))
    contents = contents_of(path)
    assert contents.truncated
    assert len(contents.pages[0].text) == MAX_TEXT_CHARS


def test_minified_line_is_shortened_and_a_long_paragraph_is_not(tmp_path):
    script, prose, chinese = (
        "x=1;" * MINIFIED_LINE_CHARS,
        "The fox naps. " * MINIFIED_LINE_CHARS,
        "狐睡" * MINIFIED_LINE_CHARS,
    )
    path = tmp_path / "fox.js"
    path.write_text(f"{script}\n{prose}\n{chinese}\n")
    contents = contents_of(path)
    assert contents.truncated
    assert contents.pages[0].text == f"{script[:1000]}\n{prose}\n{chinese}\n"


def test_picture_tells_when_where_and_with_what_it_was_taken(tmp_path):
    path = tmp_path / "fox.jpg"
    write_picture(path)
    contents = contents_of(path)
    assert contents.pages[0].text == "A fox naps\nCamera: Nikon Z6\nTaken 1 May 2024"
    assert (contents.created, contents.place) == ("2024-05-01T12:30:00+02:00", "38.72200, -9.13940")
    assert contents.kind == "picture"


def test_picture_without_words_has_no_page(tmp_path):
    path = tmp_path / "fox.png"
    Image.linear_gradient("L").rotate(30).save(path)
    contents = contents_of(path)
    assert (contents.pages, contents.place, is_comparable(contents.picture_hash)) == ((), "", True)


def bits_apart(one, other):
    return (from_text(one).layout ^ from_text(other).layout).bit_count()


@pytest.mark.parametrize("suffix", PICTURE_SUFFIXES)
def test_copy_of_a_picture_in_another_size_and_format_has_nearly_the_same_hash(tmp_path, suffix):
    original, copy = tmp_path / "fox.jpg", tmp_path / f"copy.{suffix}"
    write_picture(original, size=(1600, 1200))
    write_picture(copy)
    assert bits_apart(contents_of(original).picture_hash, contents_of(copy).picture_hash) <= 2


def test_turned_picture_has_the_hash_of_an_upright_one(tmp_path):
    upright, turned = tmp_path / "upright.png", tmp_path / "turned.jpg"
    write_picture(upright)
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned right
    Image.open(upright).rotate(90, expand=True).save(turned, exif=exif, quality=95)
    assert bits_apart(contents_of(upright).picture_hash, contents_of(turned).picture_hash) <= 2


def test_plain_picture_has_no_hash_to_be_near_to(tmp_path):
    path = tmp_path / "white.png"
    Image.new("RGB", (100, 100), "white").save(path)
    assert contents_of(path).picture_hash == ""


@pytest.mark.parametrize("pillows_own_limit", [None, Image.MAX_IMAGE_PIXELS])
def test_picture_of_too_many_pixels_is_refused(tmp_path, monkeypatch, pillows_own_limit):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", pillows_own_limit)
    path = tmp_path / "fox.png"
    Image.new("1", (16_000, 16_000)).save(path)
    with pytest.raises(DocumentError, match="too large"):
        contents_of(path)


def test_content_hash_is_of_all_bytes(tmp_path):
    path = tmp_path / "fox.bin"
    path.write_bytes(bytes(range(256)) * 10_000)
    assert contents_of(path).content_hash == hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()


def test_huge_file_is_not_hashed(tmp_path):
    path = tmp_path / "fox.iso"
    with path.open("wb") as file:
        file.truncate(MAX_HASHED_BYTES + 1)  # takes no space on the disk
    assert contents_of(path).content_hash == ""


@pytest.mark.parametrize(("name", "kind"), [("a.mp3", "audio"), ("a.zip", "archive"), ("a.exe", "other")])
def test_kind_without_a_reader_has_no_pages_and_is_no_failure(tmp_path, name, kind):
    path = tmp_path / name
    path.write_bytes(b"\x00\x01\x02\x03" * 100)
    contents = contents_of(path)
    assert (contents.kind, contents.pages) == (kind, ())
    assert contents.content_hash


@pytest.mark.parametrize("suffix", ["docx", "pptx", "xlsx"])
def test_office_file_with_a_password_is_refused(tmp_path, suffix):
    path = tmp_path / f"fox.{suffix}"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000))
    with pytest.raises(DocumentError, match="encrypted"):
        contents_of(path)


@pytest.mark.parametrize("suffix", ["odt", "odp", "ods"])
def test_opendocument_with_a_password_is_refused(tmp_path, suffix):
    path = tmp_path / f"fox.{suffix}"
    write_zip(path, {"content.xml": "noise", "META-INF/manifest.xml": "<m><encryption-data/></m>"})
    with pytest.raises(DocumentError, match="encrypted"):
        contents_of(path)


def test_copy_protected_book_is_refused(tmp_path):
    path = tmp_path / "fox.epub"
    WRITERS["epub"](path)
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("META-INF/encryption.xml", '<e xmlns="x"><CipherReference URI="OEBPS/text/2.xhtml"/></e>')
    with pytest.raises(DocumentError, match="encrypted"):
        contents_of(path)


def test_document_deleted_since_the_scan_is_told(tmp_path):
    with pytest.raises(DocumentMissing, match="no longer there"):
        read_contents(Document(tmp_path / "gone.txt", 1, 1, 1))


def test_word_broken_at_a_line_end_is_found_whole(tmp_path):
    path = tmp_path / "fox.pdf"
    with pymupdf.open() as document:
        document.new_page().insert_text((72, 72), ["The most effi-", "cient fox", "is in Baden-", "Baden"])
        document.save(path)
    assert contents_of(path).pages[0].text.split() == ["The", "most", "efficient", "fox", "is", "in", "Baden-", "Baden"]


def test_text_is_cleaned_of_what_json_and_sqlite_choke_on():
    assert clean("a\x00b\ud800c\r\nd\re\xadf\tg") == "ab?c\nd\nef\tg"


@pytest.mark.parametrize(
    ("text", "date"),
    {
        "2011": "2011-01-01T00:00:00",
        "2011-07": "2011-07-01T00:00:00",
        "2024-05-01T12:30:00.123Z": "2024-05-01T12:30:00+00:00",
        "yesterday": "",
        "": "",
    }.items(),
)
def test_dates_are_normalised_or_dropped(text, date):
    assert iso_date(text) == date
