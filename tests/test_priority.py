"""Stepping back behind other programs, looked at from outside with psutil."""

import os
import subprocess
import sys
import threading

import psutil
import pytest

from politeness import lower_thread
from settings import PROJECT_DIR

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="threads have a priority of their own under Linux")


def place_of_this_thread():
    number = threading.get_native_id()
    return os.getpriority(os.PRIO_PROCESS, number), psutil.Process(number).ionice().ioclass


def in_a_thread(work):
    results = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()
    thread.join(20)
    return results[0]


def test_thread_when_lowered_then_what_it_starts_is_too_and_nobody_else():
    before = place_of_this_thread()

    def work():
        lower_thread()
        return place_of_this_thread(), in_a_thread(place_of_this_thread)

    own, started = in_a_thread(work)
    assert own == started == (max(10, before[0]), psutil.IOPRIO_CLASS_IDLE)
    assert place_of_this_thread() == before


def test_thread_when_it_stands_further_back_already_then_stays_there():
    def work():
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 15)
        lower_thread()
        return place_of_this_thread()[0]

    assert in_a_thread(work) == 15


def test_process_when_lowered_then_is_for_processors_and_disk():
    code = (
        "import politeness, psutil; politeness.lower_process(); me = psutil.Process(); print(me.nice(), *me.ionice())"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_DIR, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == [str(max(10, psutil.Process().nice())), "3", "0"]
