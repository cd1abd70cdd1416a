"""Ids that stand for files and folders in the page's requests, so that no request names one."""

import secrets
from pathlib import Path


class PathIds:
    """Random ids that are good for this run only; a path keeps its own."""

    def __init__(self) -> None:
        self._ids: dict[Path, str] = {}
        self._paths: dict[str, Path] = {}

    def remember(self, path: Path) -> str:
        """The id of `path` from now on."""
        path_id = self._ids.setdefault(path, secrets.token_urlsafe(12))
        self._paths[path_id] = path
        return path_id

    def find(self, path_id: str) -> Path | None:
        return self._paths.get(path_id)
