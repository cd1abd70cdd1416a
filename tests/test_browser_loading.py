"""The window while the model is not in memory, and what it says of documents that are read in part."""

import json

import pytest
from playwright.sync_api import expect

QUESTION = "the bill for the gutter on the roof"


class Model:
    """Stands for that of the launcher: until it is there, only the last of the hits are found, in reverse."""

    def __init__(self, page):
        self.page = page
        self.found = 2  # of the hits
        self.waiting = []
        self.is_there = False
        page.route("**/api/search?*", self.answer)
        page.route("**/api/ready", self.wait)

    def answer(self, route):
        answer = route.fetch().json()
        if not self.is_there:
            answer |= {"meaning_follows": True, "hits": answer["hits"][::-1][: self.found], "rerank": ""}
        route.fulfill(body=json.dumps(answer))

    def wait(self, route):
        self.waiting.append(route)

    def comes(self):
        self.is_there = True
        self.waiting.pop().fulfill(body="{}")

    def fails(self):
        told = {"error": "The model is not here.", "hint": "launcher models", "page": "models"}
        self.waiting.pop().fulfill(status=400, body=json.dumps(told))


@pytest.fixture
def model(page):
    yield Model(page)
    page.unroute_all(behavior="wait")


@pytest.fixture
def rows(page):
    return page.get_by_role("option")


def ask(page):
    page.get_by_role("combobox").fill(QUESTION)
    expect(page.locator(".status")).to_contain_text("by meaning once the model is loaded")


def test_list_when_the_model_comes_then_gets_better_by_itself(page, model, rows):
    ask(page)
    expect(rows).to_have_count(2)
    assert len(model.waiting) == 1
    model.comes()
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("plumber.txt")
    expect(rows.first).to_have_attribute("aria-selected", "true")
    expect(page.locator(".status")).not_to_contain_text("meaning")


def test_list_when_it_gets_better_then_what_was_chosen_stays_selected(page, model, rows):
    ask(page)
    expect(rows).to_have_count(2)
    page.keyboard.press("ArrowDown")
    chosen = rows.nth(1).locator(".name").get_attribute("title")
    model.comes()
    expect(rows).to_have_count(4)
    expect(page.locator("[aria-selected=true] .name")).to_have_text(chosen)


def test_question_when_typed_on_then_the_model_is_waited_for_once_and_the_newest_is_answered(page, model, rows):
    ask(page)
    for letter in " or":
        page.keyboard.type(letter)
    expect(page.get_by_role("combobox")).to_have_value(f"{QUESTION} or")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    assert len(model.waiting) == 1
    model.comes()
    expect(rows).to_have_count(4)
    assert "or" in asked[-1]


def test_question_when_words_find_nothing_then_says_that_meaning_is_still_to_come(page, model, rows):
    model.found = 0
    ask(page)
    expect(page.locator(".notice h1")).to_have_text("No word or name matches")
    model.comes()
    expect(rows).to_have_count(4)


def test_model_when_it_cannot_be_had_then_says_why_and_what_words_found_stays(page, model, rows):
    ask(page)
    model.fails()
    expect(page.locator(".alert")).to_contain_text("The model is not here.")
    expect(rows).to_have_count(2)


def test_start_when_the_model_is_not_there_then_says_so_until_it_is(page, model):
    told = {"documents": 4, "chunks": 4, "notice": "", "platform": "linux"}

    def status(route):
        route.fulfill(body=json.dumps(told | {"is_ready": model.is_there}))

    page.route("**/api/status", status)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator(".status")).to_contain_text("meaning follows")
    expect(page.get_by_role("option")).to_have_count(4)
    model.comes()
    expect(page.locator(".status")).to_have_text("4 documents · 4 passages")


def test_document_when_read_in_part_then_row_and_preview_say_so(page, rows):
    def begun(route):
        answer = route.fetch().json()
        answer["hits"][0]["is_begun"] = True
        route.fulfill(body=json.dumps(answer))

    page.route("**/api/search?*", begun)
    page.get_by_role("combobox").fill(QUESTION)
    expect(rows.first).to_contain_text("first pages so far")
    expect(rows.nth(1)).not_to_contain_text("first pages so far")
    expect(page.locator(".preview .facts-list")).to_contain_text("Only its first pages so far")
