"""E-mail as it comes from strangers: parts within parts, odd encodings, and traps for parsers."""

import base64

import pytest
from patience import files_of, outcomes_in_time
from small_documents import SENTENCE

from extraction import mail, mime
from extraction.mime import decoded_words, leaves, parsed


@pytest.fixture
def text_of(tmp_path):
    def read(data):
        (tmp_path / "a.eml").write_bytes(data if isinstance(data, bytes) else data.encode())
        return mail.read(tmp_path / "a.eml").texts[0]

    return read


@pytest.mark.parametrize(
    ("words", "text"),
    {
        "plain": "plain",
        "=?utf-8?q?F=C3=BCchse_da?= und =?ISO-8859-1?Q?B=E4r?=": "Füchse da und Bär",
        "=?utf-8?b?RsO8?=\n =?utf-8?b?Y2hzZQ==?=": "Füchse",
        "=?utf-8?b?Rsc=?= =?utf-8?q?=9F?=": "FǟF"[:2],  # a character cut in two
        "=?iso-2022-jp?B?GyRCOFEbKEI=?=": "狐",
        "=?no-such?q?F=FCchse?=": "Füchse",
        "=?utf-8?q?never ends": "=?utf-8?q?never ends",
    }.items(),
)
def test_words_when_they_are_encoded_then_are_read(words, text):
    assert decoded_words(words) == text


def test_text_when_it_is_html_only_then_is_read_without_its_tags(text_of):
    assert text_of("Subject: x\nContent-Type: text/html\n\n<p>Zwei <b>Füchse</b></p>") == "Subject: x\n\nZwei Füchse"


def test_text_when_in_an_encoding_that_looks_like_ascii_then_is_read(text_of):
    body = "狐が眠る".encode("iso2022_jp")
    assert text_of(b"Content-Type: text/plain; charset=ISO-2022-JP\n\n" + body).endswith("狐が眠る")


NESTED = f"""Subject: Zoo
Content-Type: multipart/mixed; boundary="a b"

a preamble
--a b
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

F=C3=BCchse=
 schlafen
--inner
Content-Type: text/html

<p>hidden</p>
--inner--
--a b
Content-Type: text/plain

{SENTENCE}
--a b
Content-Type: text/plain; name="notes.txt"
Content-Disposition: attachment

hidden
--a b
Content-Type: application/pdf
Content-Disposition: attachment; filename*=utf-8''F%C3%BCchse.pdf

--a b
Content-Type: image/png; name="=?utf-8?q?B=C3=A4r?=.png"

--a b
Content-Type: message/rfc822

Subject: Re: Zoo

hidden
--a b--
an epilogue
"""


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_message_when_it_has_many_parts_then_its_own_text_and_the_names_of_the_rest_are_read(text_of, line_end):
    lines = text_of(NESTED.replace("\n", line_end)).replace("\r", "").split("\n")
    assert [line for line in lines if line] == [
        "Subject: Zoo",
        "Füchse schlafen",
        SENTENCE,
        "Attachments: notes.txt, Füchse.pdf, Bär.png, Re: Zoo",
    ]


def test_base64_when_it_is_cut_off_or_dirty_then_what_is_there_is_read(text_of):
    body = base64.b64encode(SENTENCE.encode())[:-5].decode()
    packed = f"Content-Transfer-Encoding: base64\n\n{body[:9]}\n!{body[9:]}"
    assert text_of(packed).strip() == SENTENCE[:-2]


def test_date_when_it_is_none_then_there_is_none(tmp_path):
    (tmp_path / "a.eml").write_text("Date: 99 Foo 99999999999999999999\n\nx")
    assert mail.read(tmp_path / "a.eml").created == ""


@pytest.mark.parametrize("fault", ["To: x\n: y\n\n", "no header at all", "\n\nbody", "Content-Type:\n\nx", "=?"])
def test_message_when_its_headers_are_broken_then_is_read(text_of, fault):
    assert isinstance(text_of(fault), str)


TRAPS = {
    "addresses": b"To: " + b"a@example.org, " * 200_000,
    "comments": b"To: " + b"(" * 1_000_000,
    "words": b"Subject: " + b"=?utf-8?q?a?= " * 200_000,
    "half words": b"Subject: " + b"=?" * 1_000_000,
    "parameters": b"Content-Type: text/plain" + b'; a="' * 500_000,
    "headers": b"X-Fox: 1\n" * 400_000,
    "folds": b"Subject: a" + b"\n a" * 500_000,
    "blank lines": b"Subject: a\n" + b"\n" * 4_000_000,
    "parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 400_000,
    "nesting": b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(20_000)),
    "messages": b"Content-Type: message/rfc822\n\n" * 50_000,
}


def test_message_when_it_is_a_trap_then_reading_ends(tmp_path):
    traps = {f"{name}.eml": start + b"\n\nbody" for name, start in TRAPS.items()}
    assert all(contents.kind == "email" for contents in outcomes_in_time(files_of(tmp_path, traps)))


def test_parts_when_there_are_thousands_then_the_first_count(monkeypatch):
    monkeypatch.setattr(mime, "MAX_PARTS", 3)
    message = parsed(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 10)
    assert len(list(leaves(message))) <= 3


def test_message_when_it_is_too_large_then_its_beginning_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(mail, "MAX_MESSAGE_BYTES", 30)
    (tmp_path / "a.eml").write_bytes(b"Subject: x\n\n" + b"fox " * 100)
    reading = mail.read(tmp_path / "a.eml")
    assert reading.truncated
    assert reading.texts[0].endswith("fox fox fo")
