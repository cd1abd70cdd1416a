"""Binding a key in the settings of a desktop, with programs of our own in place of its tools."""

import json
import shlex
import sys

import pytest

from desktop.desktop_entry import entry_path
from desktop.shortcut import HotkeyTaken
from desktop.shortcut_setup import bind, desktop_of, unbind
from errors import LauncherError, SettingsError

SHORTCUT = "<ctrl>+<alt>+<space>"
COMMAND = ['/home/a b/it\'s "here"/python', "/home/a b/launcher.py", "toggle"]
LINE = shlex.join(COMMAND)
PLACE = "/org/gnome/settings-daemon/plugins/media-keys/custom-keybindings/semantic-launcher/"
SCHEMA = "org.gnome.settings-daemon.plugins.media-keys"

# Writes down its arguments, and answers those that its answers know.
TOOL = """#!{python}
import json, os, sys
here = os.path.dirname(os.path.abspath(__file__))
name = os.path.basename(__file__)
with open(os.path.join(here, "calls"), "a") as calls:
    calls.write(json.dumps([name, *sys.argv[1:]]) + chr(10))
answers = {answers!r}
for part, answer in answers.items():
    if part in sys.argv:
        print(answer)
sys.exit({code})
"""


class Tools:
    """The tools of a desktop, and what they were asked."""

    def __init__(self, folder):
        self._folder = folder
        folder.mkdir()

    def install(self, name, answers=None, *, code=0):
        tool = self._folder / name
        tool.write_text(TOOL.format(python=sys.executable, answers=answers or {}, code=code))
        tool.chmod(0o755)

    @property
    def calls(self):
        notes = self._folder / "calls"
        return [json.loads(line) for line in notes.read_text().splitlines()] if notes.exists() else []


@pytest.fixture
def tools(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return Tools(tmp_path / "bin")


@pytest.fixture
def gnome(tools, monkeypatch):
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "ubuntu:GNOME")
    return tools


@pytest.fixture
def kde(tools, monkeypatch):
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "KDE")
    tools.install("systemctl")
    return tools


@pytest.fixture
def xfce(tools, monkeypatch):
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "XFCE")
    return tools


def gnome_answers(places):
    return {"custom-keybindings": places}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("@as []", f"['{PLACE}']"),
        ("['/a/custom0/', '/a/custom1/']", f"['/a/custom0/', '/a/custom1/', '{PLACE}']"),
    ],
)
def test_gnome_when_a_key_is_bound_then_those_that_were_there_stay(gnome, before, after):
    gnome.install("gsettings", gnome_answers(before))
    assert "GNOME" in bind(SHORTCUT, COMMAND)
    assert gnome.calls[-1] == ["gsettings", "set", SCHEMA, "custom-keybindings", after]


def test_gnome_when_a_key_is_bound_then_it_runs_exactly_the_command(gnome):
    gnome.install("gsettings", gnome_answers("@as []"))
    bind(SHORTCUT, COMMAND)
    values = {call[3]: call[4] for call in gnome.calls if call[2].endswith(f":{PLACE}")}
    assert values["binding"] == "'<Primary><Alt>space'"
    unquoted = values["command"][1:-1].replace("\\'", "'").replace("\\\\", "\\")
    assert shlex.split(unquoted) == COMMAND


def test_gnome_when_another_key_is_bound_then_the_list_stays(gnome):
    gnome.install("gsettings", gnome_answers(f"['{PLACE}']"))
    bind("<cmd>+<shift>+,", COMMAND)
    assert [call[4] for call in gnome.calls if call[3] == "binding"] == ["'<Shift><Super>comma'"]
    assert ["gsettings", "set", SCHEMA, "custom-keybindings"] not in [call[:4] for call in gnome.calls]


def test_gnome_when_unbound_then_only_our_place_goes(gnome):
    gnome.install("gsettings", gnome_answers(f"['/a/custom0/', '{PLACE}']"))
    unbind(COMMAND)
    assert ["gsettings", "set", SCHEMA, "custom-keybindings", "['/a/custom0/']"] in gnome.calls
    assert gnome.calls[-1][1] == "reset-recursively"


def test_gnome_when_its_tool_answers_nonsense_then_nothing_is_overwritten(gnome):
    gnome.install("gsettings", gnome_answers("No such schema"))
    with pytest.raises(LauncherError, match="no list"):
        unbind(COMMAND)
    assert [call[1] for call in gnome.calls] == ["get"]


