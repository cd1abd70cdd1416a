"""The command line of the launcher: one command, one function of the same name.

Only this edge prints and exits. What a command needs is imported inside it, so that
`launcher --help` loads no model runtime, no document reader and no window.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from errors import EXIT_BUG, EXIT_INTERRUPTED, LauncherError, SettingsError

if TYPE_CHECKING:
    import argparse

    from settings import Settings

_QUIT_S = 3.0  # until a resident process that was told to end is gone


def index(args: "argparse.Namespace", settings: "Settings") -> int:
    """Bring the index up to date with the folders, or with all roots when none is named."""
    import index_command

    return index_command.run(args, settings)


def search(args: "argparse.Namespace", settings: "Settings") -> int:
    """Find documents by text, by a picture, or by both."""
    import search_command

    return search_command.run(args, settings)


def launch(args: "argparse.Namespace", settings: "Settings") -> int:
    """Stay ready: show the search window when the key is pressed, until `launcher quit` or Ctrl-C."""
    import launch_command

    return launch_command.run(args, settings, environ=dict(os.environ), say=_say)


def toggle(args: "argparse.Namespace", settings: "Settings") -> int:
    """Show the window, or hide it; bound to a key, it also starts what is not running."""
    return _toggle(settings.runtime_dir)


def quit(args: "argparse.Namespace", settings: "Settings") -> int:  # noqa: A001 - it is what the command is called
    """End the launcher that `launch` started."""
    import time

    import control
    from control.runtime_dir import is_in_use

    try:
        control.ask(settings.runtime_dir, "quit")
    except control.NotRunning:
        _say("The launcher is not running.")
        return 0
    ends = time.monotonic() + _QUIT_S
    while is_in_use(settings.runtime_dir):
        if time.monotonic() > ends:
            raise LauncherError("The launcher does not end.", hint="Log out, or end its process.")
        time.sleep(0.02)
    return 0


def pause(args: "argparse.Namespace", settings: "Settings") -> int:
    """Have the resident process leave the index as it is, for a time or until `launcher resume`."""
    import console
    import control

    try:
        control.ask(settings.runtime_dir, "pause", for_s=args.for_s)
    except control.NotRunning:
        _say("The launcher is not running.")
        return 0
    lasts = f" for {console.shown_duration(args.for_s)}" if args.for_s else ""
    print(f"The index is left as it is{lasts}; launcher resume goes on.")
    return 0


def resume(args: "argparse.Namespace", settings: "Settings") -> int:
    """Have the resident process keep the index up to date again.

    Raises:
        NotRunning: There is none, so nobody does.
    """
    import control

    control.ask(settings.runtime_dir, "resume")
    print("The launcher keeps the index up to date again.")
    return 0


def shortcut(args: "argparse.Namespace", settings: "Settings") -> int:
    """Have the desktop itself run `launcher toggle` when a key is pressed, or leave that again."""
    from desktop.shortcut_setup import bind, unbind
    from settings import PROJECT_DIR

    command = [str(PROJECT_DIR / "launcher"), "toggle"]
    print(bind(args.keys or settings.keyboard_shortcut, command) if args.action == "set" else unbind(command))
    return 0


def autostart(args: "argparse.Namespace", settings: "Settings") -> int:
    """Have the system start the launcher at every login, or leave that again."""
    from control.runtime_dir import is_in_use
    from desktop.autostart import missing, starter, switch
    from desktop.desktop_entry import launcher_command

    if args.switch:
        switch(args.switch == "on", launcher_command("launch", "--hidden"))
    by = starter()
    print(f"The launcher starts at every login, by {by}." if by else "The launcher does not start at login.")
    print("It is running." if is_in_use(settings.runtime_dir) else "It is not running; launcher launch starts it.")
    if gone := missing():
        raise LauncherError(f"What would be started is not there any more: {gone}", hint="launcher autostart on")
    return 0


def status(args: "argparse.Namespace", settings: "Settings") -> int:
    """What is indexed, how far, what could not be read, and what the resident process does about it."""
    import status_command

    return status_command.run(args, settings)


def eval(args: "argparse.Namespace", settings: "Settings") -> int:  # noqa: A001 - it is what the command is called
    """How good the search is, by judged queries."""
    from importlib.util import find_spec

    if find_spec("ir_measures") is None:
        hint = "Its pytrec_eval-terrier has no wheel for Linux and Windows on ARM; elsewhere ./launcher installs it."
        raise SettingsError("The package ir_measures is missing, which `launcher eval` counts with.", hint=hint)
    import evaluate_command

    return evaluate_command.run(args, settings)


def explain(args: "argparse.Namespace", settings: "Settings") -> int:
    """What is known of one file, and why it is found or not."""
    import console
    import explanation
    from index_store import read_index

    path = Path(os.path.abspath(args.file.expanduser()))
    explained = explanation.explain(path, read_index(settings.index_dir), index_dir=settings.index_dir)
    if args.json:
        console.print_json(explanation.as_json(explained))
    else:
        explanation.print_explanation(explained)
    return 0


def forget(args: "argparse.Namespace", settings: "Settings") -> int:
    """Take a folder and all documents under it out of the index."""
    import console
    from control import stood_aside
    from forgetting import forget_for_good

    folder = Path(os.path.abspath(args.folder.expanduser()))
    with stood_aside(settings.runtime_dir):
        forgotten = forget_for_good(
            folder, index_dir=settings.index_dir, opened_file=settings.opened_file, log_dir=settings.log_dir
        )
    if not forgotten.was_known:
        raise SettingsError(f"Nothing of {folder} is indexed.", hint="launcher status lists the indexed folders.")
    count, megabytes = forgotten.documents, forgotten.searched_bytes / 1e6
    console.out.print(f"Forgot {count} documents under {console.shown_path(folder)}. The files themselves stay.")
    console.out.print(f"Searched {megabytes:.1f} MB of raw files: nothing of it is left.")
    return 0


def check(args: "argparse.Namespace", settings: "Settings") -> int:
    """Look at every byte of the index, and drop what is damaged when asked to."""
    import check_command

    return check_command.run(args, settings)


def encryption(args: "argparse.Namespace", settings: "Settings") -> int:
    """Encrypt the index on the disk, or decrypt it; or say how it is."""
    import encryption_command

    return encryption_command.run(args, settings)


def clear(args: "argparse.Namespace", settings: "Settings") -> int:
    """Delete the whole index, and the key of an encrypted one."""
    import console
    from control import stood_aside
    from encryption_command import drop_key, key_to_drop
    from index_store import delete_index
    from opened import clear_opened
    from service.journal import forget_suspects

    if not args.yes:
        if not sys.stdin.isatty():
            raise SettingsError("Deleting the index needs a yes.", hint="launcher clear --yes")
        if console.out.input("Delete the whole index? Your files stay. [y/N] ").strip().lower() not in ("y", "yes"):
            return 1
    with stood_aside(settings.runtime_dir):
        key_id = key_to_drop(settings.index_dir)
        delete_index(settings.index_dir)
        forget_suspects(settings.index_dir)
    clear_opened(settings.opened_file)
    console.out.print("The index is gone, and what you opened is forgotten. Your files are untouched.")
    if key_id:
        drop_key(key_id)
        console.out.print("The next index is not encrypted, unless launcher encryption on comes first.")
    return 0


def models(args: "argparse.Namespace", settings: "Settings") -> int:
    """List, show, fetch, add, choose and remove models."""
    import models_command

    return models_command.run(args, settings)


def mcp(args: "argparse.Namespace", settings: "Settings") -> int:
    """Let an assistant search, over standard input and output."""
    import mcp_command

    return mcp_command.run(args, settings)


def doctor(args: "argparse.Namespace", settings: "Settings") -> int:
    """Check the installation, the model and the index; or what would be contacted."""
    import console
    from diagnosis import checks, network_checks

    failed = 0
    for check in network_checks(settings, os.environ) if args.network else checks(settings):
        failed += not check.passed
        mark = "[green]ok  [/]" if check.passed else "[bold red]BAD [/]"
        console.out.print(f"{mark} {check.subject}: ", end="")
        console.out.print(check.finding, markup=False)
    return 1 if failed else 0


COMMANDS = {
    command.__name__: command
    for command in (
        *(
            index,
            search,
            launch,
            toggle,
            quit,
            pause,
            resume,
            shortcut,
            autostart,
            status,
            eval,
            explain,
            forget,
            check,
            encryption,
            clear,
            models,
            mcp,
            doctor,
        ),
    )
}


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and turn every failure into one line, a hint and an exit code."""
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except LauncherError as error:
        import console

        console.print_error(error)
        return error.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # `launcher search … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ModuleNotFoundError as error:
        print(f"error: the package {error.name} is missing", file=sys.stderr)
        print(
            "hint: run ./launcher instead of python launcher.py, or: pip install -r requirements.txt", file=sys.stderr
        )
        return 1
    except Exception:  # the barrier: a person gets one line, the log gets the traceback
        import logging

        logging.getLogger("launcher").exception("a bug")
        print(f"error: this is a bug in the launcher; what happened is in {_log_file()}", file=sys.stderr)
        return EXIT_BUG


