"""Workers may hang, crash or run out of memory: each costs one document, and nothing hangs after it."""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_documents import SENTENCE, WRITERS, document_at, write_picture

from corpus import Contents, Document, Page
from errors import DocumentError, DocumentMissing, SettingsError
from extraction.workers import ExtractionPool, Limits, _batches, hash_picture

PROJECT = Path(__file__).resolve().parent.parent


def read_by_name(document):
    """Runs in the worker and does what the document's name says."""
    name = document.path.stem
    if name.startswith("hang"):
        time.sleep(600)
    if name.startswith("crash"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if name.startswith("exit"):
        os._exit(0)
    if name.startswith("greedy"):
        return Contents("text", (Page(1, "x" * (4 << 30)),))
    if name.startswith("broken"):
        raise DocumentError(document.path, "damaged")
    return Contents("text", (Page(1, f"{name} {os.getpid()}"),))


def documents(*names, size_bytes=1):
    return [Document(Path(f"/{name}"), size_bytes, 0, 0) for name in names]


def reasons(outcomes):
    return [outcome.reason if isinstance(outcome, DocumentError) else "read" for _, outcome in outcomes]


def workers_of_this_process():
    return [child for child in multiprocessing.active_children() if child.name == "pebble_pool_worker"]


def wait_until(condition, timeout_s=10):
    deadline = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_pool_when_started_then_has_a_worker_before_its_first_document():
    with ExtractionPool() as pool:
        pool.start()
        assert wait_until(lambda: pool._pool._pool_manager.worker_manager.workers)


@pytest.fixture
def pool():
    with ExtractionPool(limits=Limits(1.5, 1 << 30), reader=read_by_name) as pool:
        yield pool


def test_real_documents_come_back_in_order_with_their_contents(tmp_path):
    for suffix, write in WRITERS.items():
        write(tmp_path / f"fox.{suffix}")
    wanted = [document_at(path) for path in sorted(tmp_path.iterdir())]
    with ExtractionPool(workers=2) as pool:
        outcomes = list(pool.read(wanted))
    assert [document for document, _ in outcomes] == wanted
    assert all(SENTENCE in " ".join(contents.pages[0].text.split()) for _, contents in outcomes)


@pytest.mark.parametrize("suffix", ["pdf", "txt"])
@pytest.mark.parametrize(
    ("name", "reason"),
    {
        "hang": "took longer than 1.5 s",
        "crash": "the reader crashed",
        "greedy": "needs too much memory",
        "broken": "damaged",
    }.items(),
)
def test_bad_document_is_told_and_takes_no_other_along(pool, name, reason, suffix):
    names = [f"{name}.{suffix}" for name in ("a", "b", name, "c", "d")]
    assert reasons(pool.read(documents(*names))) == ["read", "read", reason, "read", "read"]


def test_worker_that_exits_without_a_word_is_given_up(pool):
    assert reasons(pool.read(documents("exit.pdf", "a.pdf"))) == ["took longer than 1.5 s", "read"]


def test_many_bad_documents_in_a_row_are_each_told(pool):
    names = [f"crash{number}.pdf" for number in range(6)]
    assert reasons(pool.read(documents(*names, "a.pdf"))) == ["the reader crashed"] * 6 + ["read"]


def test_small_texts_share_a_task_and_others_do_not(pool):
    small = documents(*[f"{number}.txt" for number in range(20)])
    large, foreign = documents("large.txt", size_bytes=1 << 20), documents("a.pdf")
    assert [len(batch) for batch in _batches([*small, *large, *small, *foreign])] == [16, 4, 1, 16, 4, 1]
    assert reasons(pool.read(small)) == ["read"] * 20


def test_nothing_is_read_far_ahead_of_the_consumer(pool):
    drawn = []
    source = (drawn.append(document) or document for document in documents(*[f"{n}.pdf" for n in range(100)]))
    outcomes = pool.read(source)
    next(outcomes)
    assert len(drawn) <= 6
    outcomes.close()


def test_no_process_starts_before_the_first_document():
    with ExtractionPool(reader=read_by_name) as pool:
        assert list(pool.read([])) == []
        assert workers_of_this_process() == []


def test_leaving_early_kills_a_hanging_worker_at_once_and_the_pool_works_again():
    with ExtractionPool(limits=Limits(time_s=600), reader=read_by_name) as pool:
        outcomes = pool.read(documents("a.pdf", "hang.pdf", "b.pdf"))
        next(outcomes)
        started = time.monotonic()
        outcomes.close()
        assert time.monotonic() - started < 60  # of the 600 s that it may hang
        assert workers_of_this_process() == []
        assert reasons(pool.read(documents("c.pdf"))) == ["read"]


def test_failing_consumer_leaves_no_worker_behind():
    with contextlib.suppress(ZeroDivisionError), ExtractionPool(reader=read_by_name) as pool:
        for _ in pool.read(documents("a.pdf", "hang.pdf")):
            raise ZeroDivisionError
    assert workers_of_this_process() == []


@pytest.mark.parametrize("pause_s", [0, 0.5], ids=["unnoticed", "noticed"])
def test_pool_survives_the_death_of_an_idle_worker(pool, pause_s):
    [(_, first)] = pool.read(documents("a.pdf"))
    os.kill(int(first.pages[0].text.split()[1]), signal.SIGKILL)
    time.sleep(pause_s)
    assert reasons(pool.read(documents("b.pdf"))) == ["read"]


def test_hash_of_a_picture_in_memory_is_that_of_the_file(tmp_path):
    path = tmp_path / "fox.jpg"
    write_picture(path)
    with ExtractionPool() as pool:
        [(_, contents)] = pool.read([document_at(path)])
    assert hash_picture(path.read_bytes()) == contents.picture_hash


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n broken"])
def test_hash_of_what_is_no_picture_is_refused(data):
    with pytest.raises(SettingsError):
        hash_picture(data)


READ_ONE_THAT_HANGS = """
import sys
from test_extraction_workers import ExtractionPool, documents, read_by_name
if __name__ == "__main__":
    with ExtractionPool(reader=read_by_name) as pool:
        for _, contents in pool.read(documents("a.pdf", "hang.pdf")):
            print(contents.pages[0].text.split()[1], flush=True)
"""


@pytest.fixture
def parent(tmp_path):
    """A process of its own whose worker hangs in its second document; gives the worker's number."""
    script = tmp_path / "parent.py"
    script.write_text(READ_ONE_THAT_HANGS)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(PROJECT), str(PROJECT / "tests")])}
    with subprocess.Popen(
        [sys.executable, script], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        yield process, int(process.stdout.readline())
        process.kill()


def is_running(pid):
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_worker_dies_with_a_parent_that_is_killed(parent):
    process, worker = parent
    assert is_running(worker)
    process.kill()
    assert wait_until(lambda: not is_running(worker))


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_interrupt_ends_parent_and_workers_promptly(parent):
    process, worker = parent
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate(timeout=10)
    assert complaints.decode().rstrip().endswith("KeyboardInterrupt")
    assert wait_until(lambda: not is_running(worker))


def test_read_when_a_document_is_gone_then_that_is_told_apart_from_one_that_cannot_be_read(tmp_path):
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4 broken")
    with ExtractionPool() as pool:
        outcomes = dict(pool.read([Document(tmp_path / "gone.txt", 1, 0, 0), Document(broken, 15, 0, 0)]))
    kinds = {document.path.name: type(outcome) for document, outcome in outcomes.items()}
    assert kinds == {"gone.txt": DocumentMissing, "broken.pdf": DocumentError}
