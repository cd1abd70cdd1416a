"""What came of documents that workers read and looked at: counted, and held against what is promised."""

import io
from collections import Counter
from pathlib import Path

from PIL import Image

from corpus import KINDS, Contents, Thumbnail
from errors import DocumentError
from extraction.previews import SIZE_PX
from extraction.reading import MAX_PAGES, MAX_TEXT_CHARS
from extraction.views import View

NOTABLE = ("the reader crashed", "took longer", "needs too much memory")
_COLUMNS = ("read", "looked at", "previewed", "nothing to see", "refused", *NOTABLE)
_REASONS_SHOWN = 25


class Outcomes:
    """`broken` is what nobody promised; `notable` is promised, but better known: what cost a worker."""

    def __init__(self, *, most_px: int) -> None:
        self.broken: list[tuple[Path, str]] = []
        self.notable: list[tuple[Path, str]] = []
        self._most_px = most_px
        self._by_suffix: dict[str, Counter[str]] = {}
        self._reasons: Counter[str] = Counter()

    def count(self, path: Path, act: str, outcome: object) -> None:
        """Take note of one outcome; `act` is "read", "looked at" or "previewed"."""
        if flaw := _flaw(outcome, self._most_px):
            self.broken.append((path, f"{act}: {flaw}"))
        result = act if outcome else "nothing to see"
        if isinstance(outcome, DocumentError):
            result = next((reason for reason in NOTABLE if outcome.reason.startswith(reason)), "refused")
            self._reasons[f"{act}: {outcome.reason}"] += 1
            if result in NOTABLE:
                self.notable.append((path, f"{act}: {outcome.reason}"))
        self._by_suffix.setdefault(path.suffix[1:].lower(), Counter())[result] += 1

    def show(self, *, least: int = 1) -> None:
        """Print tables; formats of fewer than `least` documents together."""
        rows: dict[str, Counter[str]] = {}
        for suffix, counts in sorted(self._by_suffix.items()):
            is_rare = counts["read"] + counts["refused"] < least
            rows.setdefault("others" if is_rare else suffix, Counter()).update(counts)
        print(f"| format | {' | '.join(_COLUMNS)} |\n|---|{'---|' * len(_COLUMNS)}")
        for name, counts in (*rows.items(), ("all", sum(rows.values(), Counter()))):
            print(f"| {name} | {' | '.join(str(counts[column] or '-') for column in _COLUMNS)} |")
        print("\n| what was refused, and why | times |\n|---|---|")
        for reason, count in self._reasons.most_common(_REASONS_SHOWN):
            print(f"| {reason} | {count} |")
        for title, findings in (("notable", self.notable), ("FINDING", self.broken)):
            for path, what in findings:
                print(f"{title}: {what}: {path}")


def _flaw(outcome: object, most_px: int) -> str:
    """What of an outcome is not as it is promised, or ""."""
    if isinstance(outcome, DocumentError):
        is_short = 0 < len(outcome.reason) <= 200 and "\n" not in outcome.reason
        return "" if is_short else f"a reason like {outcome.reason!r}"
    if isinstance(outcome, Contents):
        return _flaw_of_contents(outcome)
    if isinstance(outcome, tuple) and all(isinstance(view, View) for view in outcome):
        areas = [view.pixels.shape[0] * view.pixels.shape[1] for view in outcome]
        return "" if all(0 < area <= most_px for area in areas) else f"views of {areas} px"
    if isinstance(outcome, tuple) and all(isinstance(kept, Thumbnail) for kept in outcome):
        sizes = [Image.open(io.BytesIO(kept.picture)).size for kept in outcome]
        return "" if all(max(size) <= SIZE_PX for size in sizes) else f"previews of {sizes} px"
    return f"a {type(outcome).__name__}"


def _flaw_of_contents(contents: Contents) -> str:
    text = "".join(page.text for page in contents.pages)
    numbers = [page.page_number for page in contents.pages]
    if contents.kind not in KINDS or numbers != list(range(1, len(numbers) + 1)):
        return f"kind {contents.kind}, pages {numbers[:9]}"
    if len(numbers) > MAX_PAGES or len(text) > MAX_TEXT_CHARS:
        return f"{len(numbers)} pages, {len(text)} characters"
    try:
        (text + contents.title + contents.created + contents.place).encode()
    except UnicodeEncodeError:
        return "text that cannot be written as UTF-8"
    return "a zero byte in its text" if "\0" in text else ""
