"""Names and texts that somebody else chose, in a real browser: they are shown as they are, and never run."""

import pytest
from playwright.sync_api import expect

from tests.browser import write_files

MARK = "document.body.setAttribute('data-ran',1)"
# What each file is called, and what it says: no two are versions of one another. On Linux a name may hold anything but
# "/" and NUL.
FILES = {
    f"<img src=x onerror={MARK}>.txt": "The orchard was sold to the railway, which never built the station.",
    f"'\"><svg onload={MARK}>.txt": "Geese guard the orchard at night and wake the whole village.",
    f"${{{MARK}}}.txt": "In the orchard behind the school we learned to graft pears.",
    f"{{{{constructor.constructor({MARK!r})()}}}}.txt": "Her violin was carved from a cherry tree of this orchard.",
    "C:\\users\\new\\temp\\x41\\u0041.txt": "Tax on an orchard is due in April, says the letter.",
    "`\\`+alert(1)+`.txt": "Snow broke the oldest tree of the orchard in two.",
    "\"quoted\" 'name' & more #%41.txt": "Bees of the orchard moved into the chimney.",
    "-rf --help.txt": "A map shows the orchard, the well and three gates.",
    "日本語 e\u0301 😀.txt": "The orchard has cider for sale on Sundays.",
}
HOSTILE_TEXT = (
    f"An orchard. <script>{MARK}</script><img src=x onerror={MARK}> ${{{MARK}}} {{{{{MARK}}}}} "
    f"</div></template><iframe srcdoc='<script>parent.{MARK}</script>'></iframe> C:\\users\\new"
)


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    return write_files(tmp_path_factory.mktemp("documents"), FILES | {"text.txt": HOSTILE_TEXT})


@pytest.fixture
def rows(page):
    page.get_by_role("combobox").fill("orchard")
    rows = page.get_by_role("option")
    expect(rows.filter(has_text="orchard")).to_have_count(len(FILES) + 1)  # before, there were the recent documents
    return rows


def test_name_when_it_is_code_then_is_shown_and_does_nothing(page, rows, screenshot):
    for name, text in FILES.items():
        expect(rows.filter(has_text=text[:40])).to_contain_text(name)
    for text in [*FILES.values(), HOSTILE_TEXT]:  # their previews too
        rows.filter(has_text=text[:40]).click()
        expect(page.get_by_role("complementary")).to_contain_text(text)
    page.wait_for_timeout(300)  # a picture that does not load takes its time to say so
    assert page.evaluate("document.body.dataset.ran") is None
    screenshot("names")


def test_name_when_it_is_strange_then_exactly_that_file_is_opened(page, window, rows):
    for text in FILES.values():
        with page.expect_response("**/api/open"):
            rows.filter(has_text=text[:40]).dblclick()
    assert window.opened() == [str(window.documents / name) for name in FILES]
