"""What keeps a worker process apart: how it is started, what it may take of the machine, and that it dies with us."""

import multiprocessing
import os
import signal
import sys


def start_context() -> multiprocessing.context.BaseContext:
    """Never fork: the parent holds model threads and a window."""
    has_server = "forkserver" in multiprocessing.get_all_start_methods()
    return multiprocessing.get_context("forkserver" if has_server else "spawn")


def prepare_worker(memory_bytes: int, niceness: int = 10) -> None:
    """Make this process, a new worker of a pool, one that a hostile file may have.

    Args:
        memory_bytes: Its address space, enforced on Linux only.
        niceness: How far it steps back for others; 0 to 19, where there is such a thing.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # die at once, even inside a library that never returns to Python
    if sys.platform != "win32":
        os.nice(niceness)
        _die_with_parent()
        _limit_memory(memory_bytes)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):  # libraries complain there about broken files; nobody can act on it
        os.dup2(nowhere, stream)


def _die_with_parent() -> None:
    """Ask the kernel for SIGIO, which kills, when the parent's end of the pipe between us closes.

    A thread could wait for that too, but not while a reader hangs without giving up Python's lock.
    PR_SET_PDEATHSIG would tell of the fork server, which outlives the parent while a worker runs.
    """
    import fcntl  # noqa: PLC0415  - does not exist on Windows

    parent = multiprocessing.parent_process()
    if parent is not None:
        fcntl.fcntl(parent.sentinel, fcntl.F_SETOWN, os.getpid())
        flags = fcntl.fcntl(parent.sentinel, fcntl.F_GETFL)
        fcntl.fcntl(parent.sentinel, fcntl.F_SETFL, flags | os.O_ASYNC)


def _limit_memory(memory_bytes: int) -> None:
    import resource  # noqa: PLC0415  - does not exist on Windows

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # macOS refuses the call
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        limit = memory_bytes if most == resource.RLIM_INFINITY else min(memory_bytes, most)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
