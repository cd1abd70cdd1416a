"""A launcher that has nothing but its window: shows and hides it as its standard input says, and says what happens.

Its arguments are the page's address, and where Debian has GTK for Python.
"""

import sys
import tempfile
import threading
from pathlib import Path

from desktop.window import WindowUnavailable, open_window


def main(address: str, packages: str) -> None:
    sys.path.append(packages)
    profile_dir = Path(tempfile.gettempdir())  # pywebview keeps nothing there
    try:
        window = open_window("webview", lambda: address, on_closed=lambda: say("closed"), profile_dir=profile_dir)
    except WindowUnavailable as error:
        say(error.message)
        return
    threading.Thread(target=obey, args=(window,), daemon=True).start()
    window.run()
    say("ended")


def obey(window) -> None:
    say("ready")
    for line in sys.stdin:
        getattr(window, line.strip())()
    window.close()


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
