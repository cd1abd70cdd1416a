from datetime import datetime
from pathlib import Path

import pytest

import console
from errors import SettingsError
from indexer import Report
from ranking import Reason
from search_engine import Hit


def hit(**changes):
    values = {
        "path": Path("/docs/plan.txt"),
        "kind": "text",
        "chance": 1.0,
        "cosine": 0.5,
        "page_number": 1,
        "page_count": 1,
        "passage": "The roof leaks.",
        "marks": ((4, 8),),
        "context": "The roof leaks.",
        "size_bytes": 1,
        "modified": datetime(2024, 3, 31).astimezone(),
        "is_missing": False,
        "why": ("meaning",),
    }
    return Hit(**{**values, **changes})


def test_print_hits_when_a_name_is_hostile_then_it_is_only_text(capsys):
    console.print_hits([hit(path=Path("/docs/[bold]x[red]\x1b[31m\n${1}.txt"))])
    output = capsys.readouterr().out
    assert "[bold]x[red]" in output
    assert "\x1b" not in output
    assert len(output.splitlines()) == 3


def test_print_hits_when_a_document_has_pages_then_names_the_page(capsys):
    console.print_hits([hit(page_number=3, page_count=12)])
    assert "p. 3 of 12" in capsys.readouterr().out


def test_print_hits_when_a_file_is_gone_then_says_missing(capsys):
    console.print_hits([hit(is_missing=True)])
    assert "missing" in capsys.readouterr().out


def test_print_hits_when_its_drive_is_not_plugged_in_then_says_so(capsys):
    console.print_hits([hit(is_missing=True, is_unplugged=True)])
    assert "on a drive that is not plugged in" in capsys.readouterr().out


def test_print_hits_when_none_is_likely_then_says_so_and_shows_them_all_the_same(capsys):
    console.print_hits([hit(chance=0.05)])
    printed = capsys.readouterr()
    assert "Nothing here matches well." in printed.err
    assert "5%" in printed.out


def test_print_hits_when_one_is_likely_then_says_nothing_more(capsys):
    console.print_hits([hit(chance=0.05), hit(chance=0.6)])
    assert capsys.readouterr().err == ""


def test_print_hits_when_asked_why_then_says_what_speaks_for_it_and_the_closest_sentence(capsys):
    reasons = (Reason("words", 0.6, "the best passage has every word"),)
    found = hit(reasons=reasons, context="It rained. The roof leaks.")
    console.print_hits([found], closest=lambda shown: (11, len(shown.context)))
    printed = " ".join(capsys.readouterr().out.split())
    assert "words 60%: the best passage has every word" in printed
    assert "closest: The roof leaks." in printed


def test_print_hits_when_there_are_none_then_says_so_beside_the_result(capsys):
    console.print_hits([])
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Nothing found" in captured.err


def test_print_error_when_the_message_has_brackets_then_keeps_them(capsys):
    console.print_error(SettingsError("no [bold] folder", hint="try [this]"))
    assert capsys.readouterr().err == "error: no [bold] folder\nhint: try [this]\n"


def test_print_report_when_much_failed_then_groups_reasons_and_shows_ten(capsys):
    failed = [(Path(f"/docs/{number}.pdf"), "encrypted") for number in range(30)]
    console.print_report(Report(indexed=1, failed=failed))
    output = capsys.readouterr().out
    assert "encrypted (30)" in output
    assert output.count(".pdf") == 10


def test_print_report_when_a_folder_was_not_seen_then_says_that_nothing_was_removed(capsys):
    console.print_report(Report(indexed=1, problems=[(Path("/docs/closed"), "Permission denied")]))
    assert "was taken for deleted" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1.25, "1.2 s"), (59.9, "59.9 s"), (61, "1 min 1 s"), (3599, "59 min 59 s"), (7500, "2 h 5 min")],
)
def test_print_report_when_it_took_long_then_speaks_in_minutes(capsys, seconds, text):
    console.print_report(Report(seconds=seconds))
    assert f" in {text} " in capsys.readouterr().out


def test_hit_as_json_when_cosine_is_unknown_then_null():
    assert console.hit_as_json(hit(cosine=None))["cosine"] is None
