"""What `launcher launch` does: become the resident process, or have the one that there is show its window."""

import argparse
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from control import NotRunning, ask
from desktop.hotkey import listen, parse_shortcut
from desktop.tray import start_tray
from desktop.window import open_window
from errors import LauncherError, SettingsError
from service.keeper import Keeper
from service.resident import AlreadyRunning, Desktop, Follow, Resident
from service.window_orders import NO_WINDOW, Order
from settings import PROJECT_DIR, Settings
from startup import Say

if TYPE_CHECKING:
    from web.management import Management

log = logging.getLogger(__name__)

_PATIENCE_S = 5.0  # while another one starts or ends
_ROUND_S = 0.05


def run(args: argparse.Namespace, settings: Settings, *, environ: Mapping[str, str], say: Say) -> int:
    """As `launcher launch`.

    Args:
        environ: As it is now: the window's server changes it.
        say: Shows a person one line. `console` would take longer to import than the key may wait.
    """
    if args.share:
        raise SettingsError(
            "The window cannot be shared: nothing leaves this machine.", hint="launcher launch, without --share"
        )
    parse_shortcut(settings.keyboard_shortcut)

    def management(follow: Follow, order_window: Callable[[Order], None], upkeep: Keeper) -> "Management":
        from web.management import Management  # noqa: PLC0415 - with all that it imports, while the window opens

        return Management(settings, environ, upkeep=upkeep, apply=follow, order_window=order_window)

    ends = time.monotonic() + _PATIENCE_S
    while time.monotonic() < ends:
        resident = Resident(settings, Desktop(listen, open_window, start_tray), say=say, management=management)
        try:
            return resident.run(port=args.port, is_hidden=args.hidden)
        except AlreadyRunning:
            if _is_shown_by_the_first(args, settings, environ, say):
                return 0
        except LauncherError as error:
            log.warning("%s", error.message)  # nobody may be looking at a terminal
            raise
        time.sleep(_ROUND_S)
    raise LauncherError("The launcher is running already, but does not answer.", hint="launcher quit")


def start_detached(options: Sequence[str]) -> None:
    """Start `launcher launch` with these options; it outlives this process."""
    subprocess.Popen(
        [sys.executable, str(PROJECT_DIR / "launcher.py"), "launch", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # everywhere else
        creationflags=getattr(subprocess, "DETACHED_PROCESS", 0),  # of Windows alone
    )


def _is_shown_by_the_first(args: argparse.Namespace, settings: Settings, environ: Mapping[str, str], say: Say) -> bool:
    """Whether the one that runs already has done what this one was started for; not while it starts or ends.

    Raises:
        SettingsError: It has another index.
    """
    try:
        index_dir = ask(settings.runtime_dir, "status")["index_dir"]
        if index_dir != str(settings.index_dir):
            raise SettingsError(f"The launcher is running already, with the index in {index_dir}", hint="launcher quit")
        if args.hidden or settings.window == NO_WINDOW:
            say("The launcher is running already.")
        else:
            token = environ.get("XDG_ACTIVATION_TOKEN", "")
            ask(settings.runtime_dir, "show", window=settings.window, activation_token=token)
            say("The launcher is running already; its window shows.")
    except NotRunning:
        return False
    return True
