"""The page and the window around it: when it hides, how it shows again, and what it says without an index."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser import SIZE_PX, launched, shell_without_desktop

HIDING = "window.hidings = 0; window.pywebview = { api: { hide: () => { window.hidings += 1 } } }"


@pytest.fixture
def webview(page):
    """The page as pywebview shows it; its window says how often it was to be hidden."""
    page.evaluate(HIDING)
    return lambda: page.evaluate("window.hidings")


def leave(page):
    page.evaluate("window.dispatchEvent(new Event('blur'))")


def come_back(page):
    page.evaluate("window.dispatchEvent(new Event('focus'))")


def ask(page, question, first):
    page.locator(".query").fill(question)
    expect(page.locator(".hit .name").first).to_have_text(first)


def test_escape_when_nothing_is_left_to_clear_then_hides_the_window(page, webview):
    ask(page, "leaking roof", "roof.txt")
    page.keyboard.press("Escape")
    assert (page.locator(".query").input_value(), webview()) == ("", 0)
    page.keyboard.press("Escape")
    assert webview() == 1


def test_escape_when_in_a_browser_then_only_clears(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for _ in range(3):
        page.keyboard.press("Escape")
    ask(page, "leaking roof", "roof.txt")
    assert not [url for url in asked if url.endswith("/api/window")]


def test_window_when_left_then_hides_and_when_shown_again_what_is_typed_replaces_the_question(page, webview):
    ask(page, "leaking roof", "roof.txt")
    leave(page)
    assert webview() == 1
    come_back(page)
    page.keyboard.type("bake an hour")
    expect(page.locator(".query")).to_have_value("bake an hour")


@pytest.mark.parametrize("keys", ["F1", "Control+Space", "Control+K", "Control+,"])
def test_window_when_left_with_something_open_then_stays(page, webview, keys):
    ask(page, "leaking roof", "roof.txt")
    expect(page.locator(".preview")).to_contain_text("tiles")
    page.keyboard.press(keys)
    leave(page)
    come_back(page)
    page.keyboard.press("Escape")
    leave(page)
    assert webview() == 1


def test_window_when_a_picture_is_chosen_then_waits_for_it(page, webview):
    ask(page, "leaking roof", "roof.txt")
    with page.expect_file_chooser():
        page.locator(".attach").click()
    leave(page)
    come_back(page)
    assert webview() == 0
    page.keyboard.type("!")
    expect(page.locator(".query")).to_have_value("leaking roof!")


@pytest.mark.parametrize(("keys", "hidings"), [("Enter", 1), ("Control+Shift+C", 0)])
def test_window_when_another_program_goes_on_with_it_then_hides(page, webview, keys, hidings):
    ask(page, "leaking roof", "roof.txt")
    page.keyboard.press(keys)
    expect(page.locator(".status")).to_contain_text("Opened" if hidings else "Copied")
    assert webview() == hidings


def test_window_when_what_it_opens_is_gone_then_stays_and_says_so(page, webview, window):
    path = window.documents / "bread.md"
    text = path.read_text()
    ask(page, "bake an hour", "bread.md")
    path.unlink()
    page.keyboard.press("Enter")
    expect(page.locator(".alert")).to_contain_text("bread.md is not there now.")
    path.write_text(text)
    assert webview() == 0


@pytest.fixture
def fresh(tmp_path, chromium, starter_weights):
    """A launcher without an index, and a tab on it."""
    shell = shell_without_desktop(tmp_path / "home")
    with launched(shell) as (origin, token), chromium.new_context(viewport=SIZE_PX) as context:
        tab = context.new_page()
        tab.goto(f"{origin}/?t={token}")
        yield shell, tab


def test_index_when_there_is_none_then_enter_leads_to_where_a_folder_is_added(fresh, documents):
    _, tab = fresh
    expect(tab.get_by_role("button", name="Add a folder")).to_be_visible()
    expect(tab.locator(".notice h1")).to_have_text("There is no index yet")
    tab.keyboard.press("Enter")
    expect(tab.locator(".add .line")).to_be_focused()
    tab.keyboard.type(str(documents))
    tab.keyboard.press("Enter")
    expect(tab.locator(".index-page h2").first).to_have_text("4 documents", timeout=60_000)
    tab.keyboard.press("Escape")
    expect(tab.locator(".hit")).to_have_count(4)


def test_index_when_it_is_made_elsewhere_then_is_noticed(fresh, documents):
    shell, tab = fresh
    expect(tab.get_by_role("button", name="Add a folder")).to_be_visible()
    assert shell("index", documents, "--ocr", "off").returncode == 0
    expect(tab.locator(".hit")).to_have_count(4, timeout=30_000)


def test_model_when_it_is_missing_then_one_click_leads_to_the_models(page):
    missing = json.dumps({"error": "The model is not here.", "hint": "launcher models", "page": "models"})
    page.route("**/api/recent", lambda route: route.fulfill(status=400, body=missing))
    come_back(page)
    page.get_by_role("button", name="Show the models").click()
    expect(page.get_by_role("tab", name="Models")).to_be_focused()


def test_launcher_when_it_starts_then_the_page_says_so(page):
    counts = {"documents": 0, "chunks": 0, "notice": "", "platform": "linux", "is_ready": False}
    page.route("**/api/status", lambda route: route.fulfill(body=json.dumps(counts)))
    page.route("**/api/recent", lambda _: None)  # no answer yet
    come_back(page)
    expect(page.locator(".notice h1")).to_have_text("Starting …")


def test_launcher_when_it_has_ended_then_its_page_says_so_once(fresh):
    shell, tab = fresh
    expect(tab.locator(".notice")).to_be_visible()
    faults = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    assert shell("quit").returncode == 0
    expect(tab.locator(".notice h1")).to_have_text("The launcher is not running any more.", timeout=30_000)
    asked = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.wait_for_timeout(5000)
    assert (asked, faults) == ([], [])
