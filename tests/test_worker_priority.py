"""How far workers step back for others: all the way when nobody waits for them, and not for who started them."""

import os
import subprocess
import sys

import psutil
import pytest
from small_documents import document_at

from corpus import Contents, Page
from extraction.workers import ExtractionPool
from settings import PROJECT_DIR

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the disk has such an order under Linux only")
LOWERED = """
import threading
from extraction.isolation import step_back
from tests.test_worker_priority import priority_of_worker

def read():
    step_back()
    print(priority_of_worker(niceness=0))

if __name__ == "__main__":
    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
"""


def tell_priority(_):
    own = psutil.Process()
    return Contents("text", (Page(1, f"{own.nice()} {own.ionice().ioclass.value}"),))


def priority_of_worker(niceness=None):
    with ExtractionPool(reader=tell_priority, niceness=niceness) as pool:
        [(_, contents)] = pool.read([document_at(PROJECT_DIR / "README.md")])
    return contents.pages[0].text


def test_worker_when_nobody_waits_for_it_then_stands_behind_all_others():
    assert priority_of_worker() == f"{max(10, os.nice(0))} 3"


@pytest.mark.parametrize("niceness", [0, 5])
def test_worker_when_somebody_waits_for_it_then_steps_back_only_as_far_as_it_is_told(niceness):
    assert priority_of_worker(niceness) == f"{os.nice(0) + niceness} 0"


def test_worker_when_who_starts_it_stepped_back_then_does_not_as_well(tmp_path):
    script = tmp_path / "lowered.py"
    script.write_text(LOWERED)
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT_DIR), str(PROJECT_DIR / "tests")])}
    ran = subprocess.run([sys.executable, script], env=environ, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == [str(os.nice(0)), "0"]
