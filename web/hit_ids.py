"""Ids that stand for hits in the page's requests, so that no request ever names a file."""

import secrets
import threading
from collections import OrderedDict
from datetime import datetime
from pathlib import Path

from search_engine import Hit

_Key = tuple[Path, int, float | None, datetime, int]


class HitIds:
    """The hits that the page was shown lately, by random ids that are good for this run only.

    The same page of the same unchanged file keeps its id from search to search, so that the
    page can keep its row and the browser its thumbnail.

    Args:
        capacity: How many hits are remembered; the one not shown or asked for longest goes first.
    """

    def __init__(self, capacity: int = 5000) -> None:
        self._capacity = capacity
        self._hits: OrderedDict[str, Hit] = OrderedDict()
        self._ids: dict[_Key, str] = {}
        self._lock = threading.Lock()  # endpoints run in several threads

    def remember(self, hit: Hit) -> str:
        """The id of `hit` from now on."""
        with self._lock:
            hit_id = self._ids.setdefault(_key(hit), secrets.token_urlsafe(12))
            self._hits[hit_id] = hit
            self._hits.move_to_end(hit_id)
            if len(self._hits) > self._capacity:
                _, oldest = self._hits.popitem(last=False)
                del self._ids[_key(oldest)]
            return hit_id

    def find(self, hit_id: str) -> Hit | None:
        with self._lock:
            if hit_id in self._hits:
                self._hits.move_to_end(hit_id)  # a search for more like it asks at every key
            return self._hits.get(hit_id)


def _key(hit: Hit) -> _Key:
    return hit.path, hit.page_number, hit.second, hit.modified, hit.size_bytes
