"""Start at login, as files; only the person's own home is written to."""

import os
import plistlib
import re
import shutil
import subprocess
import sys

import pytest

from desktop.autostart import is_on, missing, parts_of_windows_line, starter, switch, windows_line
from desktop.systemd_unit import unit_text
from diagnosis import _start_at_login
from errors import LauncherError

COMMAND = ["/opt/my tools/py$thon", '/home/a "b" 100%/launcher.py', "launch", "--hidden"]
PLAIN_COMMAND = ["/opt/my tools/python", *COMMAND[1:]]
ODD_WORDS = [*COMMAND, "${HOME}", "$HOME", r"a\x41 b\n", "two\nlines", "it's", os.fsdecode(b"caf\xe9"), ";", ""]


SYSTEMCTL = """#!/bin/sh
echo "$@" >> "$HOME/systemctl.calls"
[ "$2" != is-active ] || exec test -e "$HOME/session-is-known"
"""


@pytest.fixture
def linux(monkeypatch, own_home):
    """A Linux whose systemd is told of no desktop session."""
    monkeypatch.setattr(sys, "platform", "linux")
    program = own_home / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text(SYSTEMCTL)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def entry(linux, own_home):
    return own_home / "config_home" / "autostart" / "local.semantic_launcher.desktop"


@pytest.fixture
def unit(linux, own_home):
    """Where systemd is told of sessions."""
    (own_home / "session-is-known").touch()
    return own_home / "config_home" / "systemd" / "user" / "semantic-launcher.service"


def test_autostart_when_nobody_asked_for_it_then_is_off(entry):
    assert not is_on()


def test_autostart_when_switched_on_and_off_then_is_so(entry):
    switch(True, COMMAND)
    assert is_on()
    switch(True, COMMAND)
    switch(False, COMMAND)
    switch(False, COMMAND)
    assert not is_on()
    assert list(entry.parent.iterdir()) == []


def test_autostart_when_switched_on_then_the_entry_runs_exactly_the_command(entry):
    switch(True, COMMAND)
    line = next(line for line in entry.read_text().splitlines() if line.startswith("Exec="))
    unescaped = line.removeprefix("Exec=").replace("\\\\", "\\")  # what any string of such a file goes through
    command = ["sh", "-c", f'printf "%s\\0" {unescaped}']  # takes quotes apart as the specification has it
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")[:-1]
    assert printed == [part.replace("%", "%%") for part in COMMAND]


def test_autostart_when_the_command_is_given_then_says_and_does_so(entry, shell):
    not_running = "It is not running; launcher launch starts it.\n"
    assert shell("autostart").stdout == f"The launcher does not start at login.\n{not_running}"
    assert shell("autostart", "on").stdout == f"The launcher starts at every login, by the desktop.\n{not_running}"
    line = next(line for line in entry.read_text().splitlines() if line.startswith("Exec="))
    assert line.endswith('launcher.py" "launch" "--hidden"')
    assert shell("autostart", "off").stdout.startswith("The launcher does not start at login.\n")
    assert not entry.exists()


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
def test_autostart_when_the_desktop_switched_it_off_then_is_off(entry, line):
    switch(True, COMMAND)
    entry.write_text(f"{entry.read_text()}{line}\n")
    assert not is_on()


def test_autostart_when_its_folder_cannot_be_written_then_says_so(entry):
    entry.parent.write_text("a file in its way")
    with pytest.raises(LauncherError, match="Cannot write"):
        switch(True, COMMAND)
    assert not is_on()


def test_autostart_when_on_macos_then_launchd_runs_exactly_the_command(monkeypatch, own_home):
    monkeypatch.setattr(sys, "platform", "darwin")
    switch(True, COMMAND)
    agent = plistlib.loads((own_home / "Library/LaunchAgents/local.semantic_launcher.plist").read_bytes())
    assert (agent["ProgramArguments"], agent["RunAtLoad"], starter()) == (COMMAND, True, "launchd")
    assert agent["KeepAlive"] == {"SuccessfulExit": False}
    switch(False, COMMAND)
    assert not is_on()


def test_autostart_when_on_windows_then_no_terminal_opens(tmp_path):
    for name in ("python.exe", "pythonw.exe"):
        (tmp_path / name).touch()
    line = windows_line([str(tmp_path / "python.exe"), r"C:\a b\launcher.py", "launch"])
    assert line == rf'{tmp_path}{os.sep}pythonw.exe "C:\a b\launcher.py" launch'
    assert parts_of_windows_line(line) == [f"{tmp_path}{os.sep}pythonw.exe", r"C:\a b\launcher.py", "launch"]


