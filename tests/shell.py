"""The real command in a real process, with a home of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
SAMPLES = PROJECT / "samples" / "files"


class Shell:
    """Runs `python launcher.py …` with a home of its own."""

    def __init__(self, home):
        self.home = home
        self.index_dir = home / "index"
        self.environ = {**os.environ, "LAUNCHER_HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}

    def __call__(self, *arguments, **options):
        return subprocess.run(self.command(arguments), **self.options(options), timeout=120, check=False)

    def start(self, *arguments, **options):
        return subprocess.Popen(self.command(arguments), **self.options(options))

    def script(self, source, *arguments):
        """Runs Python code that gets the project's folder, and these arguments, in place of the command."""
        command = [sys.executable, "-c", source, str(PROJECT), *map(str, arguments)]
        return subprocess.run(command, **self.options({}), timeout=120, check=False)

    def command(self, arguments):
        return [sys.executable, str(PROJECT / "launcher.py"), *map(str, arguments)]

    def options(self, options):
        return {"env": self.environ, "stdin": subprocess.DEVNULL, "stdout": -1, "stderr": -1, "text": True, **options}

    def json(self, *arguments):
        return json.loads(self(*arguments, "--json").stdout)

    def hits(self, *query):
        return self.json("search", *query)["hits"]


@pytest.fixture
def shell(tmp_path, starter_weights):
    return Shell(tmp_path / "home")


@pytest.fixture(scope="module")
def indexed(tmp_path_factory, starter_weights):
    """The samples, indexed once for all tests that only read."""
    shell = Shell(tmp_path_factory.mktemp("home"))
    result = shell("index", SAMPLES, "--ocr", "off")  # which takes seconds; test_launcher_ocr.py has it on
    assert result.returncode == 0, result.stderr
    return shell


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "roof.txt").write_text("The storm broke some tiles; water comes in under the ridge.")
    (folder / "bread.txt").write_text("Knead flour and water, let it rise, bake it for an hour.")
    return folder


def assert_refused(result, code, message):
    """One clear line, a hint, the right exit code, and no traceback."""
    lines = result.stderr.strip().splitlines()
    assert lines[0].startswith("error: "), result.stderr
    assert message in lines[0]
    assert lines[1].startswith("hint: ")
    assert len(lines) == 2
    assert result.returncode == code
