"""Chunks: whole words of one page, no longer than the embedder takes, ending where a reader would pause."""

import random

import pytest
from patience import files_of, outcomes_in_time

from corpus import Contents, Heading, Page
from extraction.chunking import split

CHINESE = "素早い狐が眠る。犬は走る。"


def count_words(text):
    return len(text.split())


def count_characters(text):
    return len(text.strip())


def count_one(text):
    return 1


def chunks_of(*texts, max_tokens=10, overlap_tokens=0, count_tokens=count_words, **limits):
    pages = [Page(number, text) for number, text in enumerate(texts, start=1)]
    return split(pages, max_tokens=max_tokens, overlap_tokens=overlap_tokens, count_tokens=count_tokens, **limits)


def texts_of(*texts, **sizes):
    return [chunk.text for chunk in chunks_of(*texts, **sizes)]


def sections(*titles_and_words, blank="\n\n"):
    """A page of sections: (level, title, number of words) each."""
    text, headings = "", []
    for number, (level, title, words) in enumerate(titles_and_words):
        headings.append(Heading(len(text), level, title))
        text += f"{title}{blank}{numbered(words).replace('w', 'abcdef'[number])}{blank}"
    return Page(1, text, tuple(headings))


def split_words(*pages, max_tokens=12, overlap_tokens=0):
    return split(pages, max_tokens=max_tokens, overlap_tokens=overlap_tokens, count_tokens=count_words)


def numbered(count, separator=" "):
    return separator.join(f"w{number}" for number in range(count))


def random_text(seed):
    """Words of all lengths between blanks of all kinds, some of them Chinese."""
    dice = random.Random(seed)
    words = ("a", "fox.", "brown", "“naps!”", "x" * 70, "y" * 300, CHINESE, "été")
    blanks = (" ", "  ", "\n", "\n\n", "\n \n", "\t", "\u3000", "")
    return "".join(dice.choice(words) + dice.choice(blanks) for _ in range(dice.randrange(1, 200)))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("max_tokens", "overlap_tokens"), [(1, 0), (7, 3), (40, 8), (500, 499)])
def test_chunk_is_a_trimmed_piece_of_its_page_that_fits(seed, max_tokens, overlap_tokens):
    text = random_text(seed)
    sizes = {"max_tokens": max_tokens, "overlap_tokens": overlap_tokens, "count_tokens": count_characters}
    for chunk in chunks_of(text, **sizes):
        assert chunk.text == text[chunk.start_char : chunk.end_char] == chunk.text.strip() != ""
        assert count_characters(chunk.text) <= max_tokens


@pytest.mark.parametrize("seed", range(20))
def test_every_word_is_in_a_chunk_and_every_chunk_brings_a_new_one(seed):
    text = random_text(seed)
    end = 0
    sizes = {"max_tokens": 30, "overlap_tokens": 10, "limit": 10_000}
    for chunk in chunks_of(text, count_tokens=count_characters, **sizes):
        assert text[end : chunk.start_char].strip() == ""
        assert chunk.end_char > end
        end = chunk.end_char
    assert text[end:].strip() == ""


def test_short_page_is_one_chunk_without_its_margins():
    [chunk] = chunks_of("\n\n  The fox\n\nnaps. \n")
    assert (chunk.page_number, chunk.start_char, chunk.end_char, chunk.text) == (1, 4, 18, "The fox\n\nnaps.")


@pytest.mark.parametrize("text", ["", " \n\t ", "\n" * 10_000])
def test_page_without_text_has_no_chunk(text):
    assert chunks_of(text) == []


@pytest.mark.parametrize(
    ("text", "first"),
    {
        "a b c d e\nf\n\ng\nh. i j k l": "a b c d e\nf",
        "a b c d e.\nf g. h i j k l": "a b c d e.",
        "a b c d e f. g h i j k l": "a b c d e f.",
        "a b c d e (f!) g h i j k l": "a b c d e (f!)",
        "a b c d e f g h i j k l": "a b c d e f g h i j",
        "a b.\n\nc d e f g h i j k l": "a b.\n\nc d e f g h i j",
    }.items(),
    ids=["paragraph", "line", "sentence", "quoted sentence", "word", "not for a stump of a chunk"],
)
def test_chunk_ends_at_the_best_pause_of_its_second_half(text, first):
    assert texts_of(text)[0] == first


def test_neighbours_share_about_the_overlap():
    first, second, *_ = texts_of(numbered(30), overlap_tokens=3)
    assert (first.split()[-3:], len(second.split())) == (second.split()[:3], 10)


