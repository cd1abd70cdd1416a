"""The resident process: one for each user, shown by a key, reached by commands, gone without a trace.

What answers a person comes first: lock, control socket, key, window. Model and index come last, in a thread. The main
thread is for windows; everything else has threads of its own.
"""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from control.runtime_dir import LOCK_NAME, make_runtime_dir
from control.server import ControlServer, open_control
from control.window_state import WindowState, remove_state, write_state
from desktop.shortcut import HotkeyUnavailable, parse_shortcut
from errors import EXIT_INTERRUPTED, LauncherError
from politeness import Pacer
from process_lock import take_lock
from service.commands import Commands
from service.journal import journal_file, put_down
from service.keeper import Keeper
from service.late_engine import LateEngine
from service.window_orders import NO_WINDOW, Order, WindowOrders
from settings import Settings
from startup import Say
from ui import WindowServer, open_server

if TYPE_CHECKING:
    from desktop.hotkey import Hotkey
    from desktop.tray import Tray
    from desktop.window import Window
    from web.management import Management

Follow = Callable[[Settings], Collection[str]]
_LEAVE_S = 1.8  # from being told to end until the process is gone, whatever still goes on in it
_FINISH_S = 1.2  # of that, for what goes on to come to an end: the commit under way, answers to open pages
_AGAIN_S = 0.3  # one signal may be heard twice
_LOOKS = 3  # at the lock: who only looks whether it is held has it for some microseconds

log = logging.getLogger(__name__)


class OpenWindow(Protocol):
    """`desktop.window.open_window`."""

    def __call__(
        self, kind: str, address: Callable[[], str], *, on_closed: Callable[[], None], profile_dir: Path
    ) -> "Window": ...


@dataclass(frozen=True, slots=True)
class Desktop:
    """What the resident process asks of the desktop.

    Attributes:
        listen: `desktop.hotkey.listen`
        open_window: `desktop.window.open_window`
        start_tray: `desktop.tray.start_tray`
    """

    listen: "Callable[[str, Callable[[], None]], Hotkey]"
    open_window: OpenWindow
    start_tray: "Callable[[Callable[[], None], Callable[[], None]], Tray | None]"


class AlreadyRunning(LauncherError):
    """Another process of this user is the resident one."""