def _run(given: Sequence[str]) -> int:
    if list(given) == ["toggle"]:  # a key was pressed: it waits for no parser, no settings and no log
        from control.runtime_dir import runtime_dir_of

        return _toggle(runtime_dir_of(os.environ))
    from arguments import build_parser, with_exclusions
    from index_key import KeyReader
    from key_source import use_key_source
    from log_file import log_to_file
    from startup import chosen_settings

    args = build_parser().parse_args(with_exclusions(given or ["--help"]))
    settings = chosen_settings(args, os.environ)
    log_to_file(settings.log_dir)
    use_key_source(KeyReader().key)
    return COMMANDS[args.command](args, settings)


def _toggle(runtime_dir: Path) -> int:
    import control

    try:
        token = os.environ.get("XDG_ACTIVATION_TOKEN", "")  # without it Wayland lets no window come to the front
        control.ask(runtime_dir, "toggle", activation_token=token)
    except control.NotRunning:
        import launch_command

        _say("The launcher is not running; it starts now.")
        launch_command.start_detached(sys.argv[2:])
    return 0


def _log_file() -> str:
    import logging

    from log_file import SharedLog

    files = (str(handler.file) for handler in logging.getLogger().handlers if isinstance(handler, SharedLog))
    return next(files, "no log: its folder cannot be written")


if __name__ == "__main__":
    sys.exit(main())
