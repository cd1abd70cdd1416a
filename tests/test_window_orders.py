"""Show, hide, toggle, before there is a window, while there is one, and after it was closed."""

import threading

import pytest

from errors import LauncherError
from service.window_orders import WindowOrders
from tests.resident import until


class FakeWindow:
    """Remembers what was done; one that lives in the main thread keeps it until it is closed."""

    is_shown = False

    def __init__(self, log, *, needs_main_thread=False):
        self.log = log
        self.needs_main_thread = needs_main_thread
        self.is_closed = threading.Event()
        self.log.put("open")

    def show(self, activation_token=""):
        self.log.put(f"show {activation_token}".strip())

    def hide(self):
        self.log.put("hide")

    def toggle(self, activation_token=""):
        self.log.put(f"toggle {activation_token}".strip())

    def run(self):
        self.log.put(f"run in {threading.current_thread().name}")
        assert self.is_closed.wait(20)

    def close(self):
        self.is_closed.set()
        self.log.put("close")


class Log:
    """What happened, in its order."""

    def __init__(self):
        self._happened = threading.Condition()
        self.lines = []

    def put(self, line):
        with self._happened:
            self.lines.append(line)
            self._happened.notify_all()

    def wait_for(self, *lines):
        with self._happened:
            assert self._happened.wait_for(lambda: self.lines[: len(lines)] == list(lines), 20), self.lines


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def windows():
    return []


@pytest.fixture
def run(log, windows):
    """Starts a thread that stands for the main one; all of it ends with the test."""
    started = []

    def start(*, needs_main_thread=False, fails=False):
        def open_window(kind):
            if fails:
                raise LauncherError(f"no {kind}")
            window = FakeWindow(log, needs_main_thread=needs_main_thread)
            windows.append(window)
            return window

        orders = WindowOrders(open_window, "app", on_problem=lambda error: log.put(error.message))
        thread = threading.Thread(target=orders.run, name="main")
        started.append((orders, thread))
        return orders, thread

    yield start
    for orders, thread in started:
        orders.end()
        if thread.ident:
            thread.join(20)
            assert not thread.is_alive()


def test_window_when_toggled_before_it_is_there_then_shows_as_soon_as_it_is(run, log):
    orders, thread = run()
    orders.put("toggle")
    orders.put("toggle")
    thread.start()
    log.wait_for("open", "show", "show")


def test_window_when_there_then_does_what_is_ordered(run, log):
    orders, thread = run()
    thread.start()
    orders.put("show")
    log.wait_for("open", "show")
    for order in ("toggle", "hide", "show"):
        orders.put(order)
    log.wait_for("open", "show", "toggle", "hide", "show")


def test_window_when_prepared_then_is_open_and_hidden(run, log):
    orders, thread = run()
    orders.prepare()
    thread.start()
    log.wait_for("open")
    orders.put("toggle")
    log.wait_for("open", "toggle")


def test_window_when_it_lives_in_the_main_thread_then_runs_there_and_hears_orders(run, log):
    orders, thread = run(needs_main_thread=True)
    thread.start()
    orders.put("show")
    log.wait_for("open", "show", "run in main")
    orders.put("toggle")
    log.wait_for("open", "show", "run in main", "toggle")


def test_window_when_the_person_closed_it_then_another_is_opened(run, log, windows):
    orders, thread = run(needs_main_thread=True)
    thread.start()
    orders.put("show")
    log.wait_for("open", "show", "run in main")
    windows[0].close()
    until(lambda: orders._window is None)
    orders.put("toggle")
    log.wait_for("open", "show", "run in main", "close", "open", "show", "run in main")


def test_window_when_a_key_was_pressed_under_wayland_then_may_come_to_the_front(run, log):
    orders, thread = run()
    orders.put("toggle", activation_token="first")
    thread.start()
    log.wait_for("open", "show first")
    orders.put("toggle", activation_token="second")
    log.wait_for("open", "show first", "toggle second")


def test_window_when_there_is_none_then_hiding_opens_none(run, log):
    orders, thread = run()
    orders.put("hide")
    orders.put("show")
    thread.start()
    log.wait_for("open", "show")


def test_window_when_it_cannot_be_had_then_is_said_and_tried_again(run, log):
    orders, thread = run(fails=True)
    thread.start()
    orders.put("show")
    orders.put("toggle", "webview")
    log.wait_for("no app", "no webview")


@pytest.mark.parametrize("needs_main_thread", [True, False])
def test_window_when_all_ends_while_it_is_open_then_is_closed(run, log, needs_main_thread):
    orders, thread = run(needs_main_thread=needs_main_thread)
    thread.start()
    orders.put("show")
    log.wait_for("open", "show")
    orders.end()
    thread.join(20)
    assert log.lines[-1] == "close"
