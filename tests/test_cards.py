"""Calendars and address cards, as programs of thirty years write them."""

import pytest
from patience import files_of, outcomes_in_time

from extraction import cards
from extraction.cards import read_calendar, read_cards


@pytest.fixture
def card(tmp_path):
    def read(*lines, encoding="utf-8"):
        text = "\r\n".join(["BEGIN:VCARD", *lines, "END:VCARD", ""])
        (tmp_path / "a.vcf").write_bytes(text.encode(encoding))
        return read_cards(tmp_path / "a.vcf").texts[0].split("\n")

    return read


@pytest.fixture
def event(tmp_path):
    def read(*lines):
        text = "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""])
        (tmp_path / "a.ics").write_bytes(text.encode())
        return read_calendar(tmp_path / "a.ics")

    return read


@pytest.mark.parametrize(
    ("line", "shown"),
    {
        "FN:Ada\\, Countess": "Ada, Countess",
        "N:Lovelace;Ada;King;Mrs;;": "Mrs Ada King Lovelace",
        "FN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:F=FCchslein": "Füchslein",
        "NOTE;QUOTED-PRINTABLE:one=0D=0Atwo": "Note: one\ntwo",
        "ADR;WORK:;;1 Fox Lane\\; rear;;;;": "Address: 1 Fox Lane; rear",
        "TEL;VALUE=uri:tel:+44-1": "Phone: +44-1",
        'EMAIL;X-A="b:c;d":ada@example.org': "Mail: ada@example.org",
        "URL:http://example.org/a;b": "http://example.org/a;b",
        "BDAY:--0203": "Birthday: --0203",
        "bday:1815-12-10": "Birthday: 1815-12-10",
    }.items(),
)
def test_line_of_a_card_when_shown_then_is_as_a_person_writes_it(card, line, shown):
    assert card(line) == shown.split("\n")


def test_card_when_it_has_a_picture_then_only_words_are_read(card):
    picture = ["PHOTO;BASE64;TYPE=JPEG:", " /9j/4AAQ", " SkZJRg==", "", "LOGO;ENCODING=b:AAAA"]
    assert card("FN:Ada", *picture, "TEL:1") == ["Ada", "Phone: 1"]


def test_card_when_in_16_bits_then_is_read(card):
    assert card("FN:Füchslein", encoding="utf-16") == ["Füchslein"]


def test_card_when_it_is_the_only_one_then_gives_the_title(tmp_path):
    (tmp_path / "a.vcf").write_text("BEGIN:VCARD\nFN:Ada\nEND:VCARD\n")
    assert read_cards(tmp_path / "a.vcf").title == "Ada"


@pytest.mark.parametrize(
    ("lines", "when"),
    {
        ("DTSTART:20240501T123000Z", "DTEND:20240501T133000Z"): "2024-05-01 12:30 to 13:30",
        ("DTSTART:20240501T220000", "DTEND:20240502T060000"): "2024-05-01 22:00 to 2024-05-02 06:00",
        ("DTSTART;VALUE=DATE:20240501", "DTEND;VALUE=DATE:20240501"): "2024-05-01",
        ("DTSTART:soon",): "",
    }.items(),
)
def test_event_when_it_has_a_time_then_it_is_shown(event, lines, when):
    assert event(*lines).texts[0] == when


def test_event_when_it_is_the_only_one_then_gives_title_and_day(event):
    reading = event("SUMMARY:Feeding", "CREATED:20240501T123000Z")
    assert (reading.title, reading.created) == ("Feeding", "2024-05-01T12:30:00+00:00")


def test_people_when_they_come_to_an_event_then_are_listed_once(event):
    line = "ATTENDEE;CN=Ada:mailto:ada@example.org"
    assert (
        event(line, line, "ATTENDEE:MAILTO:ben@example.org").texts[0] == "With: Ada <ada@example.org>, ben@example.org"
    )


@pytest.mark.parametrize("text", ["", "BEGIN:VCALENDAR", "END:VEVENT\nBEGIN:VEVENT\nSUMMARY", "BEGIN:VALARM\nX:y"])
def test_calendar_when_there_is_nothing_in_it_then_its_page_is_blank(tmp_path, text):
    (tmp_path / "a.ics").write_text(text)
    assert read_calendar(tmp_path / "a.ics").texts == ("",)


def test_calendar_when_it_is_longer_than_all_others_then_its_beginning_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(cards, "MAX_LINES", 3)
    (tmp_path / "a.ics").write_text("BEGIN:VEVENT\nSUMMARY:a\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:b\nEND:VEVENT\n")
    reading = read_calendar(tmp_path / "a.ics")
    assert (reading.texts, reading.truncated) == (("a",), True)


TRAPS = {
    "parameters": "BEGIN:VEVENT\nSUMMARY" + ";a" * 1_000_000,
    "quotes": "BEGIN:VEVENT\nSUMMARY" + ';a="' * 500_000,
    "folds": "BEGIN:VEVENT\nSUMMARY:a" + "\n b" * 500_000,
    "printable": "BEGIN:VEVENT\nSUMMARY;ENCODING=QUOTED-PRINTABLE:" + "=\n" * 500_000,
    "events": "BEGIN:VEVENT\nEND:VEVENT\n" * 600_000,
}


def test_calendar_when_it_is_a_trap_then_reading_ends(tmp_path):
    traps = {f"{name}.ics": f"BEGIN:VCALENDAR\n{text}" for name, text in TRAPS.items()}
    assert all(contents.kind == "text" for contents in outcomes_in_time(files_of(tmp_path, traps)))
