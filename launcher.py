"""The command line of the launcher: one command, one function of the same name.

Only this edge prints and exits. What a command needs is imported inside it, so that
`launcher --help` loads no model runtime, no document reader and no window.
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from arguments import build_parser
from errors import EXIT_BUG, EXIT_INTERRUPTED, LauncherError, SettingsError

if TYPE_CHECKING:
    from settings import Settings

log = logging.getLogger("launcher")


def index(args: argparse.Namespace, settings: "Settings") -> int:
    """Bring the index up to date with the folders, or with all roots when none is named."""
    import index_command

    return index_command.run(args, settings)


def search(args: argparse.Namespace, settings: "Settings") -> int:
    """Find documents by text, by a picture, or by both."""
    import search_command

    return search_command.run(args, settings)


def launch(args: argparse.Namespace, settings: "Settings") -> int:
    """Serve the search window on this machine until Ctrl-C."""
    import console
    import ui
    from startup import open_engine

    engine = open_engine(settings, say=console.say)
    console.say("Starting the window; Ctrl-C ends it.")
    ui.serve(
        engine,
        port=args.port,
        open_window=_open_browser if args.window == "browser" else None,
        ready=lambda url: console.say(f"Ready: {url}"),
    )
    return 0


def status(args: argparse.Namespace, settings: "Settings") -> int:
    """What is indexed, how far, and what could not be read."""
    import console
    import coverage_report
    from index_store import read_index

    snapshot = read_index(settings.index_dir)
    if snapshot.notice:
        console.say(snapshot.notice)
    coverage = coverage_report.coverage_of(snapshot, settings.index_dir)
    if args.skipped:
        coverage_report.add_left_out(coverage)
    if args.json:
        console.print_json(coverage_report.as_json(coverage))
    else:
        coverage_report.print_coverage(coverage)
    return 0


def eval(args: argparse.Namespace, settings: "Settings") -> int:  # noqa: A001 - it is what the command is called
    """How good the search is, by judged queries."""
    from importlib.util import find_spec

    if find_spec("ir_measures") is None:
        hint = "Its pytrec_eval-terrier has no wheel for Linux and Windows on ARM; elsewhere ./launcher installs it."
        raise SettingsError("The package ir_measures is missing, which `launcher eval` counts with.", hint=hint)
    import evaluate_command

    return evaluate_command.run(args, settings)


def explain(args: argparse.Namespace, settings: "Settings") -> int:
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


def forget(args: argparse.Namespace, settings: "Settings") -> int:
    """Take a folder and all documents under it out of the index."""
    import console
    from index_store import create_or_open_index, read_index
    from indexer import forget_folder
    from opened import forget_opened

    folder = Path(os.path.abspath(args.folder.expanduser()))
    fingerprint = read_index(settings.index_dir).fingerprint
    with create_or_open_index(settings.index_dir, fingerprint=fingerprint) as writer:
        count = forget_folder(writer, folder)
        writer.compact()  # so that little of it stays on the disk
    forget_opened(settings.opened_file, folder)
    if not count:
        raise SettingsError(f"Nothing of {folder} is indexed.", hint="launcher status lists the indexed folders.")
    console.out.print(f"Forgot {count} documents under {console.shown_path(folder)}. The files themselves stay.")
    return 0


def check(args: argparse.Namespace, settings: "Settings") -> int:
    """Look at every byte of the index, and drop what is damaged when asked to."""
    import check_command

    return check_command.run(args, settings)


def clear(args: argparse.Namespace, settings: "Settings") -> int:
    """Delete the whole index."""
    import console
    from index_store import delete_index
    from opened import clear_opened

    if not args.yes:
        if not sys.stdin.isatty():
            raise SettingsError("Deleting the index needs a yes.", hint="launcher clear --yes")
        if console.out.input("Delete the whole index? Your files stay. [y/N] ").strip().lower() not in ("y", "yes"):
            return 1
    delete_index(settings.index_dir)
    clear_opened(settings.opened_file)
    console.out.print("The index is gone, and what you opened is forgotten. Your files are untouched.")
    return 0


def models(args: argparse.Namespace, settings: "Settings") -> int:
    """List, show, fetch, add, choose and remove models."""
    import models_command

    return models_command.run(args, settings)


def doctor(args: argparse.Namespace, settings: "Settings") -> int:
    """Check the installation, the model and the index."""
    import console
    from diagnosis import checks

    failed = 0
    for check in checks(settings):
        failed += not check.passed
        mark = "[green]ok  [/]" if check.passed else "[bold red]BAD [/]"
        console.out.print(f"{mark} {check.subject}: ", end="")
        console.out.print(check.finding, markup=False)
    return 1 if failed else 0


COMMANDS = {
    command.__name__: command
    for command in (index, search, launch, status, eval, explain, forget, check, clear, models, doctor)
}


def _open_browser(url: str) -> None:
    import webbrowser

    webbrowser.open(url)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and turn every failure into one line, a hint and an exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    args = build_parser().parse_args(given or ["--help"])
    try:
        return _run(args)
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
        log.exception("a bug")
        print(f"error: this is a bug in the launcher; what happened is in {_log_file()}", file=sys.stderr)
        return EXIT_BUG


def _run(args: argparse.Namespace) -> int:
    from startup import chosen_settings, log_to_file

    settings = chosen_settings(args, os.environ)
    log_to_file(settings.log_dir)
    return COMMANDS[args.command](args, settings)


def _log_file() -> str:
    handlers = (handler for handler in logging.getLogger().handlers if isinstance(handler, logging.FileHandler))
    return next((handler.baseFilename for handler in handlers), "no log: its folder cannot be written")


if __name__ == "__main__":
    sys.exit(main())
