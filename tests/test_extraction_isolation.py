"""What a worker may not do, tried from inside of one."""

import contextlib
import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from multiprocessing.util import get_temp_dir
from pathlib import Path

import pytest
from small_documents import document_at
from test_extraction_workers import is_running, wait_until

from corpus import Contents, Page
from errors import DocumentError
from extraction.isolation import limit_processor
from extraction.kernel_rules import landlock_version
from extraction.libreoffice import PROFILE
from extraction.views import ViewOptions
from extraction.workers import ExtractionPool

resource = pytest.importorskip("resource")  # Windows has no such limits
PROJECT = Path(__file__).resolve().parent.parent
ON_LINUX = sys.platform == "linux"
pytestmark = pytest.mark.skipif(not ON_LINUX, reason="elsewhere only limits and the end with the parent hold")
landlocked = pytest.mark.skipif(ON_LINUX and not landlock_version(), reason="this kernel has no Landlock")


def write(path):
    path.with_name("new.txt").write_text("x")


def overwrite(path):
    with path.open("r+b") as file:
        file.write(b"x")


def cut(path):
    os.truncate(path, 0)


def link(path):
    path.with_name("link").symlink_to(path)


def rename(path):
    path.rename(path.with_name("renamed"))


def make_folder(path):
    path.with_name("folder").mkdir()


def start_a_writer(path):
    ran = subprocess.run([sys.executable, "-c", f"open({str(path)!r}, 'a')"], stderr=-1, text=True, check=False)
    raise OSError(errno.EACCES if "Permission denied" in ran.stderr else 0, ran.stderr)


WRITES = [write, overwrite, cut, link, rename, make_folder, start_a_writer]


def read(path):
    return path.read_text()


