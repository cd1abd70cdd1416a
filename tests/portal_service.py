"""A GlobalShortcuts portal that does what a test tells it; a program of its own on the test's own bus.

Its argument says how it answers. "plain": binds, and sends a press whenever a line comes in on standard input.
"refuse": the person says no. "old": has no Registry. "silent-press": as plain, without an activation token. "nothing":
binds no shortcut. Everything it is asked is written to standard output, one line of JSON each.
"""

import json
import sys
import threading

from jeepney import DBusAddress, HeaderFields, MessageType, message_bus, new_error, new_method_return, new_signal
from jeepney.io.blocking import Proxy, open_dbus_connection

NAME, PATH = "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop"
SHORTCUTS = DBusAddress(PATH, NAME, "org.freedesktop.portal.GlobalShortcuts")


def main(mode):
    connection = open_dbus_connection("SESSION")
    Proxy(message_bus, connection).RequestName(NAME)
    say("ready")
    sessions = []
    while True:
        call = connection.receive()
        if call.header.message_type != MessageType.method_call:
            continue
        member, body = call.header.fields[HeaderFields.member], call.body
        say(member, body)
        if member == "Register" and mode == "old":
            connection.send(new_error(call, "org.freedesktop.DBus.Error.UnknownMethod"))
        elif member == "Register":
            connection.send(new_method_return(call))
        else:
            answer(connection, call, mode, sessions)


def answer(connection, call, mode, sessions):
    """The signal comes before the reply, which is the order that catches those who listen too late."""
    member = call.header.fields[HeaderFields.member]
    options = call.body[-1]
    sender = call.header.fields[HeaderFields.sender].removeprefix(":").replace(".", "_")
    request = f"{PATH}/request/{sender}/{options['handle_token'][1]}"
    code, results = 0, {}
    if member == "CreateSession":
        sessions.append(f"{PATH}/session/{sender}/{options['session_handle_token'][1]}")
        results = {"session_handle": ("s", sessions[-1])}
    elif mode == "refuse":
        code = 1
    else:
        bound = [] if mode == "nothing" else [(call.body[1][0][0], {"trigger_description": ("s", "Ctrl+Alt+Space")})]
        results = {"shortcuts": ("a(sa{sv})", bound)}
        threading.Thread(target=press, args=(connection, mode, sessions[-1]), daemon=True).start()
    response = DBusAddress(request, NAME, "org.freedesktop.portal.Request")
    connection.send(new_signal(response, "Response", "ua{sv}", (code, results)))
    connection.send(new_method_return(call, "o", (request,)))


def press(connection, mode, session):
    for number, _ in enumerate(sys.stdin):
        options = {} if mode == "silent-press" else {"activation_token": ("s", f"token-{number}")}
        connection.send(new_signal(SHORTCUTS, "Activated", "osta{sv}", (session, "other", 1, {})))
        connection.send(new_signal(SHORTCUTS, "Activated", "osta{sv}", (session, "toggle", 1, options)))


def say(*facts):
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