def test_kde_when_plasma_is_6_then_the_key_is_written_for_a_desktop_entry(kde):
    kde.install("kwriteconfig6")
    assert "from now on" in bind(SHORTCUT, COMMAND)
    [written] = [call for call in kde.calls if call[0] == "kwriteconfig6"]
    entry = "local.semantic_launcher.toggle.desktop"
    assert written[1:] == [
        *("--file", "kglobalshortcutsrc", "--group", "services", "--group", entry),
        *("--key", "_launch", "Ctrl+Alt+Space"),
    ]
    assert "X-KDE-GlobalAccel-CommandShortcut=true" in entry_path(entry.removesuffix(".desktop")).read_text()


def test_kde_when_plasma_is_5_then_the_key_is_written_as_it_wants_it(kde):
    kde.install("kwriteconfig5")
    bind("<ctrl>+<page_up>", COMMAND)
    assert [call[-2:] for call in kde.calls if call[0] == "kwriteconfig5"] == [
        ["_k_friendly_name", "Semantic Launcher"],
        ["_launch", "Ctrl+PgUp,none,Semantic Launcher"],
    ]


def test_kde_when_its_service_does_not_start_again_then_says_from_when_it_counts(kde):
    kde.install("kwriteconfig6")
    kde.install("systemctl", code=5)
    assert "from the next login on" in bind(SHORTCUT, COMMAND)


def test_kde_when_unbound_then_entry_and_keys_are_gone(kde):
    kde.install("kwriteconfig6")
    bind(SHORTCUT, COMMAND)
    unbind(COMMAND)
    assert not entry_path("local.semantic_launcher.toggle").exists()
    assert next(call[-3:] for call in kde.calls if "--delete" in call) == ["--key", "_launch", "--delete"]


BOUND = "/commands/custom/<Alt>F2   xfce4-appfinder\n/commands/custom/override   true"


def test_xfce_when_a_key_is_bound_then_it_runs_exactly_the_command(xfce):
    xfce.install("xfconf-query", {"--list": BOUND})
    bind(SHORTCUT, COMMAND)
    *_, name, create, kind, string, set_, line = xfce.calls[-1]
    assert (name, create, kind, string, set_) == (
        *("/commands/custom/<Primary><Alt>space", "--create", "--type", "string", "--set"),
    )
    assert shlex.split(line) == COMMAND


def test_xfce_when_another_key_is_bound_then_the_one_before_goes(xfce):
    before = f"/commands/custom/<Super>l   {LINE}"
    xfce.install("xfconf-query", {"--list": f"{BOUND}\n{before}"})
    bind(SHORTCUT, COMMAND)
    assert [call[4] for call in xfce.calls if "--reset" in call] == ["/commands/custom/<Super>l"]


def test_xfce_when_the_key_runs_something_else_then_nothing_is_written(xfce):
    xfce.install("xfconf-query", {"--list": "/commands/custom/<Primary><Alt>space   mousepad"})
    with pytest.raises(HotkeyTaken):
        bind(SHORTCUT, COMMAND)
    assert len(xfce.calls) == 1


def test_xfce_when_unbound_then_other_commands_keep_their_keys(xfce):
    xfce.install("xfconf-query", {"--list": f"{BOUND}\n/commands/custom/<Super>l   {LINE}"})
    unbind(COMMAND)
    assert [call[4] for call in xfce.calls if "--reset" in call] == ["/commands/custom/<Super>l"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        *(("GNOME", "gnome"), ("ubuntu:GNOME", "gnome"), ("Budgie:GNOME", "gnome"), ("KDE", "kde"), ("XFCE", "xfce")),
        *(("X-Cinnamon", ""), ("sway", ""), ("", "")),
    ],
)
def test_desktop_when_it_names_itself_then_is_known(names, expected):
    assert desktop_of({"XDG_CURRENT_DESKTOP": names}) == expected


def test_desktop_when_it_is_another_one_then_says_what_to_do(tools, monkeypatch):
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "sway")
    with pytest.raises(LauncherError, match="sway is not GNOME") as refused:
        bind(SHORTCUT, COMMAND)
    assert "launcher toggle" in refused.value.hint


def test_desktop_when_its_tool_is_missing_then_names_it(gnome):
    with pytest.raises(LauncherError, match="gsettings is not installed"):
        bind(SHORTCUT, COMMAND)


def test_desktop_when_its_tool_fails_then_says_why(xfce):
    xfce.install("xfconf-query", code=1)
    with pytest.raises(LauncherError, match="xfconf-query refuses: exit code 1"):
        bind(SHORTCUT, COMMAND)


def test_desktop_when_the_shortcut_is_none_then_nothing_is_asked(gnome):
    gnome.install("gsettings")
    with pytest.raises(SettingsError):
        bind("space", COMMAND)
    assert gnome.calls == []
