"""A window that has the focus and writes down every key that reaches it, one per line; a program of its own."""

import sys

from Xlib import X
from Xlib.display import Display


def main() -> None:
    display = Display()
    screen = display.screen()
    mask = X.KeyPressMask | X.ExposureMask
    window = screen.root.create_window(0, 0, 200, 200, 0, screen.root_depth, event_mask=mask)
    window.map()
    while True:
        event = display.next_event()
        if event.type == X.Expose:
            window.set_input_focus(X.RevertToParent, X.CurrentTime)
            display.sync()
            _say("focused")
        elif event.type == X.KeyPress:
            _say(str(event.detail))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
