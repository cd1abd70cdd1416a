"""The command line: every command and option, and nothing that is slow to import."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

VERSION = "0.1.0"
LEAST_WORKER_MB = 1024  # of address space: its libraries alone take 700
WINDOWS = ("auto", "webview", "app", "browser", "none")
LANGUAGES = ("any", "latin", "chinese", "japanese")  # of words in pictures

_TEXT_MARK = "\0"  # no shell can pass it
_EXCLUSION = re.compile(r"-[^\W\d_][^=]")  # as long as an option of one letter is not
_TIME = re.compile(r"(\d+(?:\.\d+)?)(s|min|m|h|d)", re.ASCII)
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

EXAMPLES = """\
examples:
  launcher index ~/Documents
  launcher search how do I get reimbursed for a client visit
  launcher search --like photo.jpg
  launcher search minutes of the spring meeting type:pdf after:2024-03
  launcher search photos from 2023
  launcher launch
"""


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="launcher",
        description="Find and open your files by what they say and show. Everything stays on this machine.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"launcher {VERSION}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    shared = _shared_options()
    _add_index(commands.add_parser("index", parents=[shared], help="index folders, or bring the index up to date"))
    _add_search(commands.add_parser("search", parents=[shared], help="find documents"))
    _add_resident(commands, shared)
    _add_status(commands.add_parser("status", parents=[shared], help="what is indexed, and what could not be read"))
    _add_eval(commands.add_parser("eval", parents=[shared], help="how good the search is, by judged queries"))
    explain = commands.add_parser(
        "explain", parents=[shared], help="what is known of one file, and why it is found or not"
    )
    explain.add_argument("file", type=Path, metavar="FILE")
    explain.add_argument("--json", action="store_true", help="for programs")
    _add_upkeep(commands, shared)
    _add_models(commands.add_parser("models", parents=[shared], help="list, fetch, choose and remove models"))
    commands.add_parser("mcp", parents=[shared], help="let an assistant search, over standard input and output")
    _add_doctor(commands.add_parser("doctor", parents=[shared], help="check the installation, the model and the index"))
    return parser


def with_exclusions(given: Sequence[str]) -> list[str]:
    """The words of a command line, those of a search that exclude (`-cake`) marked as text for the parser.

    To argparse they would be options that do not exist, or `-h` with something behind it.
    """
    if not given or given[0] != "search":
        return list(given)
    end = given.index("--") if "--" in given else len(given)
    return [_TEXT_MARK + word if _EXCLUSION.match(word) else word for word in given[:end]] + list(given[end:])


def _add_resident(commands: _Commands, shared: argparse.ArgumentParser) -> None:
    _add_launch(commands.add_parser("launch", parents=[shared], help="stay ready, and open the search window"))
    commands.add_parser("toggle", parents=[shared], help="show the window or hide it, to be bound to a key")
    commands.add_parser("quit", parents=[shared], help="end the launcher that `launch` started")
    pause = commands.add_parser("pause", parents=[shared], help="leave the index as it is for a while")
    pause.add_argument(
        "--for", dest="for_s", type=_duration, metavar="TIME", help="90s, 30min, 2h, 1d (default: until resume)"
    )
    commands.add_parser("resume", parents=[shared], help="keep the index up to date again")
    _add_shortcut(commands.add_parser("shortcut", parents=[shared], help="have the desktop bind a key to `toggle`"))
    autostart = commands.add_parser("autostart", parents=[shared], help="start the launcher at every login")
    autostart.add_argument("switch", nargs="?", choices=("on", "off"), help="default: only say how it is")


def _add_upkeep(commands: _Commands, shared: argparse.ArgumentParser) -> None:
    forget = commands.add_parser("forget", parents=[shared], help="take a folder out of the index")
    forget.add_argument("folder", type=Path, metavar="FOLDER")
    _add_check(commands.add_parser("check", parents=[shared], help="look at every byte of the index, and repair it"))
    encryption = commands.add_parser(
        "encryption", parents=[shared], help="encrypt the index on the disk, or decrypt it"
    )
    encryption.add_argument("switch", nargs="?", choices=("on", "off"), help="default: only say how it is")
    encryption.add_argument("--json", action="store_true", help="for programs")
    clear = commands.add_parser("clear", parents=[shared], help="delete the whole index; your files stay")
    clear.add_argument("--yes", action="store_true", help="do not ask")


def _shared_options() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    group = shared.add_argument_group("where and how")
    group.add_argument("--index-dir", type=Path, metavar="DIR", help="where the index is kept")
    group.add_argument("--model", metavar="NAME|FILE.gguf", help="a model of `launcher models`, or a GGUF file")
    group.add_argument("--threads", type=_positive, metavar="N", help="threads of the model (default: all cores)")
    group.add_argument("--device", choices=("auto", "cpu", "cuda"), help="where the model runs (default: auto)")
    group.add_argument("--gpu-layers", type=_natural, metavar="N", help="layers on the GPU (default: all)")
    group.add_argument("--offline", action="store_true", help="never fetch anything, not even the starter model")
    group.add_argument("--no-history", action="store_true", help="what was opened neither counts nor is kept")
    seeing = shared.add_argument_group("of the embeddings; default: as the index was made")
    seeing.add_argument(
        "--projector", metavar="FILE|none", help="the mmproj of a GGUF file (default: the one beside it)"
    )
    seeing.add_argument("--detail", choices=("low", "medium", "high"), help="how much is seen of a picture")
    seeing.add_argument("--dim", type=_positive, metavar="N", help="keep the first N dimensions of each embedding")
    seeing.add_argument("--query-instruction", metavar="TEXT", help="what a query is introduced with to the model")
    seeing.add_argument("--document-instruction", metavar="TEXT", help="what a document is introduced with")
    seeing.add_argument("--end-token", choices=("auto", "always", "never"), help="whether <|endoftext|> ends an input")
    return shared


def _add_index(index: argparse.ArgumentParser) -> None:
    index.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="none: all folders of the index again")
    index.add_argument("--recursive", action=argparse.BooleanOptionalAction, default=True, help="with subfolders")
    index.add_argument("--exclude", action="append", default=[], metavar="PATTERN", help="as in .gitignore; repeatable")
    index.add_argument("--include-hidden", action="store_true", help="also names that begin with a dot")
    index.add_argument(
        "--default-excludes", action=argparse.BooleanOptionalAction, default=True, help=".git, node_modules, caches, …"
    )
    index.add_argument(
        "--pages",
        choices=("auto", "image", "text", "both"),
        default="auto",
        help="PDFs and slides as they look, with a model that sees: pages with little text, all instead of their text, "
        "none, or all beside it",
    )
    index.add_argument(
        "--archives",
        choices=("names", "contents"),
        default="names",
        help="of ZIP and TAR the names of what is in them, or also the documents themselves",
    )
    index.add_argument(
        "--ocr",
        choices=("auto", "on", "off"),
        default="auto",
        help="read words in pictures and on scanned pages; auto: with a model that does not see",
    )
    index.add_argument(
        "--ocr-language", choices=LANGUAGES, default="any", help="whose letters those words have (default: any)"
    )
    index.add_argument("--retry", action="store_true", help="read again what failed before")
    index.add_argument("--dry-run", action="store_true", help="only say what would be done")
    index.add_argument("--workers", type=_positive, metavar="N", help="processes that read documents")
    index.add_argument(
        "--time-limit",
        type=_positive,
        default=20,
        metavar="SECONDS",
        help="for reading one document; half of it for one page, three times as long for looking (default: 20)",
    )
    index.add_argument(
        "--memory-limit", type=_worker_mb, default=2048, metavar="MB", help="for one of those processes (default: 2048)"
    )
    index.add_argument("--json", action="store_true", help="progress and report as JSON lines")


def _add_search(search: argparse.ArgumentParser) -> None:
    search.add_argument(
        "text",
        nargs="*",
        type=lambda word: word.removeprefix(_TEXT_MARK),
        metavar="TEXT",
        help="what you remember of the document; -word for what is not in it",
    )
    search.add_argument(
        "--like",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="what is like this picture, or like this document; repeatable",
    )
    search.add_argument(
        "--unlike",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="and less like this document; repeatable",
    )
    search.add_argument("--explain", action="store_true", help="say what speaks for each document, and how much")
    _add_filters(search.add_argument_group("filters", "which may also be words of TEXT: type:pdf, last week's slides"))
    search.add_argument("--limit", type=_positive, default=10, metavar="N", help="at most N documents (default: 10)")
    search.add_argument("--all-copies", action="store_true", help="list copies and versions one by one")
    _add_reranking(search, default="when one is here")
    output = search.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="for programs")
    output.add_argument("--paths0", action="store_true", help="paths only, each ended by NUL, for xargs -0")


def _add_reranking(parser: argparse.ArgumentParser, *, default: str) -> None:
    parser.add_argument(
        "--rerank",
        action=argparse.BooleanOptionalAction,
        help=f"have a reranker read the first 20 documents again (default: {default})",
    )
    parser.add_argument(
        "--rerank-budget", type=_seconds, default=2.0, metavar="SECONDS", help="how long it may read (default: 2)"
    )
    parser.add_argument(
        "--reranker", metavar="NAME|FILE.gguf", help="which one (default: the one that goes with the model)"
    )


def _add_filters(group: argparse._ArgumentGroup) -> None:
    """Options that are named as the same filter is written in the text."""

    def add(*names: str, metavar: str, help: str) -> None:  # noqa: A002  # as argparse has it
        group.add_argument(*names, action="append", default=[], metavar=metavar, help=help)

    add("--type", metavar="KIND", help="pdf, photos, code, docx, …; repeatable")
    add("--in", "--under", metavar="FOLDER", help="in this folder, or in any of this name; repeatable")
    add("--after", metavar="DATE", help="changed then or later: 2024-03-31, 2024, yesterday, last-week")
    add("--before", metavar="DATE", help="changed before")
    add("--size", metavar="SIZE", help="'>10mb', '<500k' or 1mb..5mb")
    add("--name", metavar="NAME", help="a part of the file's name, or 'report*.pdf'")
    group.add_argument("--plain", action="store_true", help="no word of TEXT is a filter")


def _add_launch(launch: argparse.ArgumentParser) -> None:
    launch.add_argument("--port", type=_natural, default=0, metavar="N", help="default: any free one")
    launch.add_argument(
        "--window",
        choices=WINDOWS,
        help="what it is shown in (default: auto, the best there is); none: only its address",
    )
    launch.add_argument("--keyboard-shortcut", metavar="KEYS", help='shows it: "<ctrl>+<alt>+<space>" (the default)')
    launch.add_argument("--hidden", action="store_true", help="show nothing before the key is pressed")
    launch.add_argument("--share", action="store_true", help="is refused: nothing leaves this machine")
    _add_reranking(launch, default="when one is here")


def _add_status(status: argparse.ArgumentParser) -> None:
    status.add_argument("--watch", action="store_true", help="show how it changes, until Ctrl-C")
    status.add_argument("--skipped", action="store_true", help="also count what the rules leave out; walks the folders")
    status.add_argument("--json", action="store_true", help="for programs; with --watch a line for every change")


def _add_shortcut(shortcut: argparse.ArgumentParser) -> None:
    actions = shortcut.add_subparsers(dest="action", metavar="ACTION", required=True)
    bind = actions.add_parser("set", help="on GNOME, KDE and XFCE, for where `launch` hears no key")
    bind.add_argument("keys", nargs="?", metavar="KEYS", help='default: the one of `launch`, "<ctrl>+<alt>+<space>"')
    actions.add_parser("unset", help="take it away again")


def _add_eval(evaluation: argparse.ArgumentParser) -> None:
    evaluation.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="the documents of a test collection")
    evaluation.add_argument("queries", nargs="?", type=Path, metavar="QUERIES", help="JSON lines, or id, tab and text")
    evaluation.add_argument(
        "qrels", nargs="?", type=Path, metavar="QRELS", help="query, document, relevance; or as in TREC"
    )
    evaluation.add_argument("--limit", type=_positive, metavar="N", help="only the first N queries")
    _add_reranking(evaluation, default="no")
    evaluation.add_argument("--run", type=Path, metavar="FILE", help="write the rankings, as TREC programs read them")
    evaluation.add_argument("--json", action="store_true", help="for programs")
    mine = evaluation.add_argument_group("with your own index in place of a test collection")
    mine.add_argument("--mine", action="store_true", help="ask questions made from your documents")
    mine.add_argument("--count", type=_positive, default=100, metavar="N", help="how many (default: 100)")
    mine.add_argument("--seed", type=_natural, default=0, metavar="N", help="another number asks others (default: 0)")
    mine.add_argument("--save", type=Path, metavar="FILE", help="keep the questions, to ask them again")
    mine.add_argument("--queries", dest="asked", type=Path, metavar="FILE", help="ask those that --save kept")
    mine.add_argument("--verbose", action="store_true", help="also show each question and where its document came")


def _add_models(models: argparse.ArgumentParser) -> None:
    actions = models.add_subparsers(dest="action", metavar="ACTION")
    listed = actions.add_parser("list", help="what there is, and what is here")
    listed.add_argument("--json", action="store_true", help="for programs")
    show = actions.add_parser("show", help="all about one model")
    show.add_argument("name", metavar="NAME|FILE.gguf")
    get = actions.add_parser("get", help="fetch a model; goes on where it stopped")
    get.add_argument("name", metavar="NAME")
    # Also after the action, where one looks for it; the one before the action keeps its value.
    get.add_argument("--offline", action="store_true", default=argparse.SUPPRESS, help="only look what is here")
    get.add_argument("--json", action="store_true", help="progress as JSON lines")
    add = actions.add_parser("add", help="take over files brought by hand")
    add.add_argument("files", nargs="+", type=Path, metavar="FILE")
    use = actions.add_parser("use", help="choose the model that is used when none is named")
    use.add_argument("name", metavar="NAME|FILE.gguf")
    remove = actions.add_parser("remove", help="delete a model's files")
    remove.add_argument("name", metavar="NAME")
    remove.add_argument("--yes", action="store_true", help="do not ask")


def _add_check(check: argparse.ArgumentParser) -> None:
    check.add_argument("--repair", action="store_true", help="drop what is damaged; the next index reads it again")
    check.add_argument("--json", action="store_true", help="for programs")


def _add_doctor(doctor: argparse.ArgumentParser) -> None:
    doctor.add_argument("--network", action="store_true", help="check instead that nothing would be contacted")


def _positive(text: str) -> int:
    return _whole_number(text, at_least=1)


def _natural(text: str) -> int:
    return _whole_number(text, at_least=0)


def _worker_mb(text: str) -> int:
    megabytes = _positive(text)
    if megabytes < LEAST_WORKER_MB:
        raise argparse.ArgumentTypeError(f"what reads documents needs {LEAST_WORKER_MB} MB or more: {text!r}")
    return megabytes


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"not a number of seconds: {text!r}")
    return float(text)


def _duration(text: str) -> float:
    """Seconds."""
    parts = _TIME.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise argparse.ArgumentTypeError(f"not a time such as 30min or 2h: {text!r}")
    return sum(float(number) * _UNITS_S[unit[0]] for number, unit in parts)


def _whole_number(text: str, *, at_least: int) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < at_least:
        raise argparse.ArgumentTypeError(f"not a whole number of {at_least} or more: {text!r}")
    return int(text)
