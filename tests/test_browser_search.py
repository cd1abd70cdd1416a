"""The window in a real browser: typing, the list, the keys, light and dark."""

import base64
import re
import shutil

import pytest
from PIL import Image
from playwright.sync_api import expect
from small_documents import encoded

from tests.browser import SCREENSHOTS, SIZE_PX, open_window, write_files
from tests.shell import SAMPLES

# As a browser does it when the person presses Ctrl+V.
PASTE = """
([data, type]) => {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const given = new DataTransfer();
  given.items.add(new File([bytes], "clip.png", { type }));
  const event = new ClipboardEvent("paste", { clipboardData: given, bubbles: true, cancelable: true });
  document.activeElement.dispatchEvent(event);
}
"""
KEPT = """
async () => [
  ...Object.entries(localStorage).flat(),
  ...Object.entries(sessionStorage).flat(),
  ...(await indexedDB.databases()).map(({ name }) => name),
  ...(await caches.keys()),
  document.cookie,
].join(" ")
"""


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    folder = write_files(tmp_path_factory.mktemp("documents"))
    shutil.copy(SAMPLES / "household" / "floor plan.png", folder)
    return folder


@pytest.fixture
def box(page):
    return page.get_by_role("combobox")


@pytest.fixture
def rows(page):
    return page.get_by_role("option")


def test_search_when_typed_then_what_is_meant_comes_first(box, rows, screenshot):
    box.press_sequentially("water under the tiles")
    expect(rows.first).to_contain_text("roof.txt")
    expect(rows.first).to_have_attribute("aria-selected", "true")
    screenshot("search")


def test_enter_when_pressed_at_once_then_opens_what_was_typed(page, window, box):
    box.press_sequentially("bake an hour")
    page.keyboard.press("Enter")
    expect(page.locator(".status")).to_contain_text("Opened")
    assert window.opened()[-1] == str(window.documents / "bread.md")


def test_arrows_when_pressed_then_select_and_tell_a_screen_reader(page, window, box, rows):
    box.fill("the bill for the gutter on the roof")
    expect(rows.first.locator("mark").first).to_have_text("bill")  # before, there were the recent documents
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", rows.nth(1).get_attribute("id"))
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator(".status")).to_contain_text("Opened")
    assert window.opened()[-1] == str(window.documents / "invoices" / "plumber.txt")


def test_filter_when_written_then_is_a_chip_that_can_be_taken_away(page, box, rows):
    box.fill("water type:code")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("debounce.js")
    page.get_by_role("group", name="Filters").get_by_role("button").first.click()
    expect(rows.nth(1)).to_be_visible()
    expect(box).to_have_value(re.compile("^water *$"))


def test_picture_when_pasted_then_its_copy_is_found_and_words_narrow_it(page, box, rows, screenshot):
    with Image.open(SAMPLES / "household" / "floor plan.png") as picture:
        shown = encoded(picture.convert("RGB").resize((500, 400)), "PNG")
    page.evaluate(PASTE, [base64.b64encode(shown).decode(), "image/png"])
    expect(rows.first).to_contain_text("floor plan.png")
    screenshot("picture")
    box.fill("type:text")
    expect(rows.filter(has_text="floor plan.png")).to_have_count(0)


def test_page_when_it_is_used_then_asks_nobody_else_and_keeps_nothing(page, window, box, rows):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    box.fill("a very private question about the roof")
    expect(rows.first.locator("mark").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    own = (window.origin, "data:", f"blob:{window.origin}")
    assert len(asked) > 10
    assert [url for url in asked if not url.startswith(own)] == []
    kept = page.evaluate(KEPT)
    assert "private" not in kept
    assert window.token not in kept


def test_escape_when_pressed_then_clears_what_was_typed(page, box, rows):
    box.fill("bread")
    rows.first.wait_for()
    page.keyboard.press("Escape")
    expect(box).to_have_value("")
    expect(box).to_be_focused()


def test_help_when_asked_for_then_shows_and_goes(page):
    page.keyboard.press("F1")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_when_the_system_is_light_or_dark_then_follow_it(chromium, window, scheme):
    with chromium.new_context(color_scheme=scheme, viewport=SIZE_PX) as context:
        tab = context.new_page()
        open_window(tab, window)
        tab.get_by_role("combobox").fill("roof")
        tab.get_by_role("option").first.wait_for()
        tab.screenshot(path=SCREENSHOTS / f"{scheme}.png")
        ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        red = int(ground.partition("(")[2].split(",")[0])
        assert (red > 200) is (scheme == "light")
