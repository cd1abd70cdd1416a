"""Words in real pictures, read by the real models."""

import re
from collections import Counter

import pymupdf
import pytest
from PIL import Image, PngImagePlugin

from corpus import Page
from errors import DocumentError
from extraction.ocr import BARE_CHARS, MAX_PAGES, MEMORY_BYTES, OcrOptions, bare_pages, read_words
from extraction.workers import ExtractionPool, Limits
from tests.small_documents import document_at, write_pdf
from tests.small_scans import LETTER, photo, picture_in, picture_of, write_scan


def words(text):
    return re.findall(r"\w+", text.lower())


def read(path, **options):
    return read_words(document_at(path), OcrOptions(**options))


def saved(picture, path):
    picture.save(path)
    return path


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_words_when_a_picture_is_turned_then_they_are_read_in_their_order(tmp_path, turned):
    [page] = read(saved(picture_of(turned=turned), tmp_path / "letter.png"))
    assert page.page_number == 1
    assert words(page.text) == words(" ".join(LETTER))


def test_words_when_lines_are_close_together_on_a_turned_page_then_they_are_not_taken_for_one(tmp_path):
    names = ("invoice", "boiler", "letter", "pressure", "valve", "october", "replaced")
    names += ("cellar", "inspected", "ninth", "total", "sum", "bread", "flour")
    lines = [f"{names[3 * number % 14]} {names[(5 * number + 2) % 14]} number {number}" for number in range(20)]
    [page] = read(saved(picture_of(lines, turned=90, size_px=20, spacing=1.05), tmp_path / "page.png"))
    assert Counter(words(page.text)) == Counter(words(" ".join(lines)))


@pytest.mark.parametrize("line", ["0.00", "PULL"])
def test_words_when_a_line_is_short_then_it_is_read_the_right_way_up(tmp_path, line):
    [page] = read(saved(picture_of([line], size_px={"0.00": 14, "PULL": 28}[line]), tmp_path / "sign.png"))
    assert page.text == line


@pytest.mark.parametrize("turned", [0, 180])
def test_words_when_lines_are_long_then_the_right_way_up_is_not_guessed(tmp_path, turned):
    lines = [f"{LETTER[1]} {LETTER[2]}", f"{LETTER[3]} {LETTER[1]}"]
    [page] = read(saved(picture_of(lines, turned=turned), tmp_path / "letter.png"))
    assert words(page.text) == words(" ".join(lines))


def test_words_when_letters_are_unknown_then_mere_guesses_are_left_out(tmp_path):
    picture = picture_in("korea", "안녕하세요 여러분 반갑습니다", "오늘은 비가 많이 옵니다")
    text = "".join(page.text for page in read(saved(picture, tmp_path / "page.png")))
    assert len(text.splitlines()) <= 1