def use_scratch(path):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "a").write_text("x")
        Path(folder, "deep").mkdir()
        Path(folder, "a").rename(Path(folder, "deep", "b"))
        subprocess.run(["true"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
        return folder


def connect(path):
    with socket.create_connection(("127.0.0.1", int(path.read_text())), timeout=5):
        pass


def send(path):
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", ("::1", int(path.read_text())))


def signal_parent(path):
    os.kill(int(path.read_text()), 0)


def write_large(path):
    with tempfile.TemporaryFile() as file:
        file.truncate((512 << 20) + 1)


def open_many(path):
    with contextlib.ExitStack() as opened:
        for _ in range(300):
            opened.enter_context(path.open())


def processor_limit(path):
    return resource.getrlimit(resource.RLIMIT_CPU)[0] - time.process_time()


def compute(path):
    limit_processor(1)
    while True:
        pass


ACTS = {
    act.__name__: act
    for act in (
        *WRITES,
        read,
        use_scratch,
        connect,
        send,
        signal_parent,
        write_large,
        open_many,
        processor_limit,
        compute,
    )
}


def act_by_name(document):
    """Runs in the worker: does with the document what its name says, and tells what came of it."""
    try:
        text = str(ACTS[document.path.suffix[1:]](document.path))
    except OSError as error:
        raise DocumentError(document.path, errno.errorcode.get(error.errno, str(error))) from error
    return Contents("text", (Page(1, text),))


@pytest.fixture
def outcome(own_home):
    """`outcome(act, text)`: what a worker says to doing `act` with a file in the home that says `text`."""

    def ask(act, text="before"):
        path = own_home / f"victim.{act.__name__}"
        path.write_text(text)
        with ExtractionPool(reader=act_by_name) as pool:
            [(_, answer)] = pool.read([document_at(path)])
        ask.files = {entry.name: entry.read_text() for entry in own_home.iterdir() if entry.is_file()}
        return answer.reason if isinstance(answer, DocumentError) else answer.pages[0].text

    return ask


@landlocked
@pytest.mark.parametrize("act", WRITES)
def test_worker_when_it_writes_outside_its_scratch_folder_then_is_refused(outcome, act):
    assert outcome(act) == "EACCES"
    assert outcome.files == {f"victim.{act.__name__}": "before"}


def test_worker_when_it_reads_then_may(outcome):
    assert outcome(read) == "before"


def test_worker_when_it_writes_to_its_scratch_folder_then_may(outcome):
    folder = Path(outcome(use_scratch))
    assert folder.is_relative_to(get_temp_dir())
    assert not folder.exists()


def test_worker_when_it_connects_then_is_refused(outcome):
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert outcome(connect, str(server.getsockname()[1])) in ("EPERM", "EACCES")


def test_worker_when_it_sends_a_datagram_then_is_refused(outcome):
    assert outcome(send, "9") == "EPERM"


@pytest.mark.skipif(ON_LINUX and landlock_version() < 6, reason="this kernel cannot refuse it")
def test_worker_when_it_signals_its_parent_then_is_refused(outcome):
    assert outcome(signal_parent, str(os.getpid())) == "EPERM"


def test_worker_when_it_writes_without_end_then_is_stopped(outcome):
    assert outcome(write_large) == "EFBIG"


def test_worker_when_it_opens_too_many_files_then_is_refused(outcome):
    assert outcome(open_many) == "EMFILE"


def test_worker_when_it_gets_a_document_then_has_a_limit_of_processor_time(outcome):
    assert 0 < float(outcome(processor_limit)) <= 4 * 20 + 1


def test_worker_when_nobody_looks_at_the_time_then_ends_by_itself(outcome):
    assert outcome(compute) == "the reader crashed"  # the clock would have it that it took too long


def test_worker_when_it_starts_then_clears_up_after_those_that_were_killed(outcome):
    left = Path(get_temp_dir(), "worker-999999999")
    left.mkdir()
    (left / "slides.pdf").touch()
    mine = Path(get_temp_dir(), f"worker-{os.getpid()}")
    mine.mkdir()
    outcome(read)
    assert not left.exists()
    assert mine.exists()
    mine.rmdir()


READ_ONE = """
import sys
from pathlib import Path
from multiprocessing.util import get_temp_dir
from test_extraction_isolation import ExtractionPool, act_by_name, document_at
if __name__ == "__main__":
    with ExtractionPool(reader=act_by_name) as pool:
        [(_, answer)] = pool.read([document_at(Path(sys.argv[1]))])
    print(get_temp_dir(), getattr(answer, "reason", "done"), sep="\\n")
"""


@pytest.fixture
def other_parent(tmp_path):
    """Has a worker of another process do what the path says; gives its scratch folder and the outcome."""
    script = tmp_path / "parent.py"
    script.write_text(READ_ONE)

    def run(path, programs=os.defpath):
        environ = {
            **os.environ,
            "PATH": programs,
            "PYTHONPATH": os.pathsep.join([str(PROJECT), str(PROJECT / "tests")]),
        }
        ran = subprocess.run([sys.executable, script, path], env=environ, stdout=-1, text=True, check=True)
        return ran.stdout.splitlines()

    return run


def remove(path):
    path.unlink()


ACTS["remove"] = remove


@landlocked
def test_worker_when_there_is_no_office_then_removes_nothing_either(tmp_path, other_parent):
    victim = tmp_path / "victim.remove"
    victim.touch()
    _, answer = other_parent(victim, programs=str(tmp_path))
    assert answer == "EACCES"
    assert victim.exists()


def test_scratch_folders_when_the_parent_ends_then_are_gone(tmp_path, other_parent):
    victim = tmp_path / "victim.read"
    victim.touch()
    folder, answer = other_parent(victim)
    assert answer == "done"
    assert not Path(folder).exists()


CLAIM_AND_DIE = """
import os, signal
from multiprocessing.util import get_temp_dir
from extraction.isolation import start_context
start_context()
print(get_temp_dir(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_scratch_folders_when_the_parent_was_killed_then_go_with_the_next_one(tmp_path):
    environ = {**os.environ, "PYTHONPATH": str(PROJECT), "TMPDIR": str(tmp_path)}
    first, second = (
        subprocess.run([sys.executable, "-c", CLAIM_AND_DIE], env=environ, stdout=-1, text=True, check=False).stdout
        for _ in range(2)
    )
    assert not Path(first.strip()).exists()
    assert Path(second.strip()).exists()


CONVERT = """
import sys
from pathlib import Path
from extraction.libreoffice import converted
path = Path(sys.argv[1])
converted(path, path.parent / "scratch", suffix=".odp", target="pdf", time_s=60)
"""
# Stands in for LibreOffice: starts a process of its own, as that does, and waits.
OFFICE = """#!{python}
import os, pathlib, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path({notes!r}).write_text(f"{{os.getpid()}} {{child.pid}}")
child.wait()
"""


def test_office_when_its_worker_is_killed_then_ends_with_all_it_started(tmp_path):
    office, notes, document = tmp_path / "soffice", tmp_path / "notes", tmp_path / "slides.odp"
    office.write_text(OFFICE.format(python=sys.executable, notes=str(notes)))
    office.chmod(0o755)
    document.touch()
    (tmp_path / "scratch").mkdir()
    environ = {**os.environ, "PATH": str(tmp_path), "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen([sys.executable, "-c", CONVERT, document], env=environ) as worker:
        assert wait_until(lambda: notes.exists() and len(notes.read_text().split()) == 2)
        worker.kill()
    assert wait_until(lambda: not any(map(is_running, notes.read_text().split())))


def sockets():
    return {entry.name for entry in Path("/tmp").glob("OSL_PIPE_*")}


def are_gone(left):
    """Those of offices that others started go when these end."""
    return wait_until(lambda: not left & sockets(), timeout_s=60)


@pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice")
def test_worker_when_it_starts_then_removes_the_socket_of_an_office_that_was_killed(outcome):
    before = sockets()
    profile = Path(get_temp_dir(), "worker-999999998", "slides", PROFILE)
    profile.mkdir(parents=True)
    command = ["soffice", "--headless", f"-env:UserInstallation={profile.as_uri()}"]
    with subprocess.Popen(command, stdout=-3, stderr=-3, start_new_session=True) as office:
        assert wait_until(lambda: sockets() - before, timeout_s=60)
        os.killpg(office.pid, signal.SIGKILL)
    outcome(read)
    assert are_gone(sockets() - before)


@pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice")
def test_office_when_a_worker_starts_it_then_draws_slides_and_leaves_nothing():
    path = PROJECT / "samples" / "files" / "work" / "onboarding.pptx"  # without an office it shows nothing
    before = sockets()
    with ExtractionPool() as pool:
        [(_, views)] = pool.views([document_at(path)], ViewOptions(fit=unchanged, max_px=65_536, pages="both"))
    assert [view.page_number for view in views] == [1, 2, 3]
    assert are_gone(sockets() - before)


def unchanged(pixels):
    return pixels
