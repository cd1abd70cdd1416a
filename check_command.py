"""What `launcher check` does: look at every byte of the index, and drop what is damaged when asked to."""

import argparse
from pathlib import Path

import console
from control import stood_aside
from errors import IndexCorrupt
from index_store import Findings, check_index, repair_index
from settings import Settings

_SHOWN = 20


def run(args: argparse.Namespace, settings: Settings) -> int:
    with console.progress_of_bytes("Checking") as on_read:
        if args.repair:
            with stood_aside(settings.runtime_dir):
                findings = repair_index(settings.index_dir, on_read)
        else:
            findings = check_index(settings.index_dir, on_read)
    is_repaired = bool(args.repair and findings.problems)
    if args.json:
        console.print_json(_as_json(findings, is_repaired=is_repaired))
    else:
        _print(findings, is_repaired=is_repaired)
    return IndexCorrupt.exit_code if findings.problems and not is_repaired else 0


def _as_json(findings: Findings, *, is_repaired: bool) -> dict[str, object]:
    return {
        "problems": findings.problems,
        "lost": [path for path in findings.lost if path],
        "lost_nameless": findings.lost.count(""),
        "is_repaired": is_repaired,
    }


def _print(findings: Findings, *, is_repaired: bool) -> None:
    if not findings.problems:
        _say("Every byte of the index is as it was written.")
        return
    for problem in findings.problems:
        _say(f"damaged: {problem}")
    _say(f"{len(findings.lost):,} documents {'were' if is_repaired else 'are'} damaged{':' if findings.lost else '.'}")
    for path in findings.lost[:_SHOWN]:
        _say(f"  {console.shown_path(Path(path)) if path else '(its name is damaged too)'}")
    if len(findings.lost) > _SHOWN:
        _say(f"  and {len(findings.lost) - _SHOWN:,} more; --json lists all")
    if is_repaired:
        _say("Repaired: what was damaged is not in the index any more. The next launcher index reads it again.")
    else:
        _say("launcher check --repair drops what is damaged and keeps the rest.")


def _say(line: str) -> None:
    console.out.print(console.printable(line), markup=False)
