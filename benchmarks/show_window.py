"""How long it takes until a hidden window is shown, in front and with the keyboard, and until it is hidden again.

On a display of its own (Xvfb, openbox), in every way that is installed here; a page of one line is in it. The time ends
when the window manager says that the window is the active one, or that there is none.

    python benchmarks/show_window.py
    python benchmarks/show_window.py --rounds 20 --packages /usr/lib/python3/dist-packages
"""

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from desktop.window import Window, WindowUnavailable, open_window
from tests.app_window import Page, install_browser, served_page
from tests.screen import Screen
from tests.xdisplay import virtual_display, window_manager

PAUSE_S = 0.3
GOAL_MS = 50


def main() -> None:
    arguments = parsed()
    sys.path.append(arguments.packages)
    with (
        virtual_display() as name,
        window_manager(name),
        tempfile.TemporaryDirectory() as folder,
        served_page() as page,
    ):
        os.environ.update(DISPLAY=name, XDG_SESSION_TYPE="x11")
        os.environ.pop("WAYLAND_DISPLAY", None)
        install_browser(Path(folder, "bin"))
        os.environ["PATH"] = f"{folder}/bin{os.pathsep}{os.environ['PATH']}"
        for kind in ("app", "webview"):
            try:
                window = open_window(kind, page.address, on_closed=lambda: None, profile_dir=Path(folder, "profiles"))
            except WindowUnavailable as error:
                print(f"{kind:8} {error.message}")
                continue
            measured = threading.Thread(target=measure, args=(kind, window, page, name, arguments.rounds))
            measured.start()
            window.run()
            measured.join()


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument(
        "--packages", default="/usr/lib/python3/dist-packages", help="where the distribution keeps GTK for Python"
    )
    return parser.parse_args()


def measure(kind: str, window: Window, page: Page, display: str, rounds: int) -> None:
    screen, show_ms, hide_ms = Screen(display), [], []
    try:
        page.wait_for("loaded")
        for _ in range(rounds):
            time.sleep(PAUSE_S)
            show_ms.append(elapsed_ms(window.show, lambda: screen.active() in screen.windows()))
            page.wait_for_keyboard()
            hide_ms.append(elapsed_ms(window.hide, lambda: not screen.windows()))
    finally:
        window.close()
    tell(kind, "shown", show_ms, goal=f", goal {GOAL_MS} ms")
    tell(kind, "hidden", hide_ms)


def elapsed_ms(act, is_so) -> float:
    begun = time.perf_counter()
    act()
    while not is_so():
        time.sleep(0.0005)
    return (time.perf_counter() - begun) * 1000


def tell(kind: str, what: str, times_ms: list[float], goal: str = "") -> None:
    p95 = statistics.quantiles(times_ms, n=20)[-1]
    print(f"{kind:8} {what:7} median {statistics.median(times_ms):5.1f} ms, p95 {p95:5.1f} ms of {len(times_ms)}{goal}")


if __name__ == "__main__":
    main()