class Resident:
    """One run of the resident process; `run` is all of it.

    Args:
        settings: Where everything is, and what was chosen.
        desktop: Gives windows and keys.
        say: Tells a person who looks at the terminal.
        management: Makes the window's pages about index, models and settings; given what follows a choice made
            there, what shows and hides the window, and who keeps the index current.
    """

    def __init__(
        self,
        settings: Settings,
        desktop: Desktop,
        *,
        say: Say,
        management: "Callable[[Follow, Callable[[Order], None], Keeper], Management] | None" = None,
    ) -> None:
        self._settings = settings
        self._desktop = desktop
        self._say = say
        self._management = management
        self._engine = LateEngine(settings, say=say)
        self._windows = WindowOrders(self._open_window, settings.window, on_problem=self._tell)
        self._pacer = Pacer(settings.pace)
        self._keeper = Keeper(
            settings,
            self._engine,
            pacer=self._pacer,
            give_way=self._engine.give_way,
            wanted=self._engine.wanted.now,
        )
        self._control: ControlServer | None = None
        self._server: WindowServer | None = None
        self._hotkey: Hotkey | None = None
        self._tray: Tray | None = None
        self._choosing = threading.Lock()  # held while key or icon change
        self._ending = threading.Event()
        self._exit_code, self._told_s = 0, 0.0
        self._failure: Exception | None = None
        self._answers = Commands(
            settings,
            self._engine,
            self._keeper,
            self._windows,
            hotkey_way=lambda: self._hotkey.way if self._hotkey else "",
            end=self.end,
            is_ending=self._ending.is_set,
        )

    def run(self, *, port: int = 0, is_hidden: bool = False) -> int:
        """Be the resident process until somebody ends it. In the main thread.

        Args:
            port: Of the window's server; 0 for any.
            is_hidden: No window shows before it is asked for.

        Returns:
            The exit code: 0, or 130 after Ctrl-C.

        Raises:
            AlreadyRunning: Somebody else is it.
            LauncherError: The port is taken, or the folder of the runtime is not ours alone.
        """
        with (
            _alone(self._settings),
            self._commands(),
            _told_of_signals(self._on_signal),
            open_server(port) as self._server,
        ):
            if self._settings.window != NO_WINDOW:
                _start(self._be_on_the_desktop)
                self._windows.prepare() if is_hidden else self._windows.put("show")
            serving, opening = _start(self._serve, self._server), _start(self._engine.prepare)
            keeping = _start(self._keep_current, opening)
            self._windows.run()
            self._finish(self._server, serving, keeping)
        if self._failure:
            raise self._failure
        if serving.is_alive() or opening.is_alive() or keeping.is_alive():
            os._exit(self._exit_code)  # they must not go on in a library while that is taken down
        return self._exit_code

    def end(self, exit_code: int = 0) -> None:
        """Have `run` return soon; told again a moment later, the process is gone at once. From any thread."""
        if self._ending.is_set():
            if time.monotonic() - self._told_s > _AGAIN_S:
                self._leave()
            return
        self._exit_code, self._told_s = exit_code, time.monotonic()
        self._ending.set()
        _start(self._leave_in_time)
        self._windows.end()

    def follow(self, settings: Settings) -> Collection[str]:
        """Go on with what the person has chosen since, as far as that can be done now.

        Returns:
            Names of settings that are followed; others hold from the next start.

        Raises:
            LauncherError: As of `desktop.hotkey.listen`, or there is no place for an icon; all is as it was before.
        """
        followed = self._follow_on_the_desktop(settings) if self._settings.window != NO_WINDOW else []
        followed += self._engine.follow(settings)
        self._pacer.settings = settings.pace
        followed += ["on_battery", "hours"]
        self._settings = replace(self._settings, **{name: getattr(settings, name) for name in followed})
        return followed

    # --- what goes on beside the windows ---

    def _serve(self, server: WindowServer) -> None:
        def ready() -> None:
            write_state(self._settings.runtime_dir, WindowState(os.getpid(), server.port, server.token))
            self._say(f"Ready: {server.address}")

        try:
            ties = (self.follow, self._windows.put, self._keeper)
            management = partial(self._management, *ties) if self._management else None
            server.run(self._engine, ready=ready, management=management)
        except Exception as error:  # noqa: BLE001 - raised in the main thread
            self._failure = error
        if not self._ending.is_set():
            self.end()

    def _keep_current(self, opening: threading.Thread) -> None:
        from extraction.isolation import step_back  # noqa: PLC0415 - with multiprocessing, after the window
        from opened import History  # noqa: PLC0415 - with the index store, as well

        opening.join()  # who opens the window shall not wait for anybody
        step_back()
        if self._settings.has_history:
            self._engine.wanted.recall(History(self._settings.opened_file))
        self._keeper.run()

    def _be_on_the_desktop(self) -> None:
        with self._choosing:
            try:
                self._hotkey = self._listen(self._settings.keyboard_shortcut)
            except LauncherError as error:
                self._tell(error)
            try:
                self._tray = self._tray_of(self._settings)
            except LauncherError as error:
                self._tell(error)

    def _follow_on_the_desktop(self, settings: Settings) -> list[str]:
        """The names of what is followed; raises as `follow`."""
        with self._choosing, ExitStack() as undo:
            hotkey = self._hotkey_of(settings)
            if hotkey and hotkey is not self._hotkey:
                undo.callback(hotkey.stop)
            tray = self._tray_of(settings)
            undo.pop_all()
            for before, now in ((self._hotkey, hotkey), (self._tray, tray)):
                if before and before is not now:
                    before.stop()
            self._hotkey, self._tray = hotkey, tray
        return ["has_tray", "keyboard_shortcut"] if hotkey else ["has_tray"]

    def _hotkey_of(self, settings: Settings) -> "Hotkey | None":
        """The one that there is if it is for the same key: nobody can have a key twice."""
        before, now = self._settings.keyboard_shortcut, settings.keyboard_shortcut
        if before == now or (self._hotkey and parse_shortcut(before) == parse_shortcut(now)):
            return self._hotkey
        try:
            return self._listen(now)
        except HotkeyUnavailable:
            if self._hotkey:
                raise
            return None  # as before: no key can be heard here

    def _tray_of(self, settings: Settings) -> "Tray | None":
        if not settings.has_tray:
            return None
        tray = self._tray or self._desktop.start_tray(partial(self._windows.put, "show"), self.end)
        if tray is None:
            raise LauncherError("There is no place for an icon on this desktop.", hint="The key shows the window too.")
        return tray

    def _listen(self, shortcut: str) -> "Hotkey":
        def pressed() -> None:
            token = self._hotkey.activation_token if self._hotkey else ""
            self._windows.put("toggle", activation_token=token)

        return self._desktop.listen(shortcut, pressed)

    def _open_window(self, kind: str) -> "Window":
        assert self._server
        profile_dir = self._settings.opened_file.parent / "window"
        return self._desktop.open_window(
            kind, self._server.new_address, on_closed=lambda: None, profile_dir=profile_dir
        )

    def _tell(self, error: LauncherError) -> None:
        log.warning("%s", error.message)
        self._say(f"{error.message.removesuffix('.')}. {error.hint}".rstrip())

    # --- commands ---

    @contextmanager
    def _commands(self) -> Iterator[None]:
        if lasts := self._keeper.take_up_pause():  # before anybody can ask for something else
            self._say(f"The index is left as it is {lasts}, as it was asked for before; launcher resume goes on.")
        self._control = open_control(self._settings.runtime_dir, self._answers.answer)
        try:
            yield
        finally:
            self._control.close(wait_s=_FINISH_S)

    # --- the end ---

    def _on_signal(self, number: int) -> None:
        self.end(EXIT_INTERRUPTED if number == signal.SIGINT else 0)

    def _finish(self, server: WindowServer, serving: threading.Thread, keeping: threading.Thread) -> None:
        """Nobody finds us any more; what goes on is given its time."""
        ends = time.monotonic() + _FINISH_S
        remove_state(self._settings.runtime_dir)
        server.stop()
        self._keeper.end()
        for heard in (self._hotkey, self._tray):
            if heard:
                heard.stop()
        if self._control:
            self._control.close(wait_s=_FINISH_S)
        if server.is_answering:  # else it imports Gradio, which nobody can interrupt
            serving.join(max(0.0, ends - time.monotonic()))
        keeping.join(max(0.0, ends - time.monotonic()))
        put_down(journal_file(self._settings.index_dir))  # what the model still works on is not what ends us

    def _leave_in_time(self) -> None:
        time.sleep(_LEAVE_S)
        self._leave()

    def _leave(self) -> None:
        put_down(journal_file(self._settings.index_dir))
        remove_state(self._settings.runtime_dir)
        if self._control:
            self._control.remove_files()
        os._exit(self._exit_code)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """While it lasts, no other process of this user is the resident one; the kernel ends it with this process."""
    make_runtime_dir(settings.runtime_dir)
    try:
        for _ in range(_LOOKS):
            if lock := take_lock(settings.runtime_dir / LOCK_NAME):
                break
            time.sleep(0.01)
    except OSError as error:
        raise LauncherError(f"Cannot lock {settings.runtime_dir}: {error.strerror}") from error
    if lock is None:
        raise AlreadyRunning("The launcher is running already.")
    with lock:
        yield


@contextmanager
def _told_of_signals(on_signal: Callable[[int], None]) -> Iterator[None]:
    """Calls back in a thread: the main thread may be in a window's library, which lets no signal through to Python.

    Some of these (GTK's) take the file that Python wakes them by for themselves, and do let it through: it is told both
    ways.
    """
    awake, wake = socket.socketpair()
    wake.setblocking(False)
    heard = [getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP")]
    # One that is ignored already, as by nohup, stays so.
    numbers = [number for number in heard if number and signal.getsignal(number) != signal.SIG_IGN]

    def on_python_signal(number: int, _: object) -> None:
        with suppress(OSError):
            wake.send(bytes([number]))

    before = {number: signal.signal(number, on_python_signal) for number in numbers}
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)

    def follow() -> None:
        with awake, suppress(OSError):
            while told := awake.recv(1):
                on_signal(told[0])

    _start(follow)
    try:
        yield
    finally:
        signal.set_wakeup_fd(-1)
        for number, action in before.items():
            signal.signal(number, action)
        wake.close()


def _start(work: Callable[..., None], *args: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=args, name=work.__name__.strip("_"), daemon=True)
    thread.start()
    return thread
