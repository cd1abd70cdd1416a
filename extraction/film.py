"""Films: what they say of themselves, and the subtitles in them. What they show is for `extraction.video`."""

import re
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Disposition
from av.subtitles.stream import SubtitleStream
from av.subtitles.subtitle import AssSubtitle

from extraction.film_file import forgiven, opened, start_s
from extraction.lost_pages import is_late
from extraction.reading import MAX_TEXT_CHARS, Reading, capped, iso_date
from extraction.subtitles import Line, once, pages_of, plain_lines

_MAX_TRACKS = 2  # of subtitles, each in another language
_MAX_VALUE_CHARS = 20_000

# As tags are called by one kind of file or another; the first that there is counts.
_NAMES = {
    "Artist": ("artist", "author", "album_artist", "performer"),
    "Album": ("album",),
    "Series": ("show",),
    "Description": ("synopsis", "description", "comment", "comments"),
    "Genre": ("genre",),
    "Keywords": ("keywords",),
}
_CLOCKS = ("creationdate", "creation_time")
_CREATED = (*_CLOCKS, "date", "date_recorded", "date_released")
_CLOCK_IS_SET = "1990"  # others say 1904 or 1970
_PLACE = re.compile(r"([+-]\d\d(?:\.\d+)?)([+-]\d{3}(?:\.\d+)?)")  # ISO 6709 in degrees, as cameras write it


def read(path: Path) -> Reading:
    """A page with what the film says of itself, if that is more than its title, and one for every minute of subtitles.

    Raises:
        DocumentError: Damaged, or of a kind that FFmpeg does not know.
    """
    with opened(path) as film:
        tags = _tags(film.metadata)
        about = _about(tags)
        tracks, is_whole = _spoken(film)
    pages = [page for track in tracks for page in pages_of(once(track))]
    texts, is_cut = capped(chain([about] if about else [], ("\n".join(line.text for line in page) for page in pages)))
    seconds = ([None] if about else []) + [page[0].second for page in pages]
    return Reading(
        texts,
        title=tags.get("title", ""),
        created=_created(tags),
        place=_place(tags),
        seconds=tuple(seconds[: len(texts)]),
        truncated=is_cut or not is_whole,
    )


def _tags(metadata: Mapping[str, str]) -> dict[str, str]:
    """By their plain names: "com.apple.quicktime.title" and Matroska's "TITLE" are titles too."""
    return {
        name.lower().removeprefix("com.apple.quicktime."): value.replace("\0", " ").strip()[:_MAX_VALUE_CHARS]
        for name, value in metadata.items()
    }


def _about(tags: Mapping[str, str]) -> str:
    found = {label: next((tags[name] for name in names if tags.get(name)), "") for label, names in _NAMES.items()}
    lines = [f"{label}: {value}" for label, value in found.items() if value]
    return "\n".join([f"Title: {tags['title']}", *lines] if lines and tags.get("title") else lines)


def _created(tags: Mapping[str, str]) -> str:
    dates = ((name, iso_date(tags.get(name, ""))) for name in _CREATED)
    return next((date for name, date in dates if date and (name not in _CLOCKS or date >= _CLOCK_IS_SET)), "")


def _place(tags: Mapping[str, str]) -> str:
    match = _PLACE.match(tags.get("location", "") or tags.get("location.iso6709", ""))
    if not match:
        return ""
    latitude, longitude = float(match[1]), float(match[2])
    is_on_earth = abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude or longitude)  # 0, 0 means: no fix
    return f"{latitude:.5f}, {longitude:.5f}" if is_on_earth else ""


def _spoken(film: InputContainer) -> tuple[list[list[Line]], bool]:
    """The lines of each track of subtitles, and whether those are all: it may be late, or the film broken."""
    lines: dict[int, list[Line]] = {track.index: [] for track in _tracks(film)}
    if not lines:
        return [], True
    for stream in film.streams:
        stream.discard = Discard.default if stream.index in lines else Discard.all
    room_chars, is_whole = MAX_TEXT_CHARS, False
    with forgiven():
        for packet in film.demux(list(lines)):
            found = _lines(packet, start_s(film))
            lines[packet.stream.index] += found
            room_chars -= sum(len(line.text) for line in found)
            if room_chars < 0 or is_late():
                break
        else:
            is_whole = True
    return list(lines.values()), is_whole


def _tracks(film: InputContainer) -> list[SubtitleStream]:
    """The first track of each language; those that translate a few signs only come last."""
    of_language: dict[str | None, SubtitleStream] = {}
    for track in sorted(film.streams.subtitles, key=lambda track: bool(track.disposition & Disposition.forced)):
        if track.codec_context is not None and track.codec_context.codec.text_sub:  # others are pictures of letters
            of_language.setdefault(track.language, track)
    return list(of_language.values())[:_MAX_TRACKS]


def _lines(packet: "Packet[Any]", start: float) -> list[Line]:
    """FFmpeg makes a line of ASS of whatever it was."""
    if not packet.size or packet.pts is None:
        return []
    second = max(0.0, float(packet.pts * packet.time_base) - start)
    rects: Sequence[Any] = ()
    with forgiven():
        rects = packet.decode()
    spoken = (rect.ass.decode(errors="replace").split(",", 8)[-1] for rect in rects if isinstance(rect, AssSubtitle))
    return [Line(second, plain) for text in spoken for plain in plain_lines(text)]
