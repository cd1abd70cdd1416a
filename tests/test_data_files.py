"""JSON and XML: lines and letters where programs wrote none."""

import json

import pytest

from extraction.data_files import read_json, read_xml
from extraction.plain_text import MINIFIED_LINE_CHARS


def json_text(path, text):
    path.write_text(text, encoding="utf-8")
    return read_json(path).texts[0]


def xml_text(path, data):
    path.write_bytes(data)
    return read_xml(path).texts[0]


def test_json_when_its_lines_never_end_then_every_value_has_one(tmp_path):
    names = [f"Fuchs {number}" for number in range(MINIFIED_LINE_CHARS // 8)]
    text = json_text(tmp_path / "a.json", json.dumps([{"name": name} for name in names]))
    assert text.count("\n") == len(names) - 1
    assert names[-1] in text


@pytest.mark.parametrize(
    ("escaped", "text"),
    {
        r'"\u0046\u00fcchse"': '"Füchse"',
        r'"\ud83e\udd8a\n"': '"🦊\\n"',
        r'"\ud83e x \udd8a"': r'"\ud83e x \udd8a"',
        r'"C:\\u0041"': r'"C:\\u0041"',
        r'"a\u0022b\u0000\u005c"': r'"a\u0022b\u0000\u005c"',
    }.items(),
)
def test_json_when_its_letters_are_numbers_then_they_are_letters(tmp_path, escaped, text):
    assert json_text(tmp_path / "a.json", escaped) == text


@pytest.mark.parametrize("reader", [read_json, read_xml])
def test_data_when_a_picture_is_inlined_then_it_is_cut(tmp_path, reader):
    (tmp_path / "a").write_text('{"fox": "' + "A" * 100_000 + '", "bear": "狐' + "狐" * 2_000 + '"}', encoding="utf-8")
    text = reader(tmp_path / "a").texts[0]
    assert 2_000 < len(text) < 2_300
    assert text.startswith('{"fox": "AAA')


def test_xml_when_it_declares_its_encoding_then_is_read_by_it(tmp_path):
    data = "<?xml version='1.0' encoding='windows-1251'?><a>Лисы &#252;&amp;</a>".encode("cp1251")
    assert xml_text(tmp_path / "a.xml", data).endswith("<a>Лисы ü&</a>")


def test_xml_when_its_lines_never_end_then_every_element_has_one(tmp_path):
    data = b"<a>" + b"<b>fox</b>" * (MINIFIED_LINE_CHARS // 10) + b"</a>"
    assert xml_text(tmp_path / "a.xml", data).count("\n") == MINIFIED_LINE_CHARS // 10 + 1
