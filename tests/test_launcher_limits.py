"""`index` with limits of one's own: what they are, what is refused, and what they do."""

import pytest
from test_lost_pages import timed, write_pdf_with_endless_page

from arguments import build_parser
from extraction.workers import Limits
from index_run import options_of, reading_pool


def pool_of(*options):
    return reading_pool(options_of(build_parser().parse_args(["index", *options]), threads=2))


def test_index_when_nothing_is_said_then_has_the_limits_of_the_manual():
    limits = pool_of("--workers", "1").limits
    assert limits == Limits()
    assert (limits.time_s, limits.page_s, limits.views_s, limits.memory_bytes) == (20, 10, 60, 2048 << 20)


def test_index_when_limits_are_given_then_workers_have_them():
    assert pool_of("--workers", "3", "--time-limit", "7", "--memory-limit", "1500").limits == Limits(7, 1500 << 20)


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--time-limit", "0", "not a whole number of 1 or more: '0'"),
        ("--time-limit", "1.5", "not a whole number of 1 or more: '1.5'"),
        ("--memory-limit", "512", "what reads documents needs 1024 MB or more: '512'"),
        ("--memory-limit", "2GB", "not a whole number of 1 or more: '2GB'"),
        ("--workers", "none", "not a whole number of 1 or more: 'none'"),
    ],
)
def test_index_when_a_limit_makes_no_sense_then_refused(capsys, option, value, told):
    with pytest.raises(SystemExit, match="2"):
        build_parser().parse_args(["index", option, value])
    assert f"argument {option}: {told}" in capsys.readouterr().err


@timed
def test_index_when_a_page_takes_too_long_then_the_others_are_found_and_status_says_so(shell, tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    document = write_pdf_with_endless_page(docs / "forms.pdf")
    assert shell("index", docs, "--time-limit", "2", "--ocr", "off").returncode == 0
    assert [hit["page_number"] for hit in shell.hits("third")] == [3]
    assert shell.json("explain", document.path)["record"]["lost_pages"] == [2]
    assert shell.json("status")["failed"] == [
        [str(document.path), "read in part: pages which took too long or crashed the reader"]
    ]
