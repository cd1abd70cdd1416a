"""Files from a model hub of ours: broken connections, killed processes, wrong content, no space."""

import hashlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from errors import ModelFailed
from models.hub import Fetched, Unreachable, fetch_files
from models.model import ModelFile
from models.weights import hash_of
from tests.local_server import serve

MEGABYTE = 1 << 20
CONTENT = hashlib.shake_256(b"weights").digest(5 * MEGABYTE)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FILE = ModelFile(name="tiny.gguf", repository="somebody/tiny-GGUF", sha256=SHA256, size_bytes=len(CONTENT))
FETCHING = """
import sys, pathlib, tests.test_hub, models.hub
models.hub.fetch_files([tests.test_hub.FILE], pathlib.Path(sys.argv[1]), endpoint=sys.argv[2], on_fetched=print)
"""
PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture
def hub(monkeypatch):
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")  # as models/download.py does, before the library is imported
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)  # which importing the window sets
    with serve() as local:
        local.offer_repository(FILE.repository, {FILE.name: CONTENT})
        yield local


def fetch(hub, folder, *files, on_fetched=lambda _: None):
    fetch_files(files or [FILE], folder, endpoint=hub.url, on_fetched=on_fetched)


def left(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != ".fetching.lock")


def test_fetch_when_all_goes_well_then_the_file_and_its_hash_are_there(hub, tmp_path):
    fetch(hub, tmp_path / "models")
    assert (tmp_path / "models" / FILE.name).read_bytes() == CONTENT
    assert left(tmp_path / "models") == ["tiny.gguf", "tiny.gguf.json"]
    assert hash_of(tmp_path / "models" / FILE.name) == SHA256


def test_fetch_when_under_way_then_tells_how_far_it_is(hub, tmp_path):
    told = []
    fetch(hub, tmp_path, on_fetched=told.append)
    assert told[0] == Fetched("tiny.gguf", MEGABYTE, len(CONTENT))
    assert told[-1] == Fetched("tiny.gguf", len(CONTENT), len(CONTENT))


def test_fetch_when_the_connection_breaks_then_goes_on_where_it_stopped(hub, tmp_path):
    hub.cut_after = 2 * MEGABYTE
    fetch(hub, tmp_path)
    assert (tmp_path / FILE.name).read_bytes() == CONTENT
    assert hub.ranges == ["bytes=0-", f"bytes={2 * MEGABYTE}-", f"bytes={4 * MEGABYTE}-"]


def test_fetch_when_the_process_was_killed_then_the_next_one_goes_on(hub, tmp_path):
    hub.cut_after, hub.holds = 3 * MEGABYTE, True
    child = subprocess.Popen([sys.executable, "-c", FETCHING, tmp_path, hub.url], cwd=PROJECT)
    while not (parts := list(tmp_path.glob(".*.part"))) or parts[0].stat().st_size < 3 * MEGABYTE:
        assert child.poll() is None, "ended before it was killed"
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    hub.cut_after = None
    fetch(hub, tmp_path)
    assert hub.ranges == ["bytes=0-", f"bytes={3 * MEGABYTE}-"]
    assert left(tmp_path) == ["tiny.gguf", "tiny.gguf.json"]


def test_fetch_when_the_server_knows_no_ranges_then_begins_again(hub, tmp_path):
    part(tmp_path).write_bytes(b"x" * MEGABYTE)
    hub.knows_ranges = False
    fetch(hub, tmp_path)
    assert (tmp_path / FILE.name).read_bytes() == CONTENT


def part(folder, sha256=SHA256):
    return folder / f".tiny.gguf.{sha256[:16]}.part"


def test_fetch_when_the_hub_has_another_version_now_then_the_old_part_goes(hub, tmp_path):
    part(tmp_path, "0" * 64).write_bytes(b"of before")
    fetch(hub, tmp_path)
    assert left(tmp_path) == ["tiny.gguf", "tiny.gguf.json"]


@pytest.mark.parametrize("wrong", [CONTENT[:-1] + b"!", CONTENT + b"!"])
def test_fetch_when_the_content_is_wrong_then_nothing_is_kept(hub, tmp_path, wrong):
    hub.files[f"/large/{SHA256}"] = wrong
    with pytest.raises(ModelFailed, match="wrong hash"):
        fetch(hub, tmp_path)
    assert left(tmp_path) == []


def test_fetch_when_what_came_before_is_spoilt_then_nothing_is_kept(hub, tmp_path):
    part(tmp_path).write_bytes(b"x" * MEGABYTE)
    with pytest.raises(ModelFailed, match="wrong hash"):
        fetch(hub, tmp_path)
    fetch(hub, tmp_path)
    assert hash_of(tmp_path / FILE.name) == SHA256


def test_fetch_when_the_hub_offers_another_file_than_the_catalogs_then_fetches_nothing(hub, tmp_path):
    hub.offer_repository(FILE.repository, {FILE.name: b"another"})
    with pytest.raises(ModelFailed, match="offers another"):
        fetch(hub, tmp_path)
    assert hub.ranges == []


def test_fetch_when_only_the_hub_knows_the_hash_then_it_counts(hub, tmp_path):
    file = ModelFile(name=FILE.name, repository=FILE.repository, size_bytes=1)
    fetch(hub, tmp_path, file)
    (tmp_path / FILE.name).write_bytes(b"changed by somebody")
    with pytest.raises(ModelFailed, match="has changed since it was fetched"):
        hash_of(tmp_path / FILE.name)


def test_fetch_when_the_disk_is_too_small_then_says_how_much_is_needed_before_anything_comes(hub, tmp_path):
    hub.large = {path: (sha256, 10**18) for path, (sha256, _) in hub.large.items()}
    with pytest.raises(ModelFailed, match=r"1,000,000,000,000 MB must be free in .*MB are"):
        fetch(hub, tmp_path)
    assert hub.ranges == []


def test_fetch_when_the_folder_cannot_be_written_then_says_so(hub, tmp_path):
    (tmp_path / "file").write_text("a file where the folder should be")
    with pytest.raises(ModelFailed, match="Cannot write the model"):
        fetch(hub, tmp_path / "file" / "models")


def test_fetch_when_another_is_at_it_then_refuses(hub, tmp_path):
    def again(_):
        with pytest.raises(ModelFailed, match="Another launcher"):
            fetch(hub, tmp_path)

    fetch(hub, tmp_path, on_fetched=again)


def test_fetch_when_the_hub_has_not_got_it_then_is_unreachable(hub, tmp_path):
    hub.large.clear()
    with pytest.raises(Unreachable, match="404"):
        fetch(hub, tmp_path)


def test_fetch_when_nobody_answers_then_is_unreachable(hub, tmp_path):
    hub.url = "http://127.0.0.1:9"
    with pytest.raises(Unreachable):
        fetch(hub, tmp_path)


def test_fetch_when_what_answers_is_no_hub_then_is_unreachable(hub, tmp_path):
    hub.large.clear()
    hub.files[f"/{FILE.repository}/resolve/main/{FILE.name}"] = b"<html>Log in to the hotel's network</html>"
    with pytest.raises(Unreachable, match="does not state size and SHA-256"):
        fetch(hub, tmp_path)
