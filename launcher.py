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
    from search_engine import SearchEngine
    from settings import Settings

log = logging.getLogger("launcher")


def index(args: argparse.Namespace, settings: "Settings") -> int:
    """Bring the index up to date with the folders, or with all roots when none is named."""
    import index_command

    return index_command.run(args, settings)


def search(args: argparse.Namespace, settings: "Settings") -> int:
    """Find documents by text, by a picture, or by both."""
    import console
    from search_engine import Filters, Query
    from startup import open_engine

    text = " ".join(args.text)
    if not text.strip() and args.like is None:
        raise SettingsError("Nothing to search for.", hint='Say what the file is about: launcher search "roof repair"')
    filters = Filters(
        kinds=tuple(kind.lower().lstrip(".") for kind in args.type),
        under=args.under.expanduser().absolute() if args.under else None,
        after=args.after,
        before=args.before,
    )
    if args.like and not args.like.expanduser().exists():
        raise SettingsError(f"No such file: {args.like}", hint="--like takes a picture, or a document of the index.")
    engine = open_engine(settings, say=console.say)
    like, picture = _shown(args.like, engine) if args.like else (None, None)
    hits = engine.search(Query(text=text, picture=picture, like=like, filters=filters, limit=args.limit))
    if args.json:
        console.print_json([console.hit_as_json(hit) for hit in hits])
    elif args.paths0:
        console.print_paths0(hits)
    else:
        console.print_hits(hits)
    return 0


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
    coverage = coverage_report.coverage_of(snapshot, settings.index_dir)
    if args.skipped:
        coverage_report.add_left_out(coverage)
    if args.json:
        console.print_json(coverage_report.as_json(coverage))
    else:
        coverage_report.print_coverage(coverage)
    return 0


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

    folder = Path(os.path.abspath(args.folder.expanduser()))
    fingerprint = read_index(settings.index_dir).fingerprint
    with create_or_open_index(settings.index_dir, fingerprint=fingerprint) as writer:
        count = forget_folder(writer, folder)
    if not count:
        raise SettingsError(f"Nothing of {folder} is indexed.", hint="launcher status lists the indexed folders.")
    console.out.print(f"Forgot {count} documents under {console.shown_path(folder)}. The files themselves stay.")
    return 0


def clear(args: argparse.Namespace, settings: "Settings") -> int:
    """Delete the whole index."""
    import console
    from index_store import delete_index

    if not args.yes:
        if not sys.stdin.isatty():
            raise SettingsError("Deleting the index needs a yes.", hint="launcher clear --yes")
        if console.out.input("Delete the whole index? Your files stay. [y/N] ").strip().lower() not in ("y", "yes"):
            return 1
    delete_index(settings.index_dir)
    console.out.print("The index is gone. Your files are untouched.")
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
    command.__name__: command for command in (index, search, launch, status, explain, forget, clear, models, doctor)
}


def _open_browser(url: str) -> None:
    import webbrowser

    webbrowser.open(url)


def _shown(path: Path, engine: "SearchEngine") -> tuple[Path | None, bytes | None]:
    """A document that the index knows as it is now, else the bytes of a picture."""
    absolute = Path(os.path.abspath(path.expanduser()))
    if engine.knows(absolute):
        return absolute, None
    try:
        return None, absolute.read_bytes()
    except OSError as error:
        raise SettingsError(f"Cannot read {path}: {error.strerror}", hint="--like takes a picture file.") from error


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
