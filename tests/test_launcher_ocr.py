"""The real command on pictures and scanned documents, with the starter model."""

import json

import pytest

from index_store import read_index
from tests.shell import Shell
from tests.small_scans import photo, picture_of, write_scan


@pytest.fixture(scope="module")
def scans(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scans")
    write_scan(folder / "0017.pdf", "A page of text. " * 10, picture_of())
    picture_of(["CYCLE REPAIR SHOP", "inner tube 7.90", "brake pads 12.40"], turned=180).save(folder / "IMG_2231.jpg")
    photo().save(folder / "IMG_2232.jpg")
    return folder


@pytest.fixture(scope="module")
def read(tmp_path_factory, starter_weights, scans):
    """The scans, indexed with words in pictures."""
    shell = Shell(tmp_path_factory.mktemp("home"))
    shell.report = json.loads(shell("index", scans, "--json").stdout.splitlines()[-1])
    return shell


def found(shell, *query):
    return [(hit["path"].rpartition("/")[2], hit["page_number"]) for hit in shell.hits(*query)]


def test_index_when_there_are_scans_then_their_words_are_read(read):
    assert (read.report["indexed"], read.report["recognised"], read.report["recognised_pages"]) == (3, 2, 2)
    assert read.report["failed"] == []


def test_search_when_a_word_stands_on_a_scanned_page_then_finds_that_page(read):
    assert found(read, "Kowalski")[0] == ("0017.pdf", 2)


@pytest.mark.parametrize(
    ("query", "place"),
    [("heating system needs a spare part", ("0017.pdf", 2)), ("mending my bike", ("IMG_2231.jpg", 1))],
)
def test_search_when_a_scan_is_meant_then_finds_it_without_a_word_of_it(read, query, place):
    assert found(read, query)[0] == place


def test_search_when_a_picture_has_words_then_its_name_still_finds_it(read):
    assert found(read, "IMG_2231")[0][0] == "IMG_2231.jpg"


def test_index_when_repeated_then_nothing_is_read_again(read):
    report = json.loads(read("index", "--json").stdout.splitlines()[-1])
    assert (report["unchanged"], report["recognised"]) == (3, 0)


def test_status_when_words_were_read_then_counts_them_apart(read):
    by_kind = read.json("status")["by_kind"]
    assert by_kind["pdf"] == {"text": 1, "ocr": 1}
    assert by_kind["picture"] == {"ocr": 1, "name": 1}
    assert "BY OCR" in read("status").stdout


def test_explain_when_words_were_read_then_says_on_which_pages(read, scans):
    output = read("explain", scans / "0017.pdf").stdout
    assert "found by its text and its words in pictures" in output
    assert "characters on p. 2" in output
    assert "p. 2, ocr" in output


def test_doctor_when_words_can_be_read_then_says_by_what(read):
    assert "words in pictures: read by rapidocr" in read("doctor").stdout


def test_ocr_when_off_then_the_root_remembers_it(read, scans, tmp_path):
    shell = Shell(tmp_path / "home")
    shell("index", scans, "--ocr", "off", "--ocr-language", "latin")
    assert json.loads(shell("index", "--json").stdout.splitlines()[-1])["recognised"] == 0
    assert "looks for words" not in shell("explain", scans / "0017.pdf").stdout
    assert found(shell, "Kowalski", "--type", "pdf")[0] == ("0017.pdf", 1)
    assert [(root.ocr, root.ocr_language) for root in read_index(shell.index_dir).roots] == [("off", "latin")]


@pytest.mark.parametrize("options", [("--ocr", "maybe"), ("--ocr-language", "klingon")])
def test_ocr_when_an_option_is_wrong_then_exit_code_is_2(shell, options):
    assert shell("index", *options).returncode == 2


WITHOUT = """
import sys
sys.path.insert(0, sys.argv[1])
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "onnxruntime" else find(name, package)
import importlib.metadata
version = importlib.metadata.version
importlib.metadata.version = lambda name: version("none" if name == "onnxruntime" else name)
import launcher
sys.exit(launcher.main(sys.argv[2:]))
"""


def test_index_when_onnxruntime_is_not_there_and_no_picture_either_then_nobody_is_told(shell, folder):
    assert shell.script(WITHOUT, "index", folder).stderr == ""


def test_doctor_when_onnxruntime_is_not_for_this_machine_then_says_so_and_nothing_is_wrong(read):
    result = read.script(WITHOUT, "doctor")
    assert "words in pictures: not read" in result.stdout
    assert result.returncode == 0, result.stdout


def test_index_when_onnxruntime_is_not_there_then_says_so_once_and_all_else_works(shell, scans):
    first, second = (shell.script(WITHOUT, "index", scans) for _ in range(2))
    assert "Indexed 3" in first.stdout
    assert first.stderr.count("Words in pictures are not read") == 1
    assert second.returncode == 0
    assert found(shell, "IMG_2231")[0][0] == "IMG_2231.jpg"
