"""The real command in a real process: what a person types, sees and gets as exit code."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from small_documents import write_zip

from index_store import read_index
from tests.shell import PROJECT, SAMPLES, assert_refused


def test_index_when_run_twice_then_the_second_run_does_nothing(shell, folder):
    assert "Indexed 2, unchanged 0" in shell("index", folder).stdout
    assert "Indexed 0, unchanged 2" in shell("index").stdout


def test_index_when_it_ends_then_what_searches_measure_is_in_the_index(shell, folder):
    shell("index", folder)
    snapshot = read_index(shell.index_dir)
    assert snapshot.kinship.chunk_count == snapshot.chunk_count > 0


def test_index_when_json_then_lines_are_json_and_the_last_is_the_report(shell, folder):
    events = [json.loads(line) for line in shell("index", folder, "--json").stdout.splitlines()]
    assert events[-1]["event"] == "report"
    assert events[-1]["indexed"] == 2
    assert {event["event"] for event in events[:-1]} == {"progress"}


def test_index_when_json_then_progress_names_the_document_and_counts_what_failed(shell, folder):
    (folder / "torn.pdf").write_bytes(b"%PDF-1.4 torn")
    events = [json.loads(line) for line in shell("index", folder, "--json").stdout.splitlines()][:-1]
    assert {event["current"] for event in events} <= {"", *(str(path) for path in folder.iterdir())}
    assert any(event["current"] for event in events)
    assert max(event["failed"] for event in events) == 1


def test_index_when_dry_run_then_names_the_documents_and_writes_nothing(shell, folder):
    result = shell("index", folder, "--dry-run")
    assert "Would read 2 documents (2 new)" in result.stdout
    assert "roof.txt" in result.stdout
    assert not shell.index_dir.exists()


def test_index_when_archives_are_to_be_opened_then_what_is_in_them_is_found_and_stays_so(shell, folder):
    write_zip(folder / "attic.zip", {"letter.txt": "The badger dug up the tulips."})
    assert "Indexed 3" in shell("index", folder).stdout
    assert "Indexed 1, unchanged 2" in shell("index", folder, "--archives", "contents").stdout
    assert shell.hits("badger", "tulips")[0]["path"].endswith("attic.zip")
    assert "Indexed 0, unchanged 3" in shell("index").stdout


def test_index_when_not_recursive_then_leaves_subfolders_out(shell, folder):
    (folder / "deep").mkdir()
    (folder / "deep" / "more.txt").write_text("More.")
    shell("index", folder, "--no-recursive")
    assert shell.json("status")["documents"] == 2


def test_index_when_excluded_then_leaves_it_out_in_later_runs_too(shell, folder):
    shell("index", folder, "--exclude", "bread*")
    shell("index")
    assert shell.json("status")["documents"] == 1


def test_index_when_one_file_is_damaged_then_reports_it_and_goes_on(shell, folder):
    (folder / "broken.docx").write_bytes(b"PK\x03\x04 this is no document")
    result = shell("index", folder)
    assert "Indexed 2" in result.stdout
    assert "failed 1" in result.stdout
    assert "broken.docx" in result.stdout
    assert result.returncode == 0


def test_index_when_everything_fails_then_exit_code_is_1(shell, tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "broken.docx").write_bytes(b"PK\x03\x04 this is no document")
    assert shell("index", tmp_path / "bad").returncode == 1


def test_index_when_the_root_is_an_empty_mount_point_then_nothing_is_removed(shell, folder):
    shell("index", folder)
    for path in folder.iterdir():
        path.unlink()
    assert "removed 0" in shell("index").stdout
    assert shell.json("status")["documents"] == 2


def test_index_when_interrupted_then_commits_and_exits_130(shell, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(200):
        (folder / f"{number}.txt").write_text(f"Note {number}. " + "Knead flour and water, let it rise. " * 20)
    process = shell.start("index", folder, "--json")
    while '"documents": 0' in process.stdout.readline():
        pass
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    report = json.loads(output.splitlines()[-1])
    assert process.returncode == 130, errors
    assert report["interrupted"]
    assert shell.json("status")["by_kind"]["text"]["text"] == report["indexed"] > 0


def commits(shell):
    return max((int(path.stem.partition("-")[2]) for path in shell.index_dir.glob("manifest-*.json")), default=0)


def test_index_when_killed_then_goes_on_without_redoing(shell, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(200):
        (folder / f"{number}.txt").write_text(f"Note {number}. " + "Knead flour and water, let it rise. " * 20)
    process = shell.start("index", folder, "--json")
    while process.poll() is None and commits(shell) < 3:  # an empty index, the names, and a first batch
        time.sleep(0.05)
    process.kill()
    process.communicate()
    before = shell.json("status")["by_kind"]
    done = sum(counts.get("text", 0) for counts in before.values())
    report = [json.loads(line) for line in shell("index", "--json").stdout.splitlines()][-1]
    assert done > 0
    assert (report["indexed"], report["unchanged"]) == (200 - done, done)


def test_search_when_words_differ_then_finds_by_meaning(shell, folder):
    shell("index", folder)
    hit = shell.hits("repairing damage to my house after bad weather")[0]
    assert Path(hit["path"]).name == "roof.txt"
    assert "meaning" in hit["why"]


def test_search_when_shown_to_a_person_then_has_name_folder_and_passage(indexed):
    output = indexed("search", "baking bread with wild yeast").stdout
    assert "sourdough.html" in output.splitlines()[0]
    assert "recipes" in output.splitlines()[1]


def test_search_when_paths0_then_names_end_with_nul(indexed):
    paths = indexed("search", "stopcock", "--paths0").stdout.split("\0")
    assert paths[-1] == ""
    assert all(Path(path).exists() for path in paths[:-1])


def test_search_when_filtered_then_only_that_kind_and_folder(indexed):
    hits = indexed.hits("water", "--type", "pdf", "--under", SAMPLES / "household")
    assert hits
    assert all(hit["kind"] == "pdf" and "/household/" in hit["path"] for hit in hits)


def test_search_when_dated_in_the_future_then_nothing(indexed):
    assert indexed.hits("water", "--after", "2999-01-01") == []
    assert "Nothing found" in indexed("search", "water", "--after", "2999-01-01").stderr


def test_search_when_shown_a_copy_of_a_picture_then_finds_the_picture(indexed):
    case = next(case for case in golden() if case["kind"] == "picture")
    hit = indexed.hits("--like", SAMPLES / case["query"])[0]
    assert hit["path"] == str(SAMPLES / case["path"])
    assert hit["why"] == ["picture"]


def test_search_when_a_name_is_no_utf8_then_gives_its_bytes_back(shell, folder):
    name = os.fsdecode(b"caf\xe9 menu.txt")
    (folder / name).write_text("Espresso, cappuccino and a croissant.")
    shell("index", folder)
    result = shell("search", "breakfast with coffee", "--paths0", "--limit", "1", text=False)
    assert result.stdout == os.fsencode(folder / name) + b"\0"
    assert "menu.txt" in shell("search", "breakfast with coffee", "--limit", "1").stdout


def golden():
    return json.loads((PROJECT / "samples" / "golden.json").read_text(encoding="utf-8"))


def test_status_when_indexed_then_counts_by_kind(indexed):
    status = indexed.json("status")
    assert status["documents"] == sum(1 for path in SAMPLES.rglob("*") if path.is_file())
    assert status["by_kind"]["pdf"]["text"] >= 3
    assert status["failed"] == []


def test_forget_when_a_subfolder_then_it_stays_out(shell, folder):
    (folder / "private").mkdir()
    (folder / "private" / "diary.txt").write_text("Dear diary.")
    shell("index", folder)
    said = shell("forget", folder / "private").stdout
    assert "Forgot 1 documents" in said
    assert "of raw files: nothing of it is left." in said
    shell("index")
    assert shell.json("status")["documents"] == 2


def test_clear_when_not_confirmed_then_refuses(shell, folder):
    shell("index", folder)
    assert_refused(shell("clear"), 2, "needs a yes")
    assert shell("clear", "--yes").returncode == 0
    assert_refused(shell("status"), 3, "no index")


def test_doctor_when_all_is_well_then_says_so(indexed):
    result = indexed("doctor")
    assert "BAD" not in result.stdout, result.stdout
    assert "LibreOffice: " in result.stdout
    assert result.returncode == 0


def test_models_when_listed_then_says_what_is_here(indexed):
    assert "starter" in indexed("models").stdout
    assert "here" in indexed("models", "list").stdout


def test_launch_when_ready_then_the_window_answers_and_ctrl_c_ends_it(indexed):
    process = indexed.start("launch", "--window", "none")
    address = next(line for line in process.stderr if "Ready: " in line).split("Ready: ")[1].strip()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = browser.open(address).read().decode()
    server = address.split("/?")[0]
    hits = json.load(browser.open(f"{server}/api/search?q=furnace+trouble"))["hits"]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert "gradio" in page.lower()
    assert hits[0]["name"] == "boiler.txt"
    assert process.returncode == 130


def test_launcher_when_requirements_are_missing_then_says_what_to_run(shell):
    result = subprocess.run(
        [sys.executable, "-S", str(PROJECT / "launcher.py"), "status"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "is missing" in result.stderr
    assert "./launcher" in result.stderr
    assert result.returncode == 1


@pytest.mark.parametrize("arguments", [["search", "x", "--limit", "0"], ["search", "x", "--after", "soon"], ["dance"]])
def test_launcher_when_an_option_is_wrong_then_exit_code_is_2(shell, arguments):
    assert shell(*arguments).returncode == 2


def test_launcher_when_no_command_is_given_then_shows_the_help(shell):
    result = shell()
    assert "examples:" in result.stdout
    assert result.returncode == 0


def test_launcher_when_there_is_a_bug_then_says_where_the_log_is(shell, folder):
    shell("index", folder)
    record = next(shell.index_dir.glob("segments/*/documents.jsonl"))
    result = subprocess.run(
        [sys.executable, "-c", BUG, str(PROJECT)], env=shell.environ, capture_output=True, text=True, check=False
    )
    assert record.exists()
    assert result.returncode == 70
    assert "launcher.log" in result.stderr
    assert "ZeroDivisionError" in (shell.home / "logs" / "launcher.log").read_text()


BUG = """
import sys
sys.path.insert(0, sys.argv[1])
import launcher
launcher.COMMANDS["status"] = lambda args, settings: 1 / 0
sys.exit(launcher.main(["status"]))
"""