def test_words_when_a_camera_was_held_sideways_then_its_exif_is_followed(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it by 90 degrees to the right
    picture_of(turned=90).save(tmp_path / "letter.jpg", exif=exif)
    [page] = read(tmp_path / "letter.jpg")
    assert words(page.text) == words(" ".join(LETTER))


@pytest.mark.parametrize("suffix", ["jpg", "webp", "gif", "bmp", "tif"])
def test_words_when_a_picture_has_another_format_then_they_are_read(tmp_path, suffix):
    [page] = read(saved(picture_of(["Invoice 2024"]), tmp_path / f"letter.{suffix}"))
    assert words(page.text) == ["invoice", "2024"]


def test_words_when_a_tiff_has_pages_then_each_has_its_number(tmp_path):
    pages = [picture_of(["First page"]), photo(), picture_of(["Third page"])]
    pages[0].save(tmp_path / "fax.tif", save_all=True, append_images=pages[1:])
    assert [(page.page_number, words(page.text)) for page in read(tmp_path / "fax.tif")] == [
        (1, ["first", "page"]),
        (3, ["third", "page"]),
    ]


def test_words_when_time_is_over_then_those_read_so_far_count(tmp_path):
    pages = [picture_of(["First page"]), picture_of(["Second page"])]
    pages[0].save(tmp_path / "fax.tif", save_all=True, append_images=pages[1:])
    assert [page.page_number for page in read(tmp_path / "fax.tif", time_s=0)] == [1]


@pytest.mark.parametrize("picture", [photo(), *(Image.new("RGB", size) for size in ((400, 300), (1, 1), (5000, 2)))])
def test_words_when_a_picture_has_none_then_nothing(tmp_path, picture):
    assert read(saved(picture, tmp_path / "photo.png")) == ()


def test_words_when_a_screenshot_is_very_long_then_it_is_read_to_its_end(tmp_path):
    lines = [f"number {number}" for number in range(40)]
    [page] = read(saved(picture_of(lines), tmp_path / "chat.png"))
    numbers = [int(number) for number in re.findall(r"number (\d+)", page.text)]
    assert numbers == list(range(40))
    [first_part] = read(tmp_path / "chat.png", time_s=0)
    assert page.text.startswith(first_part.text)
    assert len(first_part.text) < len(page.text)


def test_words_when_a_page_is_scanned_then_they_are_read(tmp_path):
    write_scan(tmp_path / "letter.pdf", photo(), picture_of())
    [page] = read(tmp_path / "letter.pdf", page_number=2)
    assert page.page_number == 2
    assert words(page.text) == words(" ".join(LETTER))


@pytest.mark.parametrize("page", ["", "Chapter 2"])
def test_words_when_a_page_has_no_picture_then_there_is_nothing_to_read(tmp_path, page):
    write_scan(tmp_path / "book.pdf", page)
    assert read(tmp_path / "book.pdf") == ()


def test_words_when_a_scanned_page_has_a_stamp_as_text_then_they_are_read(tmp_path):
    write_scan(tmp_path / "letter.pdf", picture_of())
    with pymupdf.open(tmp_path / "letter.pdf") as document:
        document[0].insert_text((30, 30), "Copy 7")
        document.save(tmp_path / "stamped.pdf")
    [page] = read(tmp_path / "stamped.pdf")
    assert set(words(" ".join(LETTER))) <= set(words(page.text))


def test_words_when_there_is_no_such_page_then_nothing(tmp_path):
    write_scan(tmp_path / "book.pdf", picture_of())
    assert read(tmp_path / "book.pdf", page_number=2) == ()


def test_words_when_a_drawing_has_text_of_its_own_then_it_is_not_read_again(tmp_path):
    text = '<text x="20" y="60" font-size="40">Total 12</text>'
    (tmp_path / "slip.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="90">{text}</svg>')
    assert read(tmp_path / "slip.svg") == ()


def test_words_when_a_picture_is_damaged_then_says_so(tmp_path):
    data = saved(picture_of(), tmp_path / "letter.png").read_bytes()
    (tmp_path / "letter.png").write_bytes(data[: len(data) // 2])
    with pytest.raises(DocumentError):
        read(tmp_path / "letter.png")


def test_words_when_a_picture_claims_to_be_huge_then_it_is_refused_before_it_is_decoded(tmp_path):
    chunk = PngImagePlugin.putchunk
    with (tmp_path / "huge.png").open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        chunk(file, b"IHDR", (100_000).to_bytes(4) * 2 + b"\x08\x02\0\0\0")
        chunk(file, b"IEND", b"")
    with pytest.raises(DocumentError):
        read(tmp_path / "huge.png")


def test_words_when_a_pdf_is_encrypted_then_says_so(tmp_path):
    write_pdf(tmp_path / "secret.pdf", password="x")
    with pytest.raises(DocumentError, match="encrypted"):
        read(tmp_path / "secret.pdf")


@pytest.mark.parametrize(("language", "is_read"), [("any", True), ("japanese", True), ("latin", False)])
def test_language_when_set_then_letters_of_others_are_not_read(tmp_path, language, is_read):
    path = saved(picture_in("japan", "タイトル"), tmp_path / "title.png")
    text = "".join(page.text for page in read(path, language=language))
    assert any("\u3040" <= character <= "\u30ff" for character in text) == is_read


def test_words_when_read_in_a_worker_then_they_come_over(tmp_path):
    document = document_at(saved(picture_of(["Total 12"]), tmp_path / "slip.png"))
    with ExtractionPool(limits=Limits(memory_bytes=MEMORY_BYTES)) as pool:
        assert pool.words(document, OcrOptions(threads=2)) == (Page(1, "Total 12"),)
        document.path.unlink()
        assert pool.words(document, OcrOptions()).reason == "no longer there"


def test_words_when_they_take_too_long_then_the_worker_is_given_up(tmp_path):
    document = document_at(saved(picture_of(["Total 12"]), tmp_path / "slip.png"))
    with ExtractionPool(limits=Limits(0.01, MEMORY_BYTES)) as pool:
        assert pool.words(document, OcrOptions()).reason == "took longer than 0.045 s"


def test_bare_pages_when_a_page_has_a_stamp_only_then_it_counts():
    pages = [Page(1, "x" * BARE_CHARS), Page(2, "Copy 7"), Page(3, " \n" * BARE_CHARS)]
    assert bare_pages(pages) == (2, 3)


def test_bare_pages_when_there_are_many_then_only_one_more_than_are_read():
    assert len(bare_pages([Page(number, "") for number in range(1, 500)])) == MAX_PAGES + 1
