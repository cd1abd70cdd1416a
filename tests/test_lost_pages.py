"""A page that hangs or crashes its reader costs itself, and its document keeps the others."""

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pymupdf
import pytest
from small_documents import SENTENCE, document_at, write_zip

from corpus import Contents, Document, Page
from errors import DocumentError
from extraction.lost_pages import HAS_TIMER, MOST_LOST, PageLost, at_page, is_late, pages_left_out
from extraction.reading import capped, explained
from extraction.views import ViewOptions
from extraction.workers import ExtractionPool, Limits

LIMITS = Limits(time_s=4.0)
timed = pytest.mark.skipif(not HAS_TIMER, reason="without a timer a page may take as long as its document")


def write_pdf_with_endless_page(path):
    """Three pages; on the second a form draws one twice that draws one twice, 40 deep."""
    with pymupdf.open() as document:
        for text in ("First", "Second", "Third"):
            document.new_page().insert_text((72, 72), text)
        form = 0
        for _ in range(40):
            inner, form = form, document.get_new_xref()
            resources = f"/Resources<</XObject<</F {inner} 0 R>>>>" if inner else ""
            document.update_object(form, f"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]{resources}>>")
            document.update_stream(form, b"/F Do /F Do" if inner else b"0 0 9 9 re f", new=True)
        [contents] = document[1].get_contents()
        document.update_stream(contents, b"/F Do")
        document.xref_set_key(document[1].xref, "Resources", f"<</XObject<</F {form} 0 R>>>>")
        document.save(path)
    return document_at(path)


def read_by_pages(document):
    """Runs in the worker: does at each page what the name says, as "1-crash-3" does at the second one."""
    texts = []
    with explained(document.path):
        for number, act in enumerate(document.path.stem.split("-"), start=1):
            try:
                with at_page(number):
                    ACTS.get(act, str)()
            except PageLost:
                act = "lost"  # noqa: PLW2901
            texts.append(act)
    return Contents("pdf", (Page(1, " ".join(texts)),), lost_pages=pages_left_out())


def crash():
    os.kill(os.getpid(), signal.SIGKILL)


def crash_within():
    with at_page(1):
        crash()


def hang():
    time.sleep(600)


def dawdle():
    while True:
        with at_page(1):
            time.sleep(0.01)


ACTS = {"crash": crash, "hang": hang, "within": crash_within}


def read_slow_pages(document):
    texts, truncated = capped(time.sleep(0.05) or "page" for _ in range(1000))
    return Contents("pdf", tuple(Page(number, text) for number, text in enumerate(texts, 1)), truncated=truncated)


def read_for_ever(document):
    dawdle()


def outcome(name, *, reader=read_by_pages):
    with ExtractionPool(limits=LIMITS, reader=reader) as pool:
        [(_, answer)] = pool.read([Document(Path(f"/{name}.pdf"), 1, 0, 0)])
    return answer


@timed
def test_pdf_when_a_page_hangs_its_reader_then_has_the_others(tmp_path):
    document = write_pdf_with_endless_page(tmp_path / "forms.pdf")
    with ExtractionPool(limits=LIMITS) as pool:
        [(_, contents)] = pool.read([document])
    assert [page.text.strip() for page in contents.pages] == ["First", "", "Third"]
    assert contents.lost_pages == (2,)


@timed
def test_pdf_when_a_page_cannot_be_drawn_in_time_then_shows_the_others(tmp_path):
    document = write_pdf_with_endless_page(tmp_path / "forms.pdf")
    with ExtractionPool(limits=LIMITS) as pool:
        [(_, views)] = pool.views([document], ViewOptions(unchanged, max_px=10_000, pages="both"))
    assert [view.page_number for view in views] == [1, 3]


def unchanged(pixels):
    return pixels


@timed
def test_archive_when_a_document_in_it_hangs_its_reader_then_has_the_others(tmp_path):
    pdf = write_pdf_with_endless_page(tmp_path / "forms.pdf")
    write_zip(tmp_path / "all.zip", {"forms.pdf": pdf.path.read_bytes(), "fox.txt": SENTENCE})
    with ExtractionPool(limits=LIMITS) as pool:
        [(_, contents)] = pool.read([replace(document_at(tmp_path / "all.zip"), with_members=True)])
    names, text = (page.text for page in contents.pages)
    assert names.splitlines() == ["forms.pdf (took too long, or crashed the reader)", "fox.txt"]
    assert (text, contents.lost_pages) == (SENTENCE, ())


@pytest.mark.parametrize("act", ["crash", "within", pytest.param("hang", marks=timed)])
def test_page_when_it_costs_a_worker_then_is_left_out(act):
    contents = outcome(f"1-{act}-3")
    assert contents.pages[0].text == "1 lost 3"
    assert contents.lost_pages == (2,)


def test_document_when_too_many_pages_cost_a_worker_then_is_given_up():
    assert outcome("-".join(["crash"] * MOST_LOST)).lost_pages == tuple(range(1, MOST_LOST + 1))
    assert outcome("-".join(["crash"] * (MOST_LOST + 1))).reason == "the reader crashed"


@timed
def test_document_when_it_is_late_between_pages_then_blames_none():
    assert outcome("any", reader=read_for_ever).reason == "took longer than 4 s"


def test_document_of_many_slow_pages_when_time_runs_out_then_has_the_first():
    contents = outcome("any", reader=read_slow_pages)
    assert contents.truncated
    assert 1 < len(contents.pages) < 1000


def read_some_pages(document):
    texts, truncated = capped(time.sleep(0.05) or "page" for _ in range(40))
    return Contents("text", (Page(1, " ".join(texts)),), truncated=truncated)


def test_documents_of_a_batch_when_they_take_long_together_then_each_has_its_own_time():
    documents = [Document(Path(f"/{number}.txt"), 1, 0, 0) for number in range(2)]
    with ExtractionPool(limits=LIMITS, reader=read_some_pages) as pool:
        assert [contents.truncated for _, contents in pool.read(documents)] == [False, False]


def read_lost(document):
    with explained(document.path), at_page(1):
        crash()


def test_document_when_its_only_page_costs_a_worker_then_says_what_it_did():
    answer = outcome("any", reader=read_lost)
    assert isinstance(answer, DocumentError)
    assert answer.reason == "the reader crashed"


def test_page_when_there_is_no_worker_then_is_not_watched():
    with at_page(1), at_page(2):
        assert not is_late()
    assert pages_left_out() == ()
