"""How known programs are told where in a document to begin: at a page, a second, or a line."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

# What a program is given, by the name of its executable without ".exe", in lower case. `{at}` is the place.
_Arguments = tuple[str, ...]
_BROWSERS = (
    *("firefox", "firefox-esr", "librewolf", "chromium", "chromium-browser", "chrome", "google-chrome"),
    *("google-chrome-stable", "brave", "brave-browser", "vivaldi", "msedge", "microsoft-edge"),
)
_AT_PAGE: dict[str, _Arguments] = {
    **dict.fromkeys(("evince", "papers", "atril", "xreader"), ("--page-index={at}", "{path}")),
    **dict.fromkeys(_BROWSERS, ("{uri}#page={at}",)),
    "okular": ("--page", "{at}", "{path}"),
    "zathura": ("--page={at}", "{path}"),
    "qpdfview": ("{path}#{at}",),
    "mupdf": ("{path}", "{at}"),
    "sumatrapdf": ("-page", "{at}", "{path}"),
    "acrobat": ("/A", "page={at}", "{path}"),
    "acrord32": ("/A", "page={at}", "{path}"),
    "skim": ("skim://{quoted}#page={at}",),  # given to macOS's `open`
}
_AT_SECOND: dict[str, _Arguments] = {
    "vlc": ("--start-time={at}", "{path}"),
    "mpv": ("--start={at}", "{path}"),
    "celluloid": ("--mpv-start={at}", "{path}"),
    "ffplay": ("-ss", "{at}", "{path}"),
}
_AT_LINE: dict[str, _Arguments] = {
    **dict.fromkeys(("code", "code-insiders", "codium", "vscodium", "cursor"), ("--goto", "{path}:{at}")),
    **dict.fromkeys(("gedit", "xed", "pluma", "gvim", "emacs"), ("+{at}", "{path}")),
    **dict.fromkeys(("kate", "kwrite"), ("--line", "{at}", "{path}")),
    **dict.fromkeys(("mousepad", "geany"), ("--line={at}", "{path}")),
    **dict.fromkeys(("subl", "sublime_text"), ("{path}:{at}",)),
    "notepad++": ("-n{at}", "{path}"),
}
# These show a program's text and do not run it, so a hit may be opened with them whatever it is.
EDITORS = frozenset(_AT_LINE) | {"gnome-text-editor", "featherpad", "leafpad", "l3afpad", "notepad", "textedit"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a document something is; one of these at most is known."""

    page_number: int = 0  # from 1; 0: not known
    second: float | None = None
    line: int = 0  # from 1; 0: not known

    @property
    def is_known(self) -> bool:
        return self != Place()


def arguments_at(program: str, path: Path, place: Place) -> list[str] | None:
    """What a program of that name is given to show `path` at `place`; None: it cannot be told where.

    Args:
        path: Absolute.
    """
    if place.page_number:
        return _filled(_AT_PAGE.get(program), path, str(place.page_number))
    if place.second is not None:
        return _filled(_AT_SECOND.get(program), path, str(int(place.second)))
    return _filled(_AT_LINE.get(program), path, str(place.line)) if place.line else None


def _filled(arguments: _Arguments | None, path: Path, at: str) -> list[str] | None:
    """The place first and the path last: a name may hold `{at}`, a number holds nothing."""
    if arguments is None:
        return None
    if any("{uri}" in argument for argument in arguments):
        return [argument.replace("{at}", at).replace("{uri}", path.as_uri()) for argument in arguments]
    quoted = quote(str(path))
    filled = (argument.replace("{at}", at).replace("{quoted}", quoted) for argument in arguments)
    return [argument.replace("{path}", str(path)) for argument in filled]
