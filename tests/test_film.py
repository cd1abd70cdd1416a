"""Films: what they say of themselves and what is said in them, in every kind of file; hostile ones too."""

import struct

import pytest
from patience import files_of, outcomes_in_time
from small_documents import document_at
from small_formats import film_bytes
from small_videos import GREEN, RED, scene, write_video

from corpus import Page
from errors import DocumentError
from extraction import film, read_contents, reading
from extraction.chunking import split
from extraction.workers import ExtractionPool

TAGS = {
    "title": "Fox song",
    "artist": "The Foxes",
    "comment": "Shot in the zoo",
    "creation_time": "2024-05-01T12:30:00Z",
    "date": "2023-01-02",
}
ABOUT = "Title: Fox song\nArtist: The Foxes\nDescription: Shot in the zoo"
SPOKEN = ((0.5, "<i>The fox</i> naps"), (3, "It dreams\nof grapes"), (61, "It &amp; wakes"))
CLOCK, DAY = "2024-05-01T12:30:00+00:00", "2023-01-02T00:00:00"
KINDS = {
    "a.mp4": ("libx264", "mov_text", CLOCK),
    "a.mov": ("libx264", "mov_text", CLOCK),
    "a.mkv": ("libx264", "subrip", CLOCK),
    "b.mkv": ("mpeg4", "ass", CLOCK),
    "a.webm": ("libvpx-vp9", "webvtt", CLOCK),
    "a.flv": ("flv", None, CLOCK),
    "a.avi": ("mpeg4", None, DAY),
    "a.wmv": ("wmv2", None, DAY),
}

FRAMES = [scene(colour) for colour in (RED, GREEN) for _ in range(10)]


def written(path, *, codec="mpeg4", kind="mov_text", spoken=SPOKEN, **more):
    write_video(path, FRAMES, codec=codec, spoken=[("eng", kind, spoken)] if kind else [], **more)
    return path


@pytest.mark.parametrize("name", KINDS)
def test_film_when_of_any_kind_then_says_what_it_is(tmp_path, name):
    codec, kind, created = KINDS[name]
    contents = read_contents(document_at(written(tmp_path / name, codec=codec, kind=kind, tags=TAGS)))
    assert (contents.kind, contents.title, contents.created) == ("video", "Fox song", created)
    assert contents.pages[0] == Page(1, ABOUT)
    said = [Page(2, "The fox naps\nIt dreams\nof grapes", second=0.5), Page(3, "It & wakes", second=61.0)]
    assert list(contents.pages[1:]) == (said if kind else [])
    assert not contents.truncated


def test_film_when_it_has_nothing_but_a_title_then_has_no_page(tmp_path):
    found = film.read(written(tmp_path / "a.mkv", kind=None, tags={"title": "Fox song"}))
    assert (found.title, found.texts, found.seconds) == ("Fox song", (), ())


def test_mpeg_when_read_then_is_a_film_without_words(tmp_path):
    path = written(tmp_path / "a.mpg", codec="mpeg2video", kind=None, rate=25)
    assert film.read(path) == reading.Reading()


@pytest.mark.parametrize(
    ("location", "place"),
    {
        "+48.2082+016.3738/": "48.20820, 16.37380",
        "-33.8568+151.2153+058.7/": "-33.85680, 151.21530",
        "+00.0000+000.0000/": "",
        "+99.0000+016.3738/": "",
        "in the zoo": "",
    }.items(),
)
def test_film_when_a_telephone_knew_where_it_was_then_has_its_place(tmp_path, location, place):
    assert film.read(written(tmp_path / "a.mp4", kind=None, tags={"location": location})).place == place


def test_film_when_apple_names_its_tags_then_they_are_known(tmp_path):
    names = {"title": "Fox song", "creationdate": "2024-05-01T14:30:00+0200", "location.ISO6709": "+48.2082+016.3738/"}
    tags = {f"com.apple.quicktime.{name}": value for name, value in names.items()}
    path = written(tmp_path / "a.mov", kind=None, tags=tags, container_options={"movflags": "use_metadata_tags"})
    found = film.read(path)
    assert (found.title, found.created, found.place) == ("Fox song", "2024-05-01T14:30:00+02:00", "48.20820, 16.37380")


@pytest.mark.parametrize("seconds", [0, 1, 2_082_844_801])
def test_film_when_its_clock_was_never_set_then_has_the_day_that_somebody_gave_it(tmp_path, seconds):
    (tmp_path / "a.mp4").write_bytes(film_bytes(created=seconds))
    assert film.read(tmp_path / "a.mp4").created.startswith("2024-05-01")