def test_overlap_never_crosses_a_page():
    assert [chunk.text for chunk in chunks_of("one two", "three four", overlap_tokens=5)] == ["one two", "three four"]


def test_word_is_not_torn_where_it_fits_a_chunk_of_its_own():
    long = "x" * 200
    sizes = {"max_tokens": 210, "overlap_tokens": 40, "count_tokens": count_characters}
    assert texts_of(f"{'fox ' * 40}{long} naps", **sizes)[1] == f"{long} naps"


def test_word_longer_than_a_chunk_is_cut_by_characters():
    pieces = texts_of("x" * 1_000, max_tokens=128, count_tokens=count_characters)
    assert "".join(pieces) == "x" * 1_000
    assert max(map(len, pieces)) <= 128


def test_text_without_blanks_is_cut_between_characters_at_ends_of_sentences():
    pieces = texts_of(CHINESE * 10, max_tokens=20, count_tokens=count_characters)
    assert "".join(pieces) == CHINESE * 10
    assert all(piece.endswith("。") for piece in pieces)


@pytest.mark.parametrize("max_tokens", [2, 3, 4, 5])
def test_chunk_never_begins_with_what_closes_a_sentence(max_tokens):
    pieces = texts_of("犬が眠る。」狐は走る。」鳥、魚。" * 5, max_tokens=max_tokens + 1, count_tokens=count_characters)
    assert not {piece[0] for piece in pieces} & set("。、」")


def test_overlap_begins_with_a_whole_word():
    pieces = texts_of(f"fox {'x' * 130} naps " * 5, max_tokens=300, overlap_tokens=80, count_tokens=count_characters)
    assert {piece.split()[0] for piece in pieces} <= {"fox", "naps", "x" * 130}


def test_limit_keeps_the_first_chunks_of_every_page():
    pages = [numbered(100)] * 3
    chunks = chunks_of(*pages, limit=7)
    assert [chunk.page_number for chunk in chunks] == [1, 1, 1, 2, 2, 3, 3]
    assert chunks[0].text.startswith("w0 ")


def test_of_more_pages_than_the_limit_evenly_spaced_ones_are_kept():
    chunks = chunks_of(*["fox", ""] * 20, limit=5)
    assert [chunk.page_number for chunk in chunks] == [1, 9, 17, 25, 33]


def test_word_is_counted_once_and_nothing_beyond_the_limit():
    asked = []
    chunks = chunks_of("the fox naps " * 1_000, count_tokens=lambda text: asked.append(text) or count_words(text))
    assert sorted(asked) == sorted({"the", "fox", "naps"} | {chunk.text for chunk in chunks})
    asked.clear()
    asked.clear()
    chunks_of(numbered(1_000), count_tokens=lambda text: asked.append(text) or count_words(text), limit=2)
    assert len(asked) < 30


def test_chunk_with_its_context_is_counted_once():
    asked = []
    page = sections((1, "One", 100))
    counting = {
        "max_tokens": 12,
        "overlap_tokens": 0,
        "count_tokens": lambda text: asked.append(text) or count_words(text),
    }
    embedded = [chunk.embedded_text for chunk in split([page], **counting)]
    assert [text for text in asked if len(text.split()) > 1] == embedded


def test_chunk_fits_even_where_words_together_are_more_tokens_than_apart():
    for text in texts_of(numbered(100), max_tokens=40, overlap_tokens=9, count_tokens=count_characters):
        assert len(text) <= 40


def test_blanks_that_cost_tokens_are_counted():
    indented = "\n        ".join(["return"] * 10)
    assert len(texts_of(indented, max_tokens=10, count_tokens=count_one)) == 2


def split_under_headings(document):
    """Runs in a worker: a heading at every line of the document."""
    text = document.path.read_text()
    headings = tuple(Heading(start, 1 + start % 7, "A heading") for start in range(0, len(text), 55))
    chunks = [
        chunk
        for page in (Page(1, text), Page(1, text, headings))
        for chunk in split([page], max_tokens=250, overlap_tokens=30, count_tokens=count_one, limit=1_000_000)
    ]
    return Contents("text", (), title=str(len(chunks)))


def test_millions_of_characters_and_thousands_of_headings_are_split_to_their_end(tmp_path):
    text = "The quick brown fox jumps over the lazy dog, and naps.\n" * 70_000
    [contents] = outcomes_in_time(files_of(tmp_path, {"a.txt": text}), split_under_headings)
    assert int(contents.title) > 1_000


