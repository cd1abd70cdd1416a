"""The resident process, told to end while it is at work: it ends at once, and the index is whole.

`launcher quit` gives up after three seconds, and the process has a hard end at 1.8 s: nothing here looks at a clock.
"""

import signal
import subprocess
import sys

import pytest

from service.journal import journal_file
from tests.resident import until
from tests.shell import PROJECT

# The real command, but for a model that does not come to an end.
STUCK = """
import sys, time
sys.path.insert(0, sys.argv[1])
import launcher, service.late_engine
open_embedder = service.late_engine.open_embedder

def open_stuck(*arguments, **options):
    embedder = open_embedder(*arguments, **options)
    embed = embedder.embed_documents
    embedder.embed_documents = lambda inputs: time.sleep(600) if "storms" in str(inputs) else embed(inputs)
    return embedder

service.late_engine.open_embedder = open_stuck
sys.exit(launcher.main(["launch", "--window", "none"]))
"""


@pytest.fixture
def busy(home, folder):
    """A resident process that reads what came into a folder of its index, and would for seconds."""
    assert home.shell("index", folder, "--ocr", "off").returncode == 0
    process = home.launch()
    for number in range(3000):
        (folder / f"note {number}.txt").write_text(f"Note {number} is about the roof, and the gutter, and storms.")
    until(lambda: home.status()["upkeep"]["stage"] == "text" and home.status()["upkeep"]["documents"])
    return process


def assert_index_is_whole(home):
    assert home.shell("check").returncode == 0
    assert home.shell.hits("water under the ridge")
    assert not journal_file(home.shell.index_dir).exists()


def test_resident_process_when_told_by_a_signal_while_at_work_then_ends_and_loses_nothing(home, busy):
    busy.send_signal(signal.SIGTERM)
    busy.communicate(timeout=20)
    assert busy.returncode == 0
    assert_index_is_whole(home)


def test_quit_when_the_resident_process_is_at_work_then_it_is_gone_when_it_returns(home, busy):
    result = home.shell("quit")
    assert (result.returncode, result.stderr) == (0, "")
    busy.communicate(timeout=20)
    assert busy.returncode == 0
    assert_index_is_whole(home)


def test_resident_process_when_the_model_does_not_come_to_an_end_then_it_does_and_blames_no_document(home, folder):
    assert home.shell("index", folder, "--ocr", "off").returncode == 0
    process = subprocess.Popen([sys.executable, "-c", STUCK, PROJECT], **home.shell.options({}))
    home.processes.append(process)
    home.status()
    (folder / "weather.txt").write_text("Of storms.")
    until(journal_file(home.shell.index_dir).exists)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert_index_is_whole(home)