def test_subtitles_when_of_several_tracks_then_one_of_each_of_two_languages_is_read(tmp_path):
    tracks = {"forced eng": "A sign", "eng": "The fox", "deu": "Der Fuchs", "fra": "Le renard"}
    spoken = [(language, "subrip", ((1, text),)) for language, text in tracks.items()]
    write_video(tmp_path / "a.mkv", FRAMES, spoken=[*spoken, spoken[1]])
    found = film.read(tmp_path / "a.mkv")
    assert (found.texts, found.seconds) == (("The fox", "Der Fuchs"), (1.0, 1.0))


def test_subtitles_when_pictures_of_letters_come_first_then_the_words_are_read(tmp_path):
    write_video(tmp_path / "a.mkv", FRAMES, spoken=[("eng", "dvdsub", ()), ("eng", "subrip", ((1, "The fox"),))])
    assert film.read(tmp_path / "a.mkv").texts == ("The fox",)


def test_subtitles_when_they_draw_or_repeat_themselves_then_only_new_words_are_read(tmp_path):
    lines = ((1, r"{\an8}The fox"), (2, "The fox"), (3, r"{\p1}m 0 0 l 9 9{\p0}"), (4, r"naps\Nnow"))
    assert film.read(written(tmp_path / "a.mkv", kind="ass", spoken=lines)).texts == ("The fox\nnaps\nnow",)


def test_subtitles_when_found_then_their_chunks_know_the_second(tmp_path):
    contents = read_contents(document_at(written(tmp_path / "a.mp4")))
    chunks = split(contents.pages, max_tokens=9, overlap_tokens=0, count_tokens=lambda text: len(text.split()))
    assert [(chunk.text, chunk.second) for chunk in chunks] == [
        ("The fox naps\nIt dreams\nof grapes", 0.5),
        ("It & wakes", 61.0),
    ]


def test_subtitles_when_there_are_too_many_then_each_page_left_has_its_second(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_PAGES", 2)
    lines = [(60 * minute, f"minute {minute}") for minute in range(4)]
    found = film.read(written(tmp_path / "a.mkv", kind="subrip", spoken=lines, tags={"artist": "The Foxes"}))
    assert (found.texts, found.seconds) == (("Artist: The Foxes", "minute 0"), (None, 0.0))
    assert found.truncated


def test_subtitles_when_it_is_late_then_those_read_so_far_count(tmp_path, monkeypatch):
    monkeypatch.setattr(film, "is_late", lambda: True)
    found = film.read(written(tmp_path / "a.mkv", kind="subrip"))
    assert (found.texts, found.truncated) == (("The fox naps",), True)


def test_subtitles_when_endless_then_are_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr(film, "MAX_TEXT_CHARS", 5)
    found = film.read(written(tmp_path / "a.mkv", kind="subrip"))
    assert (found.texts, found.truncated) == (("The fox naps",), True)


def cut(path):
    """What says where its frames are comes last."""
    path.write_bytes(path.read_bytes().partition(b"moov")[0])


def element(name, *parts):
    """Of Matroska."""
    body = b"".join(parts)
    return bytes.fromhex(name) + b"\x01" + len(body).to_bytes(7, "big") + body


def fill_with_tracks(path):
    sound = element("83", b"\x02"), element("86", b"A_PCM/INT/LIT")
    tracks = (element("ae", element("d7", number.to_bytes(2, "big")), *sound) for number in range(1, 10_000))
    head = element("1a45dfa3", element("4282", b"matroska"))
    path.write_bytes(head + element("18538067", element("1654ae6b", *tracks)))


def list_another(path):
    write_video(path.with_name("secret.mkv"), [scene(RED)], tags={"title": "secret"})
    path.write_bytes(b"ffconcat version 1.0\nfile secret.mkv\n#\0\0\0\0\n")


@pytest.mark.parametrize("harm", [cut, fill_with_tracks, list_another], ids=lambda harm: harm.__name__)
def test_film_when_damaged_or_made_to_harm_then_says_so(tmp_path, harm):
    harm(written(tmp_path / "a.mp4"))
    with ExtractionPool() as pool:
        [(_, outcome)] = pool.read([document_at(tmp_path / "a.mp4")])
    assert isinstance(outcome, DocumentError)
    assert outcome.reason == "damaged or unsupported kind of video"


def test_films_when_their_numbers_lie_then_reading_ends(tmp_path):
    whole = written(tmp_path / "whole.mp4", tags=TAGS).read_bytes()
    traps = {f"{place}.mp4": whole[:place] + b"\xff" * 4 + whole[place + 4 :] for place in range(40, len(whole), 23)}
    traps["boxes.mp4"] = struct.pack(">L4sL4s", 8, b"ftyp", 8, b"free") + struct.pack(">L4s", 8, b"free") * 1_000_000
    assert len(outcomes_in_time(files_of(tmp_path, traps))) == len(traps)
