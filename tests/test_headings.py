"""Headings: found where each format has them, at their exact places, and not where they only seem to be."""

import json

import pymupdf
import pytest
from patience import files_of, outcomes_in_time
from small_documents import document_at, write_docx, write_odt, write_xlsx

from extraction import read_contents
from extraction.chunking import split
from extraction.headings import MAX_HEADINGS, headings_of


def page_of(path):
    return read_contents(document_at(path)).pages[0]


def levels_and_texts(page):
    return [(heading.level, heading.text) for heading in page.headings]


def marked(path):
    """Level, text, and the line that stands at the place of each heading."""
    page = page_of(path)
    return [(h.level, h.text, page.text[h.start_char :].split("\n")[0].strip()) for h in page.headings]


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_markdown_headings_are_found_in_both_forms(tmp_path):
    text = "Policy\n======\n\n## Water *damage* ##\n\nThe pipe\n--------\n   ### [Frost](a.md) in C#\nbursts"
    assert marked(written(tmp_path, "a.md", text)) == [
        (1, "Policy", "Policy"),
        (2, "Water *damage*", "## Water *damage* ##"),
        (2, "The pipe", "The pipe"),
        (3, "Frost in C#", "### [Frost](a.md) in C#"),
    ]


@pytest.mark.parametrize(
    "text",
    {
        "code": "```sh\n# no heading\n```\n~~~\n# none\n```\n# none\n~~~\n",
        "code without an end": "````\n# no heading\n```\n# none\n",
        "front matter": "---\n# fox\n---\n\nwords",
        "a hash tag": "#fox #naps\n\n#\n",
        "a table": "| a |\n---\n",
        "a list": "- a fox\n---\n",
        "a rule": "words\n\n---\n\nwords\n* * *\n",
        "the end of a paragraph": "a fox\nnaps\n---\n",
        "indented code": "    # no heading\n",
    }.values(),
    ids=lambda text: text[:12],
)
def test_what_only_looks_like_markdown_headings_is_none(text):
    assert headings_of(text, ".md") == ()


def test_code_is_over_after_its_fence():
    assert [h.text for h in headings_of("```\n# a\n```\n# b\n\n``` c ```\n# d\n", ".md")] == ["b", "d"]


def test_restructured_text_levels_follow_the_order_of_underlines(tmp_path):
    text = "======\nPolicy\n======\n\nWater\n=====\n\nFrost\n~~~~~\nwords\n\nClaims\n======\n"
    assert marked(written(tmp_path, "a.rst", text)) == [
        (1, "Policy", "======"),
        (2, "Water", "Water"),
        (3, "Frost", "Frost"),
        (2, "Claims", "Claims"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "words\n\n-----\n\nwords",
        "A title\n---\n",
        "  a quotation\n-------------\n",
        "two\nlines\n-----\n",
        "==== ====\na\n",
    ],
)
def test_what_only_looks_like_restructured_headings_is_none(text):
    assert headings_of(text, ".rst") == ()


def test_latex_sections_are_found_where_their_titles_stand(tmp_path):
    text = "\\section*{Water}\nwords\n% \\section{Gone}\n  \\subsection[short]{The \\emph{frozen} pipe}\nwords"
    titles = [(2, "Water", "Water"), (3, "The frozen pipe", "The frozen pipe")]
    assert marked(written(tmp_path, "a.tex", text)) == titles


def test_html_headings_are_found_behind_what_a_page_hides_and_cleans(tmp_path):
    body = "<p>a\u200bb</p><h1>Pol<wbr>icy <i>no\u00ad 7</i></h1><ul><li><h3>Water\n damage</h3>wet</ul><h2></h2>end"
    page = page_of(written(tmp_path, "a.html", f"<html><body>{body}"))
    assert page.text == "ab\n\nPolicy no 7\n\nWater damage\n\nwet\n\nend"
    assert [(h.start_char, h.level, h.text) for h in page.headings] == [(4, 1, "Policy no 7"), (17, 3, "Water damage")]


def paragraph(text, properties=""):
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def styled(text, style):
    return paragraph(text, f'<w:pStyle w:val="{style}"/>')


def test_word_headings_are_told_by_style_name_ancestor_or_outline_level(tmp_path):
    styles = (
        '<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
        '<w:style w:styleId="Mine"><w:name w:val="mine"/><w:basedOn w:val="berschrift1"/></w:style>'
        '<w:style w:styleId="Toc"><w:basedOn w:val="berschrift1"/><w:pPr><w:outlineLvl w:val="9"/></w:pPr></w:style>'
        '<w:style w:styleId="T"><w:name w:val="Title"/></w:style>'
        '<w:style w:styleId="L"><w:basedOn w:val="L"/></w:style>'
    )
    body = [styled("Policy", "T"), styled("Water", "berschrift1"), paragraph("words"), styled("Contents", "Toc")]
    body += [styled("Fire", "Mine"), paragraph("Smoke", '<w:outlineLvl w:val="2"/>'), styled("words", "L")]
    write_docx(tmp_path / "a.docx", body="".join(body), styles=styles)
    shown = [(0, "Policy"), (1, "Water"), (1, "Fire"), (3, "Smoke")]
    assert marked(tmp_path / "a.docx") == [(level, text, text) for level, text in shown]


def test_word_document_with_broken_styles_is_read_without_headings(tmp_path):
    was = '<w:pPrChange><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:pPrChange>'
    write_docx(tmp_path / "a.docx", body=styled("Water", "Heading1") + paragraph("words", was), styles="<w:style")
    page = page_of(tmp_path / "a.docx")
    assert (page.text, page.headings) == ("Water\nwords\n", ())


