"""A hotkey under Wayland, through the desktop's GlobalShortcuts portal, over D-Bus.

No program hears another one's keys there: it asks the desktop, which may ask the person, and is told when the key is
pressed. The connection is the session: when it ends, the key is free.
"""

import secrets
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from jeepney import DBusAddress, DBusErrorResponse, MatchRule, message_bus, new_method_call
from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection
from jeepney.wrappers import unwrap_msg

from desktop.desktop_entry import APP_ID, launcher_command, write_entry
from desktop.shortcut import HotkeyUnavailable, Shortcut

_BUS_NAME = "org.freedesktop.portal.Desktop"
_PATH = "/org/freedesktop/portal/desktop"
_SHORTCUTS = DBusAddress(_PATH, _BUS_NAME, "org.freedesktop.portal.GlobalShortcuts")
_REGISTRY = DBusAddress(_PATH, _BUS_NAME, "org.freedesktop.host.portal.Registry")
_MODIFIERS = {"ctrl": "CTRL", "alt": "ALT", "shift": "SHIFT", "cmd": "LOGO"}
_CALL_S = 10.0
_PERSON_S = 120.0  # for the answer to a dialogue
_TOGGLE = "toggle"


def listen(shortcut: Shortcut, on_press: Callable[[str], None]) -> Callable[[], None]:
    """Ask the portal for the key; the person may give another one in its dialogue.

    Args:
        on_press: Given the token with which a window may come to the front, or "".

    Returns:
        What gives the key back.

    Raises:
        HotkeyUnavailable: There is no portal, it knows no shortcuts, or the person said no.
    """
    try:
        connection = open_dbus_connection("SESSION")
    except (OSError, KeyError, RuntimeError) as error:  # no address, or nobody there
        raise HotkeyUnavailable("no session bus answers") from error
    try:
        presses = _bind(connection, shortcut)
    except DBusErrorResponse as error:
        connection.close()
        raise HotkeyUnavailable(f"the desktop's portal gives no shortcuts ({error.name})") from error
    except OSError as error:  # also when it took too long
        connection.close()
        raise HotkeyUnavailable("the desktop's portal does not answer") from error
    except HotkeyUnavailable:
        connection.close()
        raise
    thread = threading.Thread(target=_serve, args=(connection, presses, on_press), name="hotkey", daemon=True)
    thread.start()

    def stop() -> None:
        with suppress(OSError):  # the bus was faster
            connection.sock.shutdown(socket.SHUT_RDWR)  # wakes the thread, which closes it
        thread.join()

    return stop


def trigger(shortcut: Shortcut) -> str:
    """As the portal wants it: "CTRL+ALT+space"."""
    return shortcut.spelled(_MODIFIERS, shortcut.keysym)


def _bind(connection: DBusConnection, shortcut: Shortcut) -> "deque[Any]":
    """The presses, as they will come in."""
    _register(connection)
    session = _asked(connection, "CreateSession", "a{sv}", (), {"session_handle_token": ("s", secrets.token_hex(8))})
    handle = session["session_handle"][1]
    presses: deque[Any] = deque()
    rule = MatchRule(type="signal", interface=_SHORTCUTS.interface, member="Activated", path=_PATH)
    connection.filter(rule, queue=presses)
    Proxy(message_bus, connection, timeout=_CALL_S).AddMatch(rule)
    wishes = {"description": ("s", "Show the launcher"), "preferred_trigger": ("s", trigger(shortcut))}
    bound = _asked(connection, "BindShortcuts", "oa(sa{sv})sa{sv}", (handle, [(_TOGGLE, wishes)], ""), {})
    if not bound.get("shortcuts", ("", [_TOGGLE]))[1]:
        raise HotkeyUnavailable("the desktop bound no key")
    return presses


def _register(connection: DBusConnection) -> None:
    """Say who asks: the portal shows the name of the program's desktop entry. Older portals do without."""
    write_entry(APP_ID, launcher_command("launch"), is_listed=False)
    with suppress(DBusErrorResponse):
        _called(connection, new_method_call(_REGISTRY, "Register", "sa{sv}", (APP_ID, {})))


def _asked(
    connection: DBusConnection, method: str, signature: str, arguments: tuple[Any, ...], options: dict[str, Any]
) -> dict[str, Any]:
    """Call a method that answers later, with a signal of its own; listen for that before the call, or it is missed."""
    token = secrets.token_hex(8)
    sender = str(connection.unique_name).removeprefix(":").replace(".", "_")
    path = f"{_PATH}/request/{sender}/{token}"
    rule = MatchRule(type="signal", interface="org.freedesktop.portal.Request", member="Response", path=path)
    Proxy(message_bus, connection, timeout=_CALL_S).AddMatch(rule)
    with connection.filter(rule) as responses:
        body = (*arguments, {**options, "handle_token": ("s", token)})
        _called(connection, new_method_call(_SHORTCUTS, method, signature, body))
        code, results = connection.recv_until_filtered(responses, timeout=_PERSON_S).body
    if code != 0:
        raise HotkeyUnavailable("the desktop was asked for the key, and it was refused")
    return dict(results)


def _called(connection: DBusConnection, message: Any) -> Any:
    return unwrap_msg(connection.send_and_get_reply(message, timeout=_CALL_S))


def _serve(connection: DBusConnection, presses: "deque[Any]", on_press: Callable[[str], None]) -> None:
    try:
        while True:
            _session, name, _time_ms, options = connection.recv_until_filtered(presses).body
            if name == _TOGGLE:
                on_press(str(options.get("activation_token", ("s", ""))[1]))
    except OSError:
        pass  # the end: ours, or the bus's
    finally:
        connection.close()
