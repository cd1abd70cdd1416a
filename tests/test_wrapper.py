"""The wrapper `launcher`: run as people run it, in a copy of its folder, with packages of our own and no network."""

import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="launcher.cmd is its own program")

WRAPPER = Path(__file__).resolve().parent.parent / "launcher"
# Stands in for launcher.py: says what it was given and where, and how much of it is installed.
PROGRAM = """
import importlib.metadata, json, os, sys
packages = {d.name: d.version for d in importlib.metadata.distributions()}
found = {"arguments": sys.argv[1:], "folder": os.getcwd(), "prefix": sys.prefix, "tiny": packages.get("tiny")}
print(json.dumps(found))
sys.exit(int(os.environ.get("END", "0")))
"""
# A package that is built by a program of its own, so that a build can be slow or fail.
BUILD = """
import pathlib, sys, time
def get_requires_for_build_wheel(config_settings=None):
    pathlib.Path("started").touch()
    {step}
    return []
"""
PYPROJECT = """
[build-system]
requires = []
build-backend = "build"
backend-path = ["."]
[project]
name = "{name}"
version = "1"
"""
# A Python that says it is an older one.
OLD_PYTHON = f'''exec "{sys.executable}" -c "import sys; sys.version_info = (3, 10, 9); exec(sys.argv[1])" "$2"'''


