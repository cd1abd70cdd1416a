"""Steps back behind every other program: for the processors, and for the disk where the system knows such a thing.

Not further than this: a thread that holds Python's lock keeps all others of its process from answering, so one that
is never given a processor would stop the window too.
"""

import ctypes
import os
import sys
import threading
from contextlib import suppress

_NICENESS = 10  # of 19: a tenth of a core is left to it beside a program that wants all
_BELOW_NORMAL = -1  # winbase.h: THREAD_PRIORITY_BELOW_NORMAL
_UTILITY = 0x11  # sys/qos.h: QOS_CLASS_UTILITY, for work that takes long and that nobody waits for


def lower_thread() -> None:
    """Put the calling thread, and under Linux what it starts from now on, behind others. It cannot go back."""
    if sys.platform == "linux":
        _lower(threading.get_native_id())
    elif sys.platform == "win32":
        kernel = ctypes.windll.kernel32
        kernel.GetCurrentThread.restype = ctypes.c_void_p
        kernel.SetThreadPriority(ctypes.c_void_p(kernel.GetCurrentThread()), _BELOW_NORMAL)
    elif sys.platform == "darwin":
        ctypes.CDLL(None).pthread_set_qos_class_self_np(_UTILITY, 0)


def lower_process() -> None:
    """Put this process, and what it starts, behind others."""
    if sys.platform == "win32":
        import psutil  # noqa: PLC0415

        with suppress(psutil.Error):
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        _lower(os.getpid())


def _lower(number: int) -> None:
    """A process, or under Linux one thread of it."""
    if sys.platform == "win32":
        return
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, number, max(_NICENESS, os.getpriority(os.PRIO_PROCESS, number)))
    if sys.platform == "linux":
        import psutil  # noqa: PLC0415 - 30 ms, which only who lowers something waits for

        with suppress(psutil.Error, OSError):  # the disk works for it when nobody else wants it
            psutil.Process(number).ionice(psutil.IOPRIO_CLASS_IDLE)
