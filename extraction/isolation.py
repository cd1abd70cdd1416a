"""What keeps a worker process apart: how it is started, what it may take of the machine, and that it dies with us.

What holds on which system is in docs/EXTRACTION.md; tests/test_extraction_isolation.py tries it from inside a worker.
"""

import math
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
from multiprocessing.util import get_temp_dir
from pathlib import Path

from politeness import lower_process, lower_thread

_MOST_OPEN_FILES = 256
_LARGEST_FILE_BYTES = 512 << 20  # that it writes: LibreOffice a PDF, into the scratch folder


def start_context() -> multiprocessing.context.BaseContext:
    """Never fork: the parent holds model threads and a window."""
    _claim(Path(get_temp_dir()))  # made before the first worker, it is the same one for all
    has_server = "forkserver" in multiprocessing.get_all_start_methods()
    return multiprocessing.get_context("forkserver" if has_server else "spawn")


def step_back() -> None:
    """Put the calling thread behind others, and not what workers are forked from: somebody may wait for one."""
    if start_context().get_start_method() == "forkserver":
        from multiprocessing import forkserver  # noqa: PLC0415  - does not exist on Windows

        forkserver.ensure_running()
    lower_thread()


def prepare_worker(memory_bytes: int, niceness: int | None = None) -> None:
    """Make this process, a new worker of a pool, one that a hostile file may have.

    Args:
        memory_bytes: Its address space, enforced on Linux only.
        niceness: How far it steps back for others where somebody waits for it: 0 to 19, where there is such a thing.
            None: nobody does, so it stands behind all of them, at the disk too.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # die at once, even inside a library that never returns to Python
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):  # libraries complain there about broken files; nobody can act on it
        os.dup2(nowhere, stream)
    scratch = _scratch_folder()
    if niceness is None:
        lower_process()
    if sys.platform != "win32":
        os.nice(niceness or 0)
        _die_with_parent()
        _limit_resources(memory_bytes)
    if sys.platform == "linux":
        _ask_kernel(scratch)


def limit_processor(seconds: float) -> None:
    """Let this process use the processor that much longer before it is killed; called for each task.

    A second stop, for the case that nobody is left, or able, to look at the time.
    """
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  - does not exist on Windows

    used_s = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used_s + seconds), most))


def _claim(folder: Path) -> None:
    """Write on the folder whose it is. It goes when this process ends; those of processes that were killed go here."""
    for owner in folder.parent.glob("pymp-*/owner-*"):
        number = owner.name.rpartition("-")[2]
        if number.isdecimal() and not _is_running(int(number)):
            shutil.rmtree(owner.parent, ignore_errors=True)
    (folder / f"owner-{os.getpid()}").mkdir(exist_ok=True)


def _scratch_folder() -> Path:
    """A new folder for this worker's temporary files, and those of what it starts.

    Workers are killed and clear up nothing: what is left of those before is removed here, and all of it when the
    process that started them ends.
    """
    parent = Path(get_temp_dir())
    for folder in parent.glob("worker-*"):
        if not _is_running(int(folder.name.rpartition("-")[2])):
            _remove_scratch(folder)
    scratch = parent / f"worker-{os.getpid()}"
    scratch.mkdir(mode=0o700, exist_ok=True)
    tempfile.tempdir = str(scratch)
    os.environ.update(dict.fromkeys(("TMPDIR", "XDG_RUNTIME_DIR"), str(scratch)))
    return scratch


def _remove_scratch(folder: Path) -> None:
    from extraction import libreoffice  # noqa: PLC0415  - it imports this module

    for profile in folder.rglob(libreoffice.PROFILE):
        libreoffice.remove_socket(profile)
    shutil.rmtree(folder, ignore_errors=True)


def _is_running(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # asking would end it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def end_with_pipe(descriptor: int, process: int) -> None:
    """Have the kernel kill a process when the other end of this pipe closes, which it does when its holder ends.

    Args:
        descriptor: The end to read from.
        process: Its number; negative: the number of a group, all of whose processes are killed.
    """
    import fcntl  # noqa: PLC0415  - does not exist on Windows

    fcntl.fcntl(descriptor, fcntl.F_SETOWN, process)
    if hasattr(fcntl, "F_SETSIG"):  # elsewhere it is SIGIO, which kills whoever does not handle it
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_ASYNC)


def _die_with_parent() -> None:
    """A thread could wait for the parent's end too, but not while a reader hangs without giving up Python's lock.

    PR_SET_PDEATHSIG tells of the fork server only, which outlives the parent while a worker runs.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        end_with_pipe(parent.sentinel, os.getpid())


def _limit_resources(memory_bytes: int) -> None:
    import resource  # noqa: PLC0415  - does not exist on Windows

    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: _MOST_OPEN_FILES,
        resource.RLIMIT_FSIZE: _LARGEST_FILE_BYTES,
    }
    if sys.platform == "linux":  # macOS refuses the call
        limits[resource.RLIMIT_AS] = memory_bytes
    for kind, wanted in limits.items():
        _, most = resource.getrlimit(kind)
        limit = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(kind, (limit, limit))


def _ask_kernel(scratch: Path) -> None:
    from extraction import kernel_rules, libreoffice  # noqa: PLC0415  - there is no such kernel elsewhere

    writable: dict[Path, int | None] = {scratch: None, Path(os.devnull): kernel_rules.WRITE_FILE}
    if libreoffice.program():
        # LibreOffice does nothing without a socket in just this folder, and removes it when it ends.
        writable[Path("/tmp")] = kernel_rules.MAKE_SOCK | kernel_rules.REMOVE_FILE
    kernel_rules.die_with_parent()
    kernel_rules.refuse_writes_and_network(writable)
