from pathlib import Path

import pytest

from errors import SettingsError
from judgements import of_documents, read_judgements, read_queries

FOLDER = Path("/sets/cranfield/docs")
INDEXED = {"/sets/cranfield/docs/184.txt", "/sets/cranfield/docs/a b.md", "/sets/cranfield/docs/x/7.txt"}


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "file"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    "text",
    [
        '{"id": "1", "text": "roof repair"}\n{"id": "Q2", "text": "bread"}\n',
        '{"_id": 1, "text": "roof repair", "metadata": {}}\r\n\r\n{"_id": "Q2", "query": "bread"}',
        "\ufeff1\troof repair\nQ2\tbread",
    ],
)
def test_queries_when_in_a_form_of_test_collections_then_read(written, text):
    assert read_queries(written(text)) == {"1": "roof repair", "Q2": "bread"}


@pytest.mark.parametrize(
    "line", ['{"id": "2"}', '{"id": "2", "text": ', "no tab in it", "\tno id", '{"id": "1", "text": "x"}']
)
def test_queries_when_a_line_is_none_or_comes_twice_then_says_which(written, line):
    with pytest.raises(SettingsError, match="line 2 "):
        read_queries(written('{"id": "1", "text": "roof"}\n' + line))


@pytest.mark.parametrize(
    "text",
    [
        "1\tdocs/a b.md\t2\n1\tdocs/184.txt\t-1\n",
        "query-id\tcorpus-id\tscore\n1\tdocs/a b.md\t2\n1\tdocs/184.txt\t-1\n",
        "1\t0\tdocs/a b.md\t2\r\n1\tQ0\tdocs/184.txt\t-1\r\n",
    ],
)
def test_judgements_when_in_a_form_of_test_collections_then_read(written, text):
    assert read_judgements(written(text)) == {"1": {"docs/a b.md": 2, "docs/184.txt": -1}}


def test_judgements_when_blanks_separate_as_in_trec_then_read(written):
    assert read_judgements(written("1 0 184 1\n1  0  7  0\n")) == {"1": {"184": 1, "7": 0}}


@pytest.mark.parametrize("line", ["1 docs/1.txt", "1\tdocs/1.txt\thigh", '{"id": "1", "text": "roof"}'])
def test_judgements_when_a_line_is_none_then_says_which(written, line):
    with pytest.raises(SettingsError, match="line 2 is no judgement"):
        read_judgements(written("1\tdocs/1.txt\t1\n" + line))


@pytest.mark.parametrize("read", [read_queries, read_judgements])
def test_file_when_empty_missing_or_no_text_then_says_so(written, tmp_path, read):
    with pytest.raises(SettingsError, match="no "):
        read(written("\n \n"))
    with pytest.raises(SettingsError, match="Cannot read"):
        read(tmp_path / "nothing")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="no text in UTF-8"):
        read(tmp_path / "binary")


@pytest.mark.parametrize("name", ["184.txt", "docs/184.txt", "184", "/sets/cranfield/docs/184.txt"])
def test_document_when_written_in_one_of_the_ways_then_is_its_path(name):
    assert of_documents({"1": {name: 1}}, FOLDER, INDEXED) == {"1": {"/sets/cranfield/docs/184.txt": 1}}


def test_document_when_it_is_not_there_then_stays_as_written():
    assert of_documents({"1": {"docs/9.txt": 1}}, FOLDER, INDEXED) == {"1": {"docs/9.txt": 1}}


def test_document_when_two_have_the_name_then_is_neither():
    assert of_documents({"1": {"7": 1}}, FOLDER, {*INDEXED, "/sets/cranfield/docs/y/7.txt"}) == {"1": {"7": 1}}
