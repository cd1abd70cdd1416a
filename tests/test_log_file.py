"""The log of several processes, and what a crash leaves."""

import logging
import stat
import subprocess
import sys

from log_file import SharedLog, _move_away, log_to_file
from process_lock import take_lock
from tests.shell import PROJECT

WRITER = """
import logging, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import log_file
log_file._LARGE_BYTES = 20_000
log_file.log_to_file(Path(sys.argv[2]))
for number in range(300):
    logging.info("%s %d %s.", sys.argv[3], number, "x" * 100)
"""
CARELESS = """
import logging, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from log_file import log_to_file
os.umask(0)
log_to_file(Path(sys.argv[2]))
logging.warning("a name: \\ud800")
def break_down(): os.abort()
if "crash" in sys.argv: break_down()
"""


def run(source, *arguments):
    return subprocess.Popen([sys.executable, "-c", source, PROJECT, *map(str, arguments)])


def test_log_to_file_when_its_folder_cannot_be_made_then_goes_on(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    log_to_file(tmp_path / "file" / "logs")
    assert [type(handler) for handler in logging.getLogger().handlers] == [logging.NullHandler]


def test_log_when_several_processes_write_and_it_is_moved_then_no_line_is_lost_or_torn(tmp_path):
    writers = [run(WRITER, tmp_path, name) for name in "ab"]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    lines = "".join(path.read_text() for path in sorted(tmp_path.glob("launcher.log*"), reverse=True)).splitlines()
    ends = [line.split(" root ")[1].split() for line in lines]
    assert all(line.endswith("x" * 100 + ".") for line in lines)
    assert {path.name for path in tmp_path.glob("launcher.log*")} >= {"launcher.log", "launcher.log.1"}
    for name in "ab":  # of the oldest lines some are gone, of the later ones none
        numbers = [int(end[1]) for end in ends if end[0] == name]
        assert numbers == list(range(numbers[0], 300))


def test_log_when_written_by_the_careless_then_nobody_else_reads_it(tmp_path):
    assert run(CARELESS, tmp_path / "logs").wait(60) == 0
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "logs").iterdir()}
    assert modes == {"launcher.log": 0o600, "crash.log": 0o600}


def test_log_when_somebody_moves_it_away_then_nobody_else_does(tmp_path):
    log = SharedLog(tmp_path / "launcher.log")
    log.file.write_bytes(bytes(1 << 20))
    with take_lock(tmp_path / "launcher.log.lock"):
        log.handle(logging.makeLogRecord({"msg": "while it is moved"}))
        assert not (tmp_path / "launcher.log.1").exists()
    log.handle(logging.makeLogRecord({"msg": "later"}))
    assert (tmp_path / "launcher.log.1").read_bytes().endswith(b"while it is moved\nlater\n")
    log.file.write_text("of somebody who has moved it already\n")
    _move_away(log.file)
    assert log.file.exists()


def test_log_when_it_cannot_be_written_any_more_then_the_program_goes_on(tmp_path):
    log = SharedLog(tmp_path / "gone" / "launcher.log")
    log.handle(logging.makeLogRecord({"msg": "x"}))
    assert not log.file.exists()


def test_crash_when_python_hears_nothing_of_it_then_says_where_it_was(tmp_path):
    assert run(CARELESS, tmp_path, "crash").wait(60) < 0
    trace = (tmp_path / "crash.log").read_text()
    assert [words for words in ("Aborted", "in break_down") if words not in trace] == []


def test_crash_log_when_it_is_large_then_begins_anew(tmp_path):
    (tmp_path / "crash.log").write_bytes(bytes((1 << 20) + 1))
    assert run(CARELESS, tmp_path).wait(60) == 0
    assert (tmp_path / "crash.log").read_bytes() == b""
