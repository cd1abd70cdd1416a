"""What a keyboard shortcut is, what other programs call it, and which mechanism listens for it where."""

import pytest

from desktop.hotkey import HotkeyUnavailable, listen, parse_shortcut, ways
from desktop.hotkey_windows import mask_of, virtual_key_of
from errors import SettingsError


@pytest.mark.parametrize(
    ("text", "modifiers", "key"),
    [
        ("<ctrl>+<alt>+<space>", {"ctrl", "alt"}, "space"),
        ("<CTRL>+<Alt>+F", {"ctrl", "alt"}, "f"),
        ("<cmd>+<shift>+7", {"cmd", "shift"}, "7"),
        ("<ctrl>++", {"ctrl"}, "+"),
        ("<alt>+<page_up>", {"alt"}, "page_up"),
        ("<f9>", set(), "f9"),
        ("<ctrl>+ж", {"ctrl"}, "ж"),
    ],
)
def test_shortcut_when_written_in_pynputs_notation_then_is_read(text, modifiers, key):
    shortcut = parse_shortcut(text)
    assert (shortcut.modifiers, shortcut.key) == (modifiers, key)
    assert parse_shortcut(str(shortcut)) == shortcut


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no key"),
        ("ctrl+alt+space", "'ctrl' is no key"),
        ("<ctrl>+<alt>", "exactly one key"),
        ("<ctrl>+a+b", "exactly one key"),
        ("<super>+f", "'<super>' is no key"),
        ("<ctrl>+<comma>+a", "'<comma>' is no key"),
        ("<ctrl>+<f>", "'<f>' is no key"),
        ("<ctrl>+<f21>", "'<f21>' is no key"),
        ("<ctrl>+<ctrl>+a", "twice"),
        ("a", "missing from every other program"),
        ("<shift>+a", "missing from every other program"),
        ("<space>", "missing from every other program"),
        ("<ctrl>+ ", "no key"),
        ("<ctrl>+\n", "no key"),
    ],
)
def test_shortcut_when_it_is_none_then_says_why_and_gives_an_example(text, reason):
    with pytest.raises(SettingsError, match="is no keyboard shortcut") as refused:
        parse_shortcut(text)
    assert reason in refused.value.message
    assert "<ctrl>+<alt>+<space>" in refused.value.hint


@pytest.mark.parametrize(
    ("text", "keysym"),
    [
        ("<ctrl>+<enter>", "Return"),
        ("<ctrl>+,", "comma"),
        ("<ctrl>+~", "asciitilde"),
        ("<ctrl>+f", "f"),
        ("<f9>", "F9"),
        ("<ctrl>+ж", "U0436"),
    ],
)
def test_shortcut_when_a_desktop_is_told_then_its_key_has_the_name_it_has_there(text, keysym):
    assert parse_shortcut(text).keysym == keysym


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("win32", {}, ("windows", "pynput")),
        ("darwin", {"DISPLAY": ":0"}, ("pynput",)),
        ("linux", {"DISPLAY": ":0"}, ("x11",)),
        ("linux", {"DISPLAY": ":0", "XDG_SESSION_TYPE": "x11"}, ("x11",)),
        ("linux", {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, ("portal",)),
        ("linux", {"DISPLAY": ":0", "XDG_SESSION_TYPE": "wayland"}, ("portal",)),
        ("freebsd14", {"DISPLAY": ":0"}, ("x11",)),
        ("linux", {"XDG_SESSION_TYPE": "tty"}, ()),
    ],
)
def test_ways_when_a_session_is_looked_at_then_fit_to_it(platform, environ, expected):
    assert ways(platform, environ) == expected


def test_hotkey_when_there_is_no_display_then_names_the_command_that_helps(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(HotkeyUnavailable, match="no desktop here") as refused:
        listen("<ctrl>+<alt>+<space>", lambda: None)
    assert "launcher toggle" in refused.value.hint


def test_hotkey_when_the_shortcut_is_none_then_nothing_is_tried():
    with pytest.raises(SettingsError):
        listen("ctrl+space", lambda: None)


@pytest.mark.parametrize(
    ("text", "mask", "key"),
    [
        ("<ctrl>+<alt>+<space>", 0x4003, 0x20),
        ("<cmd>+<shift>+f", 0x400C, 0x46),
        ("<f12>", 0x4000, 0x7B),
        ("<ctrl>+,", 0x4002, None),
    ],
)
def test_shortcut_when_windows_is_told_then_has_its_numbers(text, mask, key):
    shortcut = parse_shortcut(text)
    assert (mask_of(shortcut), virtual_key_of(shortcut)) == (mask, key)
