"""Films and sounds for the page to play: the only files of the person that a browser gets as they are."""

from pathlib import Path

from fastapi import Response
from fastapi.responses import FileResponse

from search_engine import Hit

# What browsers play, and nothing that one would show or run: by the kind in the index and by the name.
_MEDIA_TYPES = {
    "video": {
        ".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm",
        ".mkv": "video/x-matroska", ".ogv": "video/ogg", ".3gp": "video/3gpp",
    },
    "audio": {
        ".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".m4b": "audio/mp4", ".aac": "audio/aac", ".flac": "audio/flac",
        ".ogg": "audio/ogg", ".oga": "audio/ogg", ".opus": "audio/ogg", ".wav": "audio/wav",
    },
}  # fmt: skip


def media_type(hit: Hit) -> str | None:
    """What a browser is told that it is; None for what it is never given."""
    return _MEDIA_TYPES.get(hit.kind, {}).get(hit.path.suffix.lower())


def media_file(path: Path, media_type: str) -> Response:
    """The file, or the ranges of it that are asked for; browsers ask for some of it again and again."""
    return FileResponse(path, media_type=media_type, headers={"Cache-Control": "private, no-store"})
