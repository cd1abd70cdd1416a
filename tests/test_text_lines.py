"""Lines in reading order; a character is as wide as high."""

import numpy as np
import pytest

from extraction.text_lines import Line, in_reading_order, is_upended, sides, upright


def line(text, left, top, *, height=10):
    return Line(text, left, top, left + height * len(text), top + height)


def paragraph(words, left, top):
    return [line(f"{word} says something long", left, top + 20 * number) for number, word in enumerate(words.split())]


def first_words(text):
    return [row.split()[0] for row in text.split("\n") if row]


def test_order_when_lines_stand_beside_each_other_then_they_are_one_row():
    rows = [line("25.85", 300, 42), line("TOTAL", 0, 40), line("Hammer", 0, 22), line("18.90", 300, 20)]
    assert in_reading_order(rows) == "Hammer 18.90\nTOTAL 25.85"


def test_order_when_there_is_a_gap_then_a_paragraph_ends():
    rows = [line("Dear Anna,", 0, 0), line("it rains.", 0, 15), line("Yours", 0, 60)]
    assert in_reading_order(rows) == "Dear Anna,\nit rains.\n\nYours"


def test_order_when_there_are_columns_then_one_after_the_other():
    text = in_reading_order(paragraph("one two three", 0, 0) + paragraph("four five six", 400, 5))
    assert first_words(text) == ["one", "two", "three", "four", "five", "six"]


def test_order_when_a_title_is_above_columns_then_it_comes_first():
    columns = paragraph("one two three", 0, 60) + paragraph("four five six", 400, 60)
    text = in_reading_order([*columns, line("headline over both of the columns below it", 100, 0, height=14)])
    assert first_words(text) == ["headline", "one", "two", "three", "four", "five", "six"]


def test_order_when_cells_are_short_then_a_table_is_read_by_rows():
    cells = [line(f"{row}{column}", 100 * column, 15 * row) for row in range(4) for column in range(3)]
    assert in_reading_order(cells) == "00 01 02\n10 11 12\n20 21 22\n30 31 32"


def test_order_when_a_word_is_broken_at_the_end_of_a_line_then_it_is_whole_again():
    assert in_reading_order([line("the insu-", 0, 0), line("rance pays", 0, 15)]) == "the insurance pays"


def test_order_when_there_is_nothing_then_it_is_empty():
    assert in_reading_order([]) == ""


def box(left, top, width, height):
    return [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]


# Two lines of a page of 100 x 60, the upper one longer, as they stand after the page was turned; whether each, turned
# to the left where it runs down or up, stands on its head; and whether it does run so.
PLACES = {
    "not": ([box(10, 10, 80, 10), box(10, 30, 40, 10)], False, False),
    "to the left": ([box(10, 10, 10, 80), box(30, 50, 10, 40)], True, True),
    "upside down": ([box(10, 40, 80, 10), box(50, 20, 40, 10)], True, False),
    "to the right": ([box(40, 10, 10, 80), box(20, 10, 10, 40)], False, True),
}


@pytest.mark.parametrize("turned", PLACES)
def test_upright_when_a_page_is_turned_then_lines_are_where_they_would_be(turned):
    boxes, is_turned, runs_down = PLACES[turned]
    boxes = np.array(boxes, np.float32)
    assert list(is_upended(boxes)) == [runs_down] * 2
    (left, top, right, bottom), (left2, top2, right2, bottom2) = upright(boxes, np.full(2, is_turned)).tolist()
    assert (right - left, bottom - top, right2 - left2, bottom2 - top2) == pytest.approx((80, 10, 40, 10), abs=0.01)
    assert (left2, top2) == pytest.approx((left, top + 20), abs=0.01)


def test_sides_when_a_box_leans_then_they_are_along_it():
    leaning = np.array([[(0, 0), (30, 40), (22, 46), (-8, 6)]], np.float32)
    assert [side.tolist() for side in sides(leaning)] == [[50.0], [10.0]]
