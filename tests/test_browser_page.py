"""What only a real browser shows of the page: quick look, several hits, what was before, films, tables and examples."""

import pytest
from PIL import Image
from playwright.sync_api import expect
from small_documents import encoded
from small_videos import GREEN, RED, scene, write_video

from tests.browser import TEXTS, write_files

ROWS = "date,place,litres\n2024-02-01,Skarvholm,48\n2024-02-02,Lisbon,51\n"
LETTER = "From: Anna <anna@example.org>\nSubject: The roof\n\nDear all, who mends the roof of the boathouse?\n"


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    folder = write_files(tmp_path_factory.mktemp("documents"), TEXTS | {"fuel.csv": ROWS, "anna.eml": LETTER})
    spoken = [("eng", "webvtt", [(3.0, "Here the gardener plants tulips")])]
    write_video(folder / "garden.webm", [scene(RED)] * 30 + [scene(GREEN)] * 30, codec="libvpx-vp9", spoken=spoken)
    return folder


def ask(page, question, first):
    """Ask, and wait until that document is the first."""
    page.locator(".query").fill(question)
    expect(page.locator(".hit .name").first).to_have_text(first)


def test_box_when_empty_then_lists_what_was_changed_and_then_opened(page):
    expect(page.locator(".hit")).to_have_count(7)
    expect(page.locator(".welcome")).to_be_visible()
    ask(page, "bake an hour", "bread.md")
    page.keyboard.press("Enter")
    expect(page.locator(".status")).to_contain_text("Opened")
    page.keyboard.press("Escape")
    expect(page.locator(".hit .name").first).to_have_text("bread.md")
    expect(page.locator(".hit .why").first).to_have_text("opened")


def test_space_when_the_box_is_empty_then_looks_closer_and_else_is_a_blank(page):
    expect(page.locator(".hit").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.get_by_role("dialog", name="Quick look")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Quick look")).to_have_count(0)
    page.locator(".query").press_sequentially("leaking roof")
    expect(page.locator(".query")).to_have_value("leaking roof")
    page.keyboard.press("Control+Space")
    expect(page.get_by_role("dialog", name="Quick look")).to_contain_text("The roof is leaking.")


def test_several_when_selected_then_are_acted_on_together(page, window):
    ask(page, "leaking roof", "roof.txt")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator(".hit[aria-selected=true]")).to_have_count(2)
    expect(page.locator(".status")).to_contain_text("2 selected")
    page.locator(".hit").nth(3).click(modifiers=["Control"])
    page.keyboard.press("Control+Shift+C")
    expect(page.locator(".status")).to_have_text("Copied 3 documents")
    page.keyboard.press("Escape")
    expect(page.locator(".hit[aria-selected=true]")).to_have_count(1)
    expect(page.locator(".query")).to_have_value("leaking roof")


def test_up_when_nothing_is_typed_then_brings_what_was_asked_before(page):
    for question, first in (("leaking roof", "roof.txt"), ("bake an hour", "bread.md")):
        ask(page, question, first)
        page.keyboard.press("Escape")
    expect(page.locator(".hit")).to_have_count(7)  # what was used lately
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")  # back to none of what was used lately
    for question in ("bake an hour", "leaking roof"):
        page.keyboard.press("ArrowUp")
        expect(page.locator(".query")).to_have_value(question)
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "leaking roof" not in stored


def test_film_when_played_then_begins_where_it_was_found(page, screenshot):
    ask(page, "planting tulips", "garden.webm")
    expect(page.locator("video")).to_have_count(0)
    page.get_by_role("button", name="Play from 0:03").click()
    film = page.locator("video")
    expect(film).to_be_visible()
    page.wait_for_function("document.querySelector('video').played.length > 0")
    assert film.evaluate("(film) => film.muted && !film.error && film.played.start(0) >= 2.9")
    screenshot("film")


def test_table_and_letter_and_code_when_previewed_then_look_like_it(page):
    ask(page, "litres in Lisbon", "fuel.csv")
    expect(page.locator(".excerpt td").nth(4)).to_have_text("Skarvholm")
    ask(page, "who mends the boathouse", "anna.eml")
    expect(page.locator(".letter dd").first).to_have_text("Anna <anna@example.org>")
    ask(page, "wait until the person stops typing", "debounce.js")
    expect(page.locator(".excerpt .line").nth(1).locator(".number")).to_have_text("2")
    ask(page, "leaking roof", "roof.txt")
    expect(page.locator(".excerpt .sentence")).to_have_text("The roof is leaking.")
    expect(page.locator(".excerpt .line")).to_have_count(0)


def test_examples_when_given_then_are_chips_that_can_be_taken_away(page):
    ask(page, "leaking roof", "roof.txt")
    page.keyboard.press("Alt+Shift+Enter")
    expect(page.locator(".like-chip.is-unlike")).to_contain_text("roof.txt")
    expect(page.locator(".hit .name").first).not_to_have_text("roof.txt")
    page.keyboard.press("Home")
    page.locator(".query").evaluate("(box) => box.setSelectionRange(0, 0)")
    page.keyboard.press("Backspace")
    expect(page.locator(".like-chip")).to_have_count(0)
    expect(page.locator(".hit .name").first).to_have_text("roof.txt")


def test_pictures_when_several_are_given_then_are_several_chips(page):
    chooser = page.locator(".picture-file")
    buffers = [encoded(Image.new("RGB", (64, 48), colour)) for colour in ("red", "lime")]
    pictures = [{"name": "a.png", "mimeType": "image/png", "buffer": buffer} for buffer in buffers]
    with page.expect_request(lambda request: "pictures=" in request.url) as asked:
        chooser.set_input_files(pictures[0])
        chooser.set_input_files(pictures[1])
    assert asked.value.method == "POST"
    expect(page.locator(".picture-chip")).to_have_count(2)


def test_facet_when_chosen_then_is_written_as_a_filter(page, window):
    ask(page, "the bill for the gutter", "plumber.txt")
    page.keyboard.press("Control+F")
    page.get_by_role("menuitem", name="invoices").click()
    expect(page.locator(".query")).to_have_value(f"in:{window.documents / 'invoices'} the bill for the gutter")
    expect(page.locator(".hit")).to_have_count(1)
    expect(page.locator(".query")).to_be_focused()


def test_word_when_mistyped_then_what_was_meant_can_be_asked(page):
    page.locator(".query").fill("sourdouhg zzyzx")
    page.get_by_role("button", name="Did you mean “sourdough zzyzx”?").click()
    expect(page.locator(".query")).to_have_value("sourdough zzyzx")


def test_help_when_asked_for_then_takes_the_focus_and_gives_it_back(page, screenshot):
    page.keyboard.press("F1")
    expect(page.get_by_role("dialog", name="Keys")).to_be_focused()
    screenshot("keys")
    page.keyboard.press("Escape")
    expect(page.locator(".query")).to_be_focused()
