"""The index kept current from outside: a real resident process, real commands, the starter model."""

import time

import pytest

from control import ask, stood_aside
from errors import LauncherError
from index_store import create_or_open_index, read_index
from tests.resident import until


@pytest.fixture
def kept(home, folder):
    """A resident process that has the folder in its index and nothing more to do."""
    home.launch()
    assert home.shell("index", folder, "--ocr", "off").returncode == 0
    until(lambda: upkeep(home)["last_sweep"] and is_idle(home))
    return home


def upkeep(home):
    return home.status()["upkeep"]


def is_idle(home):
    now = upkeep(home)
    return now["state"] == "watching" and not now["pending"]


def names(home):
    return {record.path.rsplit("/")[-1] for _, record in read_index(home.shell.index_dir).documents()}


def test_file_when_saved_then_is_found_by_what_it_says(kept, folder):
    with kept.browser() as browser:
        (folder / "lease.txt").write_text("The tenant may end the contract with three months of notice.")
        query = {"q": "how to move out of the flat"}
        until(lambda: "lease.txt" in [hit["name"] for hit in browser.get("/api/search", params=query).json()["hits"]])


def test_commands_when_they_pause_and_resume_then_it_does(kept, folder):
    ask(kept.runtime_dir, "pause")
    (folder / "lease.txt").write_text("Three months of notice.")
    until(lambda: upkeep(kept)["pending"])
    assert (upkeep(kept)["state"], upkeep(kept)["is_paused"]) == ("paused", True)
    ask(kept.runtime_dir, "resume")
    until(lambda: "lease.txt" in names(kept))


def test_pause_when_the_launcher_is_started_again_then_still_holds_and_is_said_once(kept, folder):
    assert kept.shell("pause").returncode == 0
    assert kept.shell("quit").returncode == 0
    _, said = kept.processes[0].communicate(timeout=60)
    assert "launcher resume" not in said
    (folder / "lease.txt").write_text("Three months of notice.")
    again = kept.launch()
    until(lambda: kept.status()["is_ready"])
    assert (upkeep(kept)["state"], upkeep(kept)["is_paused"]) == ("paused", True)
    assert kept.shell("resume").returncode == 0
    until(lambda: "lease.txt" in names(kept))
    assert kept.shell("quit").returncode == 0
    _, said = again.communicate(timeout=60)
    assert said.count("launcher resume goes on") == 1


@pytest.mark.parametrize("for_s", [0, -1, "2h"])
def test_pause_when_for_no_time_then_refused(kept, for_s):
    with pytest.raises(LauncherError, match="no time to pause for"):
        ask(kept.runtime_dir, "pause", for_s=for_s)


def test_others_when_it_stands_aside_then_may_write_until_they_are_done(kept, folder):
    with stood_aside(kept.runtime_dir):
        (folder / "lease.txt").write_text("Three months of notice.")
        until(lambda: upkeep(kept)["pending"])
        fingerprint = read_index(kept.shell.index_dir).fingerprint
        with create_or_open_index(kept.shell.index_dir, fingerprint=fingerprint):
            time.sleep(1.0)
        assert upkeep(kept)["state"] == "aside"
        assert "lease.txt" not in names(kept)
    until(lambda: "lease.txt" in names(kept))


def test_forget_and_clear_when_it_runs_then_it_follows(kept, folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "tax.txt").write_text("The tax bill.")
    assert kept.shell("index", other, "--ocr", "off").returncode == 0
    assert kept.shell("forget", other).returncode == 0
    (other / "more.txt").write_text("Another bill.")
    (folder / "lease.txt").write_text("Three months of notice.")
    until(lambda: "lease.txt" in names(kept))
    assert names(kept) == {"roof.txt", "bread.txt", "lease.txt"}
    assert kept.shell("clear", "--yes").returncode == 0
    (folder / "late.txt").write_text("Too late.")
    until(lambda: is_idle(kept))
    assert not list(kept.shell.index_dir.glob("manifest*"))


def test_folder_when_its_index_run_goes_on_then_is_watched_already(kept, tmp_path):
    many = tmp_path / "many"
    many.mkdir()
    for number in range(1500):
        (many / f"note {number}.txt").write_text(f"Number {number} is about the roof, and the gutter, and storms.")
    run = kept.shell.start("index", many, "--ocr", "off")
    until(lambda: upkeep(kept)["documents"])
    urgent = set()
    while not urgent & names(kept):  # the folder is watched a moment after its run began
        urgent.add(f"urgent {len(urgent)}.txt")
        (many / max(urgent)).write_text("The tenant may end the contract.")
        time.sleep(0.5)
    assert run.poll() is None
    run.communicate(timeout=60)


def test_quit_when_it_works_then_is_gone_within_two_seconds_and_nothing_is_lost(kept, folder):
    for number in range(1500):
        (folder / f"note {number}.txt").write_text(f"Number {number} is about the roof, and the gutter, and storms.")
    until(lambda: upkeep(kept)["state"] == "working")
    started = time.monotonic()
    assert kept.shell("quit").returncode == 0
    kept.processes[0].communicate(timeout=20)
    assert time.monotonic() - started < 20  # the process ends itself by then, whatever goes on
    assert kept.shell("check").returncode == 0
    kept.launch()
    until(lambda: len(names(kept)) == 1502)
