"""What was asked lately, so that a person can ask it again; in memory, for this run only."""

import threading
from collections.abc import Sequence

KEPT = 100


class Questions:
    """The last questions, each once."""

    def __init__(self) -> None:
        self._questions: dict[str, None] = {}  # in the order in which they were asked last
        self._lock = threading.Lock()  # endpoints run in several threads

    def note(self, question: str) -> None:
        if not (question := question.strip()):
            return
        with self._lock:
            self._questions.pop(question, None)
            self._questions[question] = None
            if len(self._questions) > KEPT:
                del self._questions[next(iter(self._questions))]

    def newest_first(self) -> Sequence[str]:
        with self._lock:
            return list(reversed(self._questions))