class Project:
    """A folder with the wrapper in it, and with blanks in its name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.venv = folder / ".venv"
        self.stamp = self.venv / ".requirements.stamp"
        self.wheels = folder.parent / "wheels"
        self.folder.mkdir()
        self.wheels.mkdir()
        shutil.copy(WRAPPER, folder)
        (folder / "launcher.py").write_text(PROGRAM)
        for version in ("1.0", "2.0"):
            self.offer("tiny", version)
        self.require("tiny==1.0")

    def offer(self, name: str, version: str) -> None:
        info = f"{name}-{version}.dist-info"
        with zipfile.ZipFile(self.wheels / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")

    def offer_build(self, name: str, step: str) -> str:
        source = self.folder / name
        source.mkdir(exist_ok=True)
        (source / "pyproject.toml").write_text(PYPROJECT.format(name=name))
        (source / "build.py").write_text(BUILD.format(step=step))
        return f"./{name}"

    def require(self, *lines: str) -> None:
        (self.folder / "requirements.txt").write_text("".join(f"{line}\n" for line in lines))

    def start(self, *arguments: str, wrapper: Path | str | None = None, cwd: Path | None = None, **environ: str):
        pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels), "PIP_CONFIG_FILE": os.devnull}
        return subprocess.Popen(
            [wrapper or self.folder / "launcher", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=cwd,
            env={**os.environ, "LAUNCHER_PYTHON": sys.executable, **pip, **environ},
            start_new_session=True,
        )

    def run(self, *arguments: str, **options):
        process = self.start(*arguments, **options)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)


@pytest.fixture(scope="module")
def shared_project(tmp_path_factory):
    """Making a virtual environment takes seconds: one serves all."""
    return Project(tmp_path_factory.mktemp("wrapper") / "my project")


@pytest.fixture
def project(shared_project):
    """Set up with tiny 1.0, whatever the test before did."""
    shared_project.require("tiny==1.0")
    assert shared_project.run(LAUNCHER_SETUP_ONLY="1").returncode == 0
    return shared_project


def wrapper_alone(tmp_path):
    folder = tmp_path / "fresh"
    folder.mkdir()
    shutil.copy(WRAPPER, folder)
    (folder / "requirements.txt").touch()
    return folder


def write_program(path, script):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def until(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_wrapper_when_nothing_is_there_then_it_sets_up_and_runs_the_program(shared_project):
    ran = shared_project.run("search", "two words", "")
    assert '"arguments": ["search", "two words", ""]' in ran.stdout
    assert '"tiny": "1.0"' in ran.stdout
    assert f'"prefix": "{shared_project.venv}"' in ran.stdout
    assert "Installing" in ran.stderr
    assert shared_project.stamp.read_bytes() == (shared_project.folder / "requirements.txt").read_bytes()


def test_wrapper_when_all_is_there_then_it_installs_nothing_and_says_nothing(project):
    before = (project.venv / "install.log").stat().st_mtime_ns
    assert project.run().stderr == ""
    assert (project.venv / "install.log").stat().st_mtime_ns == before


def test_wrapper_when_the_program_fails_then_its_exit_code_is_passed_on(project):
    assert project.run(END="70").returncode == 70


def test_wrapper_when_started_elsewhere_then_the_program_runs_there(project, tmp_path):
    assert f'"folder": "{tmp_path}"' in project.run(cwd=tmp_path).stdout


def test_wrapper_when_called_through_links_then_it_finds_its_folder(project, tmp_path):
    (tmp_path / "absolute").symlink_to(project.folder / "launcher")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "relative").symlink_to("../absolute")
    assert project.run(wrapper=tmp_path / "bin" / "relative").returncode == 0
    assert project.run(wrapper="./relative", cwd=tmp_path / "bin").returncode == 0


def test_wrapper_when_requirements_change_then_they_are_installed(project):
    project.require("tiny==2.0")
    assert '"tiny": "2.0"' in project.run().stdout


def test_wrapper_when_installing_fails_then_it_says_why_and_leaves_no_stamp(project):
    project.require("tiny==3.0")
    ran = project.run()
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "No matching distribution found for tiny==3.0" in ran.stderr
    assert "hint: " in ran.stderr
    assert not project.stamp.exists()


def test_wrapper_when_installing_failed_before_then_the_old_list_is_installed_again(project):
    project.require("tiny==2.0", "tiny-two==1")
    assert project.run().returncode == 1
    project.require("tiny==1.0")
    ran = project.run()
    assert "Installing" in ran.stderr
    assert '"tiny": "1.0"' in ran.stdout


def test_wrapper_when_there_is_no_compiler_then_the_hint_names_the_packages(project):
    project.require(project.offer_build("broken", 'sys.exit("CMAKE_CXX_COMPILER not set, after EnableLanguage")'))
    assert "compiler and Python's headers are needed" in project.run().stderr


def test_wrapper_when_interrupted_then_there_is_no_stamp_and_no_lock_and_it_goes_on_next_time(project):
    project.require(project.offer_build("slow", "time.sleep(60)"))
    (project.folder / "slow" / "started").unlink(missing_ok=True)
    process = project.start()
    until((project.folder / "slow" / "started").exists)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode in (130, -signal.SIGINT)
    assert not project.stamp.exists()
    assert not (project.folder / ".venv.lock").exists()
    project.require("tiny==1.0")
    assert project.run().returncode == 0


def test_wrapper_when_two_start_at_once_then_one_installs_and_both_run(project):
    project.require("tiny==2.0")
    processes = [project.start(), project.start()]
    results = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert all('"tiny": "2.0"' in out for out, _ in results)
    assert sum("Installing" in err for _, err in results) == 1


def test_wrapper_when_the_lock_was_left_behind_then_it_is_taken_over(project):
    project.stamp.unlink()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (project.folder / ".venv.lock").mkdir()
    (project.folder / ".venv.lock" / "owner").write_text(f"{dead.pid}\n")
    assert project.run().returncode == 0
    assert not (project.folder / ".venv.lock").exists()


def test_wrapper_when_the_lock_is_held_then_it_waits_and_says_so(project):
    project.stamp.unlink()
    lock = project.folder / ".venv.lock"
    lock.mkdir()
    (lock / "owner").write_text(f"{os.getpid()}\n")
    process = project.start()
    assert "waiting for it" in process.stderr.readline()
    shutil.rmtree(lock)
    assert process.wait(timeout=60) == 0
    process.communicate()


def test_wrapper_when_a_second_list_is_named_then_it_is_installed_beside_the_first(project):
    project.offer("extra", "1.0")
    (project.folder / "requirements-dev.txt").write_text("-r requirements.txt\nextra\n")
    first = project.run(LAUNCHER_SETUP_ONLY="1", LAUNCHER_REQUIREMENTS="requirements-dev.txt")
    assert (first.returncode, first.stdout) == (0, "")
    assert (project.venv / ".requirements-dev.stamp").exists()
    assert project.run(LAUNCHER_SETUP_ONLY="1", LAUNCHER_REQUIREMENTS="requirements-dev.txt").stderr == ""


def test_wrapper_when_the_virtual_environment_is_half_made_then_it_is_made_anew(shared_project, tmp_path):
    """With interpreters that only pretend: a real environment takes seconds."""
    fresh = wrapper_alone(tmp_path)
    write_program(fresh / ".venv" / "bin" / "python", "exit 1")  # it has no pip yet
    write_program(tmp_path / "good", "echo good")
    make = f'rm -r "$4" && mkdir -p "$4/bin" && cp "{tmp_path}/good" "$4/bin/python"'
    write_program(tmp_path / "python", f'case "$2" in venv) {make} ;; esac')
    assert shared_project.run(wrapper=fresh / "launcher", LAUNCHER_PYTHON=str(tmp_path / "python")).stdout == "good\n"


@pytest.mark.parametrize(
    ("interpreter", "message"),
    [
        (OLD_PYTHON, "is no Python 3.11 or newer"),
        ("exit 127", "is no Python 3.11 or newer"),
        ("case $2 in *ensurepip*) exit 1 ;; *print*) echo 3.11 ;; esac", "cannot make virtual environments"),
    ],
    ids=["too old", "not there", "without venv"],
)
def test_wrapper_when_the_interpreter_will_not_do_then_one_line_says_so(shared_project, tmp_path, interpreter, message):
    fresh = wrapper_alone(tmp_path)
    write_program(tmp_path / "python", interpreter)
    ran = shared_project.run(wrapper=fresh / "launcher", LAUNCHER_PYTHON=str(tmp_path / "python"))
    error, hint = ran.stderr.splitlines()
    assert message in error
    assert hint.startswith("hint: ")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert not (fresh / ".venv.lock").exists()
