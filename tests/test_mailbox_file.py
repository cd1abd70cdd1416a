"""Mailboxes: where one message ends and the next begins, whatever the size of the blocks they are read in."""

import pytest
from small_formats import MBOX

from extraction import mailbox_file, reading


def read(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return mailbox_file.read(path)


def subjects(found):
    lines = [line for text in found.texts for line in text.split("\n")]
    return [line.removeprefix("Subject: ") for line in lines if line.startswith("Subject: ")]


@pytest.mark.parametrize("block_bytes", [1, 7, 600, 1 << 20])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_messages_when_read_in_blocks_then_are_the_same(tmp_path, monkeypatch, block_bytes, line_end):
    monkeypatch.setattr(mailbox_file, "_BLOCK_BYTES", block_bytes)
    found = read(tmp_path / "a.mbox", MBOX.replace("\n", line_end))
    assert subjects(found) == ["Füchse", "Shown last"]
    assert "From here on it dreams." in found.texts[0]


def test_message_when_it_speaks_of_dates_then_does_not_end_there(tmp_path):
    text = MBOX.replace("From here on", "\n\nFrom Monday 12:30 to Friday\n\nFrom 9:30 until 2024\nwe sleep")
    assert subjects(read(tmp_path / "a.mbox", text)) == ["Füchse", "Shown last"]


def test_message_when_it_is_too_large_then_its_beginning_counts_and_the_next_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(mailbox_file, "MAX_MESSAGE_BYTES", 3_000)
    monkeypatch.setattr(mailbox_file, "_BLOCK_BYTES", 1_000)
    text = MBOX.replace("It dreams.", "x" * 20_000).replace("xyz", "x" * 20_000)
    found = read(tmp_path / "a.mbox", text)
    assert subjects(found) == ["Füchse", "Shown last"]
    assert len(found.texts[0]) < 5_000


def test_mailbox_when_it_has_thousands_then_the_first_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_PAGES", 3)
    found = read(tmp_path / "a.mbox", MBOX * 5)
    assert (len(found.texts), found.truncated) == (3, True)


def test_mailbox_when_nothing_in_it_is_a_message_then_is_a_text(tmp_path):
    assert read(tmp_path / "a.mbox", "From here to there").texts == ("From here to there",)
