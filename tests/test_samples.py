"""The samples: made from their sources, of every kind, and golden queries that are what they claim to be."""

import json
import re
import subprocess
import sys
from functools import cache
from io import BytesIO
from pathlib import Path

import pymupdf
import pytest
from PIL import Image, ImageChops

from corpus import scan
from extraction import read_contents
from picture_hash import from_text

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
FILES = SAMPLES / "files"
GOLDEN = json.loads((SAMPLES / "golden.json").read_text(encoding="utf-8"))
TEXT_SUFFIXES = {"", ".c", ".csv", ".eml", ".html", ".ipynb", ".js", ".json", ".md", ".py", ".rtf", ".txt"}
OFFICE_SUFFIXES = {".docx", ".epub", ".odp", ".ods", ".odt", ".pdf", ".pptx", ".xlsx"}
PICTURE_SUFFIXES = {".jpg", ".png", ".webp"}
KINDS = {"book", "code", "document", "email", "pdf", "picture", "sheet", "slides", "text", "web"}

# Words that say nothing about what is looked for.
STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """a about after against all am an and any are as at be been before being but by can could did do does doing
        down for from had has have he her his how i if in into is it its me more most my no not of off on one or
        our out over she so some than that the their them then there they this to too under until up us was we
        were what when where which while who why will with would you your""",
    )
)
# The longer before its own end.
ENDINGS = re.findall(r"\w+", "ations ation ments ment nesses ness ings ing edly ed ies es ers er ors or ly s e y")


def golden(*kinds):
    rows = [row for row in GOLDEN if row["kind"] in kinds]
    return pytest.mark.parametrize("row", rows, ids=[row["query"] for row in rows])


@cache
def documents():
    return {document.path.relative_to(FILES).as_posix(): document for document in scan(FILES).documents}


@cache
def contents(path):
    return read_contents(documents()[path])


def words_of(text):
    """Content words in lower case; `camelCase` and `snake_case` are two words each."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", text)
    return {word for word in re.findall(r"[^\W\d_]{2,}", spaced.lower()) if word not in STOP_WORDS}


def stem(word):
    """Coarse on purpose: it joins more words than any search for word forms would."""
    ending = next((end for end in ENDINGS if word.endswith(end) and len(word) - len(end) >= 3), "")
    root = word.removesuffix(ending)
    return root[:-1] if ending and len(root) > 3 and root[-1] == root[-2] else root


def are_related(stem_a, stem_b):
    shorter, longer = sorted((stem_a, stem_b), key=len)
    return shorter == longer or (len(shorter) >= 4 and longer.startswith(shorter))


def shared_words(query, text):
    stems = {stem(word) for word in words_of(text)}
    return {word for word in words_of(query) if any(are_related(stem(word), other) for other in stems)}


@pytest.mark.parametrize("query", ["baking bread", "he bakes", "the BREAD", "Bakers", "readBread"])
def test_shared_words_when_a_form_of_the_word_is_there_then_it_is_found(query):
    assert shared_words(query, "We bake two breads a day.")


def test_shared_words_when_only_small_words_are_shared_then_none():
    assert not shared_words("how do I sleep at night", "I do not know how we got there at noon")


@golden("meaning")
def test_meaning_query_when_compared_with_its_document_then_no_word_is_shared(row):
    found = contents(row["path"])
    text = " ".join([row["path"], found.title, *(page.text for page in found.pages)])
    assert shared_words(row["query"], text) == set()


@golden("words")
def test_words_query_when_its_document_is_read_then_its_words_are_on_the_page(row):
    pages = [
        page.text
        for page in contents(row["path"]).pages
        if page.page_number == (row["page_number"] or page.page_number)
    ]
    text = re.sub(r"\s+", " ", " ".join(pages)).casefold()
    assert all(word.casefold() in text for word in row["query"].split())


@golden("name")
def test_name_query_when_compared_with_the_name_then_all_its_words_are_in_it(row):
    assert all(word in Path(row["path"]).name for word in row["query"].split())


@golden("meaning", "words", "name", "picture")
def test_golden_row_when_its_path_is_opened_then_the_document_and_the_page_exist(row):
    assert row["path"] in documents()
    assert row["page_number"] is None or row["page_number"] <= len(contents(row["path"]).pages)


@golden("picture")
def test_picture_query_when_its_hash_is_taken_then_it_is_near_that_of_the_original(row):
    query = next(d for d in scan(SAMPLES / "queries").documents if d.path == (FILES / row["query"]).resolve())
    ours, theirs = (from_text(found.picture_hash).layout for found in (read_contents(query), contents(row["path"])))
    assert (ours ^ theirs).bit_count() <= 4


def test_near_copy_when_its_hash_is_taken_then_it_is_near_that_of_the_original():
    pair = ("2023-08 beach at sunset.jpg", "IMG-20230813-WA0004.jpg")
    ours, theirs = (from_text(contents(f"travel/photos/{name}").picture_hash).layout for name in pair)
    assert (ours ^ theirs).bit_count() <= 4


def test_samples_when_listed_then_every_kind_and_suffix_is_there_and_they_are_small():
    assert {Path(path).suffix for path in documents()} == TEXT_SUFFIXES | OFFICE_SUFFIXES | PICTURE_SUFFIXES
    assert {contents(path).kind for path in documents()} == KINDS
    assert sum(document.size_bytes for document in documents().values()) < 1_500_000


def test_samples_when_read_then_the_odd_encodings_are_understood():
    assert "réfrigérateur" in contents("household/recipes/tarte aux pommes.txt").pages[0].text
    assert "Kestrel" in contents("work/talk with Dana.txt").pages[0].text


def test_beach_when_read_then_its_date_and_place_are_those_of_the_camera():
    beach = contents("travel/photos/2023-08 beach at sunset.jpg")
    assert beach.created.startswith("2023-08-12T20:41:07")
    assert beach.place.startswith("38.69")


@pytest.fixture(scope="module")
def made_twice(tmp_path_factory):
    folders = [tmp_path_factory.mktemp("made") for _ in range(2)]
    for folder in folders:
        subprocess.run([sys.executable, SAMPLES / "make_samples.py", folder], check=True, capture_output=True)
    return folders


def files_under(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_make_samples_when_run_twice_then_the_bytes_are_the_same(made_twice):
    first, second = map(files_under, made_twice)
    assert first == second


def test_make_samples_when_run_then_it_reproduces_the_committed_files(made_twice):
    made = files_under(made_twice[0])
    kept = {
        f"{name}/{path}": content
        for name in ("files", "queries")
        for path, content in files_under(SAMPLES / name).items()
    }
    assert made.keys() == kept.keys()
    assert [path for path in made if made[path] != kept[path] and not look_alike(path, made[path], kept[path])] == []


def look_alike(path, made, kept):
    """Whether two PDFs or pictures differ in nothing but how another build of a library wrote them."""
    if path.endswith(".pdf"):
        return pdf_text(made) == pdf_text(kept)
    if Path(path).suffix not in PICTURE_SUFFIXES:
        return False
    with Image.open(BytesIO(made)) as a, Image.open(BytesIO(kept)) as b:
        largest = max(high for _, high in ImageChops.difference(a.convert("RGB"), b.convert("RGB")).getextrema())
        return a.size == b.size and largest <= 8


def pdf_text(content):
    with pymupdf.open(stream=content) as document:
        return [page.get_text() for page in document]