def test_autostart_when_the_silent_python_is_missing_then_the_other_one_is_taken(tmp_path):
    assert windows_line([str(tmp_path / "python.exe"), "x"]) == f"{tmp_path / 'python.exe'} x"


def test_autostart_when_systemd_knows_of_sessions_then_it_starts_and_the_desktop_does_not(unit, entry, own_home):
    switch_entry_on(own_home)
    switch(True, PLAIN_COMMAND)
    assert (starter(), entry.exists(), unit.is_file()) == ("systemd", False, True)
    [link] = (unit.parent / "graphical-session.target.wants").iterdir()
    assert link.samefile(unit)
    assert (own_home / "systemctl.calls").read_text().endswith("--user daemon-reload\n")


def test_autostart_when_switched_off_without_systemd_then_nothing_of_its_unit_is_left(unit, entry, own_home):
    switch(True, PLAIN_COMMAND)
    (own_home / "session-is-known").unlink()
    switch(False, [])
    assert not is_on()
    assert [path for path in unit.parent.rglob("*") if not path.is_dir()] == []


def test_autostart_when_systemd_does_not_take_the_program_then_the_desktop_starts_it(unit, entry):
    switch(True, COMMAND)
    assert (starter(), entry.is_file(), unit.exists()) == ("the desktop", True, False)


def test_autostart_when_the_person_disabled_the_unit_then_is_off(unit, own_home):
    switch(True, PLAIN_COMMAND)
    (unit.parent / "graphical-session.target.wants" / unit.name).unlink()
    assert not is_on()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="says what systemd makes of a unit")
def test_unit_when_paths_are_strange_then_systemd_takes_it_and_finds_the_program(unit, tmp_path, monkeypatch):
    program = tmp_path / "my tools, 100%d caf\u00e9" / os.fsdecode(b"pyth\xe9n")
    program.parent.mkdir()
    for is_there in (False, True):
        program.symlink_to(sys.executable) if is_there else None
        switch(True, [str(program), *COMMAND[1:]])
        verified = subprocess.run(["systemd-analyze", "verify", "--user", unit], capture_output=True, check=False)
        assert (verified.returncode == 0) == is_there, verified.stderr
        assert (b"is not executable" in verified.stderr) != is_there


def test_unit_when_its_line_is_taken_apart_then_runs_exactly_the_command():
    line = next(line for line in unit_text(["/bin/python", *ODD_WORDS]).splitlines() if line.startswith("ExecStart="))
    assert line.isascii()
    words = re.findall(r'"((?:[^"\\]|\\.)*)"', line)
    unescaped = [word.encode().decode("unicode_escape").encode("latin-1") for word in words]  # as in C
    assert line.count("$") == 2 * "".join(ODD_WORDS).count("$")
    plain = [os.fsdecode(word.replace(b"%%", b"%").replace(b"$$", b"$")) for word in unescaped]
    assert plain == ["/bin/python", *ODD_WORDS]


@pytest.mark.parametrize("kind", ["unit", "entry"])
def test_autostart_when_the_program_was_moved_then_is_noticed(kind, request, shell, tmp_path):
    request.getfixturevalue(kind)
    (tmp_path / "launcher.py").touch()
    switch(True, [sys.executable, str(tmp_path / "launcher.py"), "launch"])
    assert (is_on(), missing()) == (True, "")
    (tmp_path / "launcher.py").unlink()
    assert missing() == str(tmp_path / "launcher.py")
    result = shell("autostart")
    assert (result.returncode, "is not there any more" in result.stderr) == (1, True)


def test_doctor_when_what_starts_at_login_is_gone_then_says_so(entry, tmp_path):
    assert _start_at_login() == "off: launcher autostart on"
    switch(True, [str(tmp_path / "python"), "launch"])
    with pytest.raises(LauncherError, match="not there any more"):
        _start_at_login()


def test_autostart_when_its_agent_is_damaged_then_nothing_is_said_to_be_missing(monkeypatch, own_home):
    monkeypatch.setattr(sys, "platform", "darwin")
    switch(True, ["/nowhere/python"])
    assert missing() == "/nowhere/python"
    (own_home / "Library/LaunchAgents/local.semantic_launcher.plist").write_text("<plist>")
    assert missing() == ""


def switch_entry_on(own_home):
    """As where systemd was told of no session."""
    (own_home / "session-is-known").unlink()
    switch(True, PLAIN_COMMAND)
    (own_home / "session-is-known").touch()
