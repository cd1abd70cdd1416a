"""How long the Keeper lets be what it could not do, so that nothing is tried in a loop. The time is an argument."""

from errors import IndexLocked, IndexUnwritable, LauncherError

_LOCKED_S = 5.0
_REFUSED_S = 30.0  # a full disk, a model that cannot be opened: then twice as long each time
_FAILED_S = 2.0  # what nobody foresaw: the same
_LONGEST_S = 600.0
_PATIENCE = 3  # failures of several places together, before each is tried alone


class Setbacks:
    """Since something was done last; a new one is made when something is.

    Attributes:
        why: What could not be done, for people; "" when all is well.
        is_full: It was that the index cannot be written.
    """

    def __init__(self) -> None:
        self.why = ""
        self.is_full = False
        self._count = 0
        self._failures = 0  # of the count: those nobody foresaw
        self._until_s = float("-inf")

    @property
    def is_one_by_one(self) -> bool:
        """Whether one of several places is to be found that keeps the others from being done."""
        return self._failures >= _PATIENCE

    def left_s(self, now_s: float) -> float:
        """How long nothing is to be tried."""
        return max(0.0, self._until_s - now_s)

    def refused(self, error: LauncherError, now_s: float) -> None:
        """It was refused with a reason."""
        self.why = f"{error.message.removesuffix('.')}. {error.hint}".rstrip()
        self.is_full = isinstance(error, IndexUnwritable)
        self._wait(_LOCKED_S if isinstance(error, IndexLocked) else _REFUSED_S, now_s)
        if isinstance(error, IndexLocked):
            self._count = 0  # the other one will be done some time

    def failed(self, now_s: float) -> None:
        """It failed as nobody foresaw."""
        self.why = "Something went wrong; it is tried again. The log says more."
        self._failures += 1
        self._wait(_FAILED_S, now_s)

    def _wait(self, first_s: float, now_s: float) -> None:
        self._until_s = now_s + min(first_s * 2.0**self._count, _LONGEST_S)
        self._count += 1
