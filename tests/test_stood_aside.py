"""Commands that write the index have the resident process stand aside before, and let it go on after."""

import threading

import pytest

from control.runtime_dir import make_runtime_dir
from control.server import open_control
from index_store import read_index


class Resident:
    """Another one that stands aside when it is asked to, and notes how the index was then."""

    def __init__(self, shell):
        make_runtime_dir(shell.home / "run")
        self.shell = shell
        self.generations = []
        self.goes_on = threading.Event()
        self.server = open_control(shell.home / "run", self.answer)

    def answer(self, request):
        if request.command != "aside":
            return {"declined": "It only stands aside."}
        self.generations.append(read_index(self.shell.index_dir).generation)
        request.tell({"is_aside": True})
        while not request.is_stopped():
            threading.Event().wait(0.01)
        self.goes_on.set()
        return {}


@pytest.mark.parametrize("command", [("forget", "FOLDER"), ("check", "--repair"), ("clear", "--yes")])
def test_command_when_it_writes_the_index_then_the_resident_process_stands_aside_meanwhile(shell, folder, command):
    assert shell("index", folder, "--ocr", "off").returncode == 0
    generation = read_index(shell.index_dir).generation
    resident = Resident(shell)
    result = shell(*(folder if word == "FOLDER" else word for word in command))
    assert resident.goes_on.wait(60)
    resident.server.close()
    assert (result.returncode, resident.generations) == (0, [generation])
