"""A place for icons, as a panel has one: takes what wants to be shown, and says how often that was; its own program."""

import sys

from Xlib import X
from Xlib.display import Display
from Xlib.protocol import event

SIDE_PX = 64


def main() -> None:
    display = Display()
    screen = display.screen()
    panel = screen.root.create_window(0, 0, SIDE_PX, SIDE_PX, 0, screen.root_depth, override_redirect=True)
    panel.map()
    selection = display.intern_atom("_NET_SYSTEM_TRAY_S0")
    opcode = display.intern_atom("_NET_SYSTEM_TRAY_OPCODE")
    panel.set_selection_owner(selection, X.CurrentTime)
    manager = event.ClientMessage(
        window=screen.root, client_type=display.intern_atom("MANAGER"), data=(32, [0, selection, panel.id, 0, 0])
    )
    screen.root.send_event(manager, event_mask=X.StructureNotifyMask)
    display.sync()
    _say("open")
    while True:
        told = display.next_event()
        if told.type == X.ClientMessage and told.client_type == opcode:
            icon = display.create_resource_object("window", told.data[1][2])
            icon.reparent(panel, 0, 0)
            icon.configure(width=SIDE_PX, height=SIDE_PX)
            icon.map()
            display.sync()
            _say("docked")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