def test_opendocument_headings_are_found_and_empty_ones_are_not(tmp_path):
    body = '<text:p>a\u00adb</text:p><text:h text:outline-level="2">Wa<text:span>ter</text:span></text:h>'
    body += '<text:p>words</text:p><text:h text:outline-level="1"/><text:h>Fire</text:h><text:p>words</text:p>'
    write_odt(tmp_path / "a.odt", body=body)
    assert marked(tmp_path / "a.odt") == [(2, "Water", "Water"), (1, "Fire", "Fire")]


def write_outlined_pdf(path, pages, outline):
    with pymupdf.open() as document:
        for lines in pages:
            document.new_page().insert_text((72, 72), lines)
        document.set_toc(outline)
        document.save(path)


def test_outline_of_a_pdf_gives_each_page_its_headings_where_their_words_stand(tmp_path):
    pages = [["Policy", "words"], ["of before", "3.2 Water", "Damage", "words"], ["words"], ["IV. FIRE", "words"]]
    outline = [[1, "Policy", 1], [2, "Water damage", 2], [1, "Not printed", 3], [2, "4 Fire", 4], [2, "Page 4", 4]]
    write_outlined_pdf(tmp_path / "a.pdf", pages, outline)
    pages = read_contents(document_at(tmp_path / "a.pdf")).pages
    places = [
        (h.text, page.text[h.start_char :][:4] if h.start_char >= 0 else "") for page in pages for h in page.headings
    ]
    assert places == [("Policy", "Poli"), ("Water damage", "3.2 "), ("Not printed", ""), ("4 Fire", "IV. ")]


def test_chunk_of_a_pdf_page_has_the_path_of_its_outline(tmp_path):
    outline = [[1, "3 Claims", 1], [2, "3.2 Water damage", 1]]
    write_outlined_pdf(tmp_path / "a.pdf", [["3 Claims", "3.2 Water damage", "Ask."], ["Then wait."]], outline)
    pages = read_contents(document_at(tmp_path / "a.pdf")).pages
    chunks = split(pages, max_tokens=40, overlap_tokens=0, count_tokens=lambda text: len(text.split()))
    assert [chunk.context for chunk in chunks] == ["", "3 Claims > 3.2 Water damage"]


def test_pdf_with_an_outline_that_leads_nowhere_is_read(tmp_path):
    write_outlined_pdf(tmp_path / "a.pdf", [["words"]], [[1, "Nowhere", -1], [1, "Here", 1]])
    assert levels_and_texts(page_of(tmp_path / "a.pdf")) == [(1, "Here")]


def rows_xml(*rows):
    cells = ["".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row) for row in rows]
    return "".join(f"<row>{cell}</row>" for cell in cells)


def test_header_row_of_a_sheet_is_with_every_chunk_after_the_first(tmp_path):
    rows = [("animal", "naps", "2024"), *((f"fox {number}", "yes", str(number)) for number in range(100))]
    write_xlsx(tmp_path / "a.xlsx", rows=rows_xml(("All animals",), *rows), sheet_count=2)
    pages = read_contents(document_at(tmp_path / "a.xlsx")).pages
    chunks = split(pages, max_tokens=80, overlap_tokens=0, count_tokens=lambda text: len(text.split()))
    by_page = {number: [chunk.context for chunk in chunks if chunk.page_number == number] for number in (1, 2)}
    assert all(contexts[0] == "" for contexts in by_page.values())
    assert set(by_page[1][1:]) == {"Zoo 1 > animal\tnaps\t2024"}
    assert set(by_page[2][1:]) == {"Zoo 2 > animal\tnaps\t2024"}


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_header_line_of_separated_values_is_with_every_chunk_after_the_first(tmp_path, name):
    separator = "," if name == "a.csv" else "\t"
    lines = [("animal", '"naps"'), *((f"fox{number}", "42") for number in range(60))]
    page = page_of(written(tmp_path, name, "\n".join(map(separator.join, lines))))
    chunks = split([page], max_tokens=30, overlap_tokens=0, count_tokens=lambda text: len(text.split()))
    assert {chunk.context for chunk in chunks[1:]} == {separator.join(lines[0])}


@pytest.mark.parametrize("line", ["fox,42", "3,4", "only one cell", "fox,", ""])
def test_first_row_with_numbers_is_no_header(line):
    assert headings_of(f"{line}\nfox,43\n", ".csv") == ()


@pytest.mark.parametrize("name", ["a.txt", "a.py", "a.ipynb"])
def test_what_has_no_headings_of_its_own_has_none(tmp_path, name):
    cells = {"cells": [{"cell_type": "code", "source": "# no heading\n"}]}
    text = json.dumps(cells) if name == "a.ipynb" else "# no heading\n\nnone\n=====\n"
    assert page_of(written(tmp_path, name, text)).headings == ()


TRAPS = {
    "a.md": "```a\n" * 400_000,
    "a.mdx": "# a\n" * 500_000,
    "a.mkd": "#  \n" * 500_000,
    "a.qmd": "#" * 2_000_000 + "\n# " + " " * 2_000_000 + "#",
    "a.rmd": "x\n--\n\n" * 300_000,
    "a.rst": "abc\n===\n\n" * 200_000,
    "a.csv": "a," * 1_000_000,
}


def test_text_made_to_be_slow_is_searched_to_its_end(tmp_path):
    for contents in outcomes_in_time(files_of(tmp_path, TRAPS)):
        assert len(contents.pages[0].headings) <= MAX_HEADINGS