@pytest.mark.parametrize(("max_tokens", "overlap_tokens"), [(0, 0), (10, 10), (10, -1)])
def test_sizes_that_make_no_progress_are_refused(max_tokens, overlap_tokens):
    with pytest.raises(ValueError, match="overlap_tokens"):
        chunks_of("fox", max_tokens=max_tokens, overlap_tokens=overlap_tokens)


def test_context_is_the_path_of_headings_above_the_chunk():
    page = sections((1, "One", 2), (2, "Two", 30), (3, "Three", 30), (2, "Four", 30), (1, "Five", 30))
    seen = {(chunk.text[0], chunk.context) for chunk in split_words(page, max_tokens=24) if chunk.text[0].islower()}
    assert seen == {("b", "One > Two"), ("c", "One > Two > Three"), ("d", "One > Four"), ("e", "Five")}


def test_context_is_no_part_of_the_text_and_counts_towards_the_limit():
    first, second, *_ = split_words(sections((1, "Water damage", 100)), max_tokens=12)
    assert (first.context, first.text) == ("", "Water damage\n\na0 a1 a2 a3 a4 a5 a6 a7 a8 a9")
    assert (second.context, second.text) == ("Water damage", "a10 a11 a12 a13 a14 a15 a16 a17 a18 a19")
    assert second.embedded_text == f"Water damage\n{second.text}"


def test_chunk_ends_before_a_heading_and_shares_nothing_with_what_is_before_it():
    page = sections((1, "One", 8), (2, "Two", 8), (2, "Three", 8))
    chunks = split_words(page, max_tokens=12, overlap_tokens=4)
    assert [chunk.text.split()[0] for chunk in chunks] == ["One", "Two", "Three"]
    assert [chunk.context for chunk in chunks] == ["", "One", "One"]


def test_heading_on_a_page_before_holds_until_the_next_one():
    pages = [
        Page(1, "One a b", (Heading(0, 1, "One"),)),
        Page(2, "c d"),
        Page(3, "e f Two g h", (Heading(4, 1, "Two"),)),
        Page(4, "i j", (Heading(-1, 2, "Not on the page"),)),
    ]
    found = [(chunk.page_number, chunk.text, chunk.context) for chunk in split_words(*pages, max_tokens=40)]
    assert found == [
        (1, "One a b", ""),
        (2, "c d", "One"),
        (3, "e f Two g h", "One"),
        (4, "i j", "Two > Not on the page"),
    ]


def test_context_that_takes_too_much_loses_its_outer_headings_then_its_last_words():
    page = sections((1, "One a", 0), (2, "Two", 0), (3, "Three", 100))
    assert {chunk.context for chunk in split_words(page, max_tokens=12)[2:]} == {"Two > Three"}
    page = sections((1, "A heading that nobody wants to read", 100))
    assert {chunk.context for chunk in split_words(page, max_tokens=12)[2:]} == {"A heading that"}


def test_of_headings_deep_inside_each_other_the_innermost_count():
    deep = Page(1, "words", tuple(Heading(0, level, f"H{level}") for level in range(99)))
    assert split_words(deep, Page(2, "words"), max_tokens=99)[-1].context == "H93 > H94 > H95 > H96 > H97 > H98"


def test_word_that_leaves_no_room_goes_without_context():
    page = Page(1, f"One\n\n{'x' * 39}", (Heading(0, 1, "One"),))
    chunks = split([page], max_tokens=40, overlap_tokens=0, count_tokens=len)
    assert [(chunk.text, chunk.context) for chunk in chunks] == [("One", ""), ("x" * 39, "")]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("max_tokens", "overlap_tokens"), [(1, 0), (7, 3), (40, 8), (500, 499)])
def test_chunk_with_its_context_fits_and_no_word_is_lost(seed, max_tokens, overlap_tokens):
    text, dice, end = random_text(seed), random.Random(seed), 0
    starts = sorted(dice.sample(range(-1, len(text)), min(20, len(text))))
    page = Page(
        1, text, tuple(Heading(start, dice.randrange(4), "A heading " * dice.randrange(1, 9)) for start in starts)
    )
    sizes = {"max_tokens": max_tokens, "overlap_tokens": overlap_tokens, "count_tokens": count_characters}
    for chunk in split([page], **sizes, limit=10_000):
        assert chunk.text == text[chunk.start_char : chunk.end_char]
        assert count_characters(chunk.embedded_text) <= max_tokens
        assert text[end : chunk.start_char].strip() == ""
        end = chunk.end_char
    assert text[end:].strip() == ""
