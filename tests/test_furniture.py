"""Repeated headers and footers: gone from the pages, kept once, and never at the price of what is said only there."""

import pymupdf
import pytest
from patience import files_of, outcomes_in_time
from small_documents import document_at

from corpus import Contents
from extraction import read_contents
from extraction.furniture import without_furniture

BODY = ("The roof leaks.", "Tiles are broken.", "The gutter is full.", "Rain comes in.", "A bill follows.")


def paged(form, count=5, body=BODY):
    """Pages with a header or a footer: `form` with `{body}`, `{page}` from 1 and `{count}` in it."""
    return [form.format(body=body[page], page=page + 1, count=count) for page in range(count)]


@pytest.mark.parametrize(
    "form",
    [
        "Acme Insurance\n\n{body}\n",
        "{body}\n\nAcme Insurance\n",
        "{body}\nPage {page} of {count}",
        "Acme\n{page}\n\n{body}\nPolicy 4711, confidential\n",
        "- {page} -\n{body}",
    ],
)
def test_lines_that_pages_share_are_dropped_up_to_page_numbers(form):
    first, *others = without_furniture(paged(form))
    assert first == paged(form)[0]
    assert [text.strip() for text in others] == list(BODY[1:])


def test_line_is_kept_by_the_first_page_that_has_it():
    texts = ["Annual report\n\nA title page", *paged("Acme Insurance\n{body}", count=4)]
    assert without_furniture(texts) == [*texts[:2], *BODY[1:4]]


def test_document_of_two_pages_is_left_alone():
    texts = paged("Acme Insurance\n{body}", count=2)
    assert without_furniture(texts) == texts


@pytest.mark.parametrize(("with_header", "dropped"), [(5, 0), (6, 5)])
def test_line_on_fewer_than_sixty_percent_of_the_pages_stays(with_header, dropped):
    texts = [f"Acme\nwords on page {'abcdefghij'[page]}" for page in range(with_header)]
    texts += [f"other words on page {'abcdefghij'[page]}" for page in range(with_header, 10)]
    assert sum("Acme" not in text for text in without_furniture(texts)) == 10 - with_header + dropped


def test_pages_without_text_do_not_count():
    texts = [text for body in paged("Acme\n{body}", count=3) for text in (body, "", " \n")]
    assert sum("Acme" in text for text in without_furniture(texts)) == 1


def test_header_comes_before_or_after_the_number_of_the_page():
    texts = [f"Acme\n{n}\n{BODY[n]}" if n % 2 else f"{n}\nAcme\n{BODY[n]}" for n in range(5)]
    assert without_furniture(texts)[1:] == list(BODY[1:])


@pytest.mark.parametrize(
    "form",
    ["Invoice {number}\n{body}", "{body}\nPage {page} of {number}", "{number}\t12.50\n{body}"],
    ids=["one invoice to a page", "a total that changes", "a table"],
)
def test_numbers_that_do_not_count_pages_are_kept(form):
    numbers = (1001, 1002, 1003, 1004, 1005) if "Invoice" in form else (17, 4, 99, 23, 5)
    texts = [form.format(body=BODY[page], number=numbers[page], page=page + 1) for page in range(5)]
    assert without_furniture(texts) == texts


def test_line_in_the_middle_of_the_pages_stays():
    texts = paged("{page}a\n{page}b\n{page}c\n{page}d\nsaid again\n{body}\nz{page}\ny{page}\nx{page}")
    assert all("said again" in text for text in without_furniture(texts))


def test_page_that_would_be_empty_stays_as_it_is():
    texts = ["Box 1", "Box 2", "Box 3\n\nFragile!", "Box 4"]
    assert without_furniture(texts) == ["Box 1", "Box 2", "Fragile!", "Box 4"]


def test_pdf_is_read_without_its_header_and_its_broken_sentence_follows_on(tmp_path):
    path = tmp_path / "report.pdf"
    with pymupdf.open() as document:
        for number, text in enumerate(BODY, start=1):
            page = document.new_page()
            page.insert_text((72, 40), "Acme Insurance")
            page.insert_text((72, 100), text)
            page.insert_text((72, 800), f"{number} / {len(BODY)}")
        document.save(path)
    pages = read_contents(document_at(path)).pages
    assert [page.text.strip() for page in pages[1:]] == list(BODY[1:])
    assert pages[0].text.split() == ["Acme", "Insurance", *BODY[0].split(), "1", "/", "5"]


def clear_thousands_of_pages(document):
    """Runs in a worker."""
    texts = [f"Acme {page}\n" + "1 2 3 4 5\n" * 1_000 + f"{page}" for page in range(2_000)]
    return Contents("text", (), title=str(len(without_furniture(texts))))


def test_thousands_of_pages_of_short_lines_are_gone_through_to_their_end(tmp_path):
    [contents] = outcomes_in_time(files_of(tmp_path, {"a.txt": "fox"}), clear_thousands_of_pages)
    assert contents.title
