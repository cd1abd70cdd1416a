"""What the Keeper does in its turns: compares places with the index, and has read and looked at what is other there.

While something long goes on, what has come since is read in between, to the same index: a text that is saved is found
within two seconds, whatever else there is to be done.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, Protocol

from errors import IndexMissing, LauncherError
from extraction.previews import may_be_drawn
from index_run import RunOptions, Stages, Watcher, merged_roots, reading_pool
from index_store import IndexWriter, Root, Snapshot, create_or_open_index, read_index
from models.embedder import Embedder
from progress import Progress, Report
from reading_order import Wanted
from service.agenda import Agenda, Work
from service.journal import Journal, open_journal
from service.setbacks import Setbacks
from service.turns import Turns
from service.upkeep import facts_of
from service.wanted import SHOWN
from service.watched_roots import WatchedRoots
from settings import Settings
from update_plan import Plan, plan_paths, plan_update
from viewing import VIEWED_KINDS

LOOK_S = 5.0  # how often it is looked whether there is another index
_FOLLOW_S = 1.0  # how often, while others write it, whether there are other roots
_TIME_LIMIT_S = 20.0
_WARM_S = 60.0  # how long workers wait for the next document
_FEW = 64  # documents that are read in between at once, the newest
_WANTED = 3  # those that a person came upon: each may take half a minute, and what is saved meanwhile waits

log = logging.getLogger(__name__)


class Lender(Protocol):
    """Has the one model in memory; `service.late_engine.LateEngine` is one."""

    def embedder(self, *, say: Callable[[str], None]) -> AbstractContextManager[Embedder]: ...


class Manners(NamedTuple):
    """What the Keeper minds while it works."""

    is_ending: Callable[[], bool]
    may_begin: Callable[[], bool]
    should_stop: Callable[[], bool]
    give_way: Callable[[], None]  # to a question
    rest: Callable[[Callable[[], bool]], None]  # for the sake of others on the machine, unless what is given says so
    wanted: Wanted


class _Open(NamedTuple):
    """An index that is being written, by whoever's turn it is."""

    writer: IndexWriter
    embedder: Embedder
    journal: Journal


class _Stopped(Exception):
    """Nobody waits for a worker any more."""


class Rounds:
    """One index, kept current step by step; closed in the end.

    Args:
        settings: Which index, and how many threads.
        lender: Has the model.
        turns: Says who may write.
    """

    def __init__(self, settings: Settings, lender: Lender, turns: Turns, manners: Manners) -> None:
        self._index_dir, self._log_dir = settings.index_dir, settings.log_dir
        self._lender = lender
        self._turns = turns
        self._manners = manners
        self.agenda = Agenda()
        self.setbacks = Setbacks()
        self.facts: dict[str, object] = {}  # of `UpkeepState`, while something is read or looked at
        self._watched = WatchedRoots(settings.index_dir, self, is_ending=manners.is_ending)
        self._snapshot: Snapshot | None = None
        self._open: _Open | None = None
        self._is_in_between = False
        self._asked_for: set[str] = set()  # of what was wanted: what was read in between, or tried
        self._followed_s = self._worked_s = 0.0
        threads = settings.thread_count
        self._options = RunOptions(
            retry=False,
            time_limit=_TIME_LIMIT_S,
            memory_limit=settings.worker_mb,
            workers=max(1, threads // 2),
            threads=threads,
        )
        self._pool = reading_pool(self._options, while_waiting=self._while_waiting)
        self._quick_pool = reading_pool(replace(self._options, workers=1))

    def close(self) -> None:
        self._watched.close()
        self._pool.close()
        self._quick_pool.close()

    @property
    def notices(self) -> tuple[str, ...]:
        return self._watched.notices

    @property
    def is_writing(self) -> bool:
        return self._open is not None

    # --- what watching tells, from any thread ---

    def dirty(self, path: str, *, came: bool = False) -> None:
        self.agenda.dirt.add(path, time.monotonic(), came=came)

    def lost(self, root: str) -> None:
        self.agenda.dirt.add_sweep(root)

    # --- one step ---

    def step(self) -> float:
        """Do what is most urgent; seconds until there may be more to do, 0 for at once."""
        now_s = time.monotonic()
        if left_s := self.setbacks.left_s(now_s):
            return left_s
        try:
            with self._turns.of_the_keeper() as is_ours:
                return self._work(now_s) if is_ours else LOOK_S
        except _Stopped:
            self.agenda.over()
        except LauncherError as error:
            log.warning("keeping the index current: %s", error.message)
            self.setbacks.refused(error, now_s)
        except Exception:  # the barrier of a thread: what was to be done stays on the agenda
            log.exception("keeping the index current failed")
            self.setbacks.failed(now_s)
        return self.setbacks.left_s(now_s)

    def _work(self, now_s: float) -> float:
        """Seconds, as `step`."""
        if self._followed() is None:
            self.agenda.drop(now_s)
            return LOOK_S
        work = self.agenda.next(now_s, is_one_by_one=self.setbacks.is_one_by_one)
        if work is None:
            self._let_workers_go(now_s)
            return min(LOOK_S, self.agenda.next_s(now_s))
        if not self._manners.may_begin():
            return LOOK_S
        try:
            self._do(work)
        except LauncherError:
            raise
        except Exception:  # raised on; alone it is the one that cannot be done, and must not hold up the others
            if self.setbacks.is_one_by_one:
                self.agenda.give_up(work)
            raise
        finally:
            self.facts = {}
            self._worked_s = time.monotonic()
        self.setbacks = Setbacks()
        return 0.0

    def _followed(self) -> Snapshot | None:
        """The index as of now, with its roots watched; None where there is none."""
        try:
            self._snapshot = self._snapshot.refreshed() if self._snapshot else read_index(self._index_dir)
        except IndexMissing:
            self._snapshot = None
        self._follow_roots(self._snapshot.roots if self._snapshot else ())
        return self._snapshot

    def _follow_roots(self, roots: Sequence[Root]) -> None:
        self._followed_s = time.monotonic()
        if self._watched.follow(roots):
            self.agenda.set_roots([root.path for root in roots], polled=self._watched.polled)

    def _do(self, work: Work) -> None:
        assert self._snapshot
        plan = self._plan_of(work, self._snapshot)
        has_found = bool(plan.to_read or plan.to_remove)
        looks = [path for path in work.looks if _may_have_looks(path, self._snapshot)]
        if has_found:
            self.agenda.note_looks([str(document.path) for document in plan.to_read])
            is_done = self._is_done(lambda stages, roots: stages.read(plan, self._pool, roots=roots), work)
        elif looks or work.all_looks:
            is_done = self._is_done(lambda stages, roots: self._looked(stages, roots, work, looks), work)
        else:
            is_done = True
        if is_done:
            self.agenda.done(work, now_s=time.monotonic(), found=has_found)
        else:
            self.agenda.over()

    def _plan_of(self, work: Work, snapshot: Snapshot) -> Plan:
        if work.paths:
            return plan_paths(work.paths, snapshot, skip=[self._index_dir])
        roots = [root for root in snapshot.roots if root.path in work.sweeps]
        return plan_update(roots, snapshot, all_roots=snapshot.roots, skip=[self._index_dir])

    def _looked(self, stages: Stages, roots: Sequence[Root], work: Work, looks: Sequence[str]) -> Report:
        report = Report()
        if looks:
            stages.look(roots, self._pool, report, paths=looks)
        else:
            stages.look([root for root in roots if root.path in work.all_looks], self._pool, report)
        return report

    def _is_done(self, act: Callable[[Stages, Sequence[Root]], Report], work: Work) -> bool:
        """Open the index and have it done; False when it was stopped, or others wrote the index meanwhile."""
        planned = self._snapshot
        with self._lender.embedder(say=log.info) as embedder:
            if self._followed() is not planned:
                return False  # it may have been cleared while the model was opened
            with (
                create_or_open_index(self._index_dir, fingerprint=embedder.fingerprint, before=planned) as writer,
                open_journal(self._index_dir, self._log_dir) as journal,
                self.serving(writer, embedder, journal),
            ):
                if planned is None or writer.snapshot.generation != planned.generation:
                    return False
                should_stop = self._manners.should_stop
                watcher = Watcher(
                    self.on_progress, should_stop, log.info, self._rest, journal.working_on, self._manners.wanted
                )
                stages = Stages(writer, embedder, self._options, watcher)
                report = act(stages, merged_roots(writer.snapshot, ()))  # with the drives that are there now
                if work.sweeps or work.all_looks:
                    stages.settle()
        return not report.interrupted

    # --- what is done in between, in whoever's turn it is ---

    @contextmanager
    def serving(self, writer: IndexWriter, embedder: Embedder, journal: Journal) -> Iterator[None]:
        """While it lasts, `give_way` reads what has come, and writes it with this writer. By who has the turn."""
        self._open = _Open(writer, embedder, journal)
        try:
            yield
        finally:
            self._open = None

    def give_way(self) -> None:
        """Let pass what is more urgent: a question, then what has changed since."""
        self._manners.give_way()
        if self._open is None or self._is_in_between or self._manners.should_stop():
            return
        if time.monotonic() - self._followed_s > _FOLLOW_S:
            self._follow_roots(self._open.writer.snapshot.roots)
        if not self.agenda.has_fresh(time.monotonic()):
            self._ask_for_wanted(self._open.writer.snapshot)
        if self.agenda.has_fresh(time.monotonic()):
            self._read_in_between(self._open)

    def on_progress(self, progress: Progress) -> None:
        if not self._is_in_between:
            self.facts = facts_of(progress)

    def _rest(self) -> None:
        self.give_way()
        self._manners.rest(lambda: self.agenda.has_fresh(time.monotonic()))

    def _while_waiting(self) -> None:
        self.give_way()
        if self._manners.should_stop():
            raise _Stopped

    def _ask_for_wanted(self, snapshot: Snapshot) -> None:
        """What a person came upon last is read whole, and not only before the rest of the present stage."""
        waiting = [path for path in self._manners.wanted()[:SHOWN] if path not in self._asked_for]
        few = [path for path in waiting if _is_unread(path, snapshot)][:_WANTED]
        self._asked_for.update(few)
        self.agenda.want(few)

    def _read_in_between(self, index: _Open) -> None:
        self._is_in_between = True
        paths = self.agenda.fresh(time.monotonic())
        try:
            is_all = self._is_all_read(paths, index)
        except Exception:  # what goes on must not suffer from it; it is tried again when that is done
            log.exception("reading %d places in between failed", len(paths))
            is_all = True
        finally:
            self._is_in_between = False
        if is_all:
            self.agenda.freshly_done(paths)

    def _is_all_read(self, paths: Sequence[str], index: _Open) -> bool:
        plan = plan_paths(paths, index.writer.snapshot, skip=[self._index_dir])
        self.agenda.note_looks([str(document.path) for document in plan.to_read])
        is_all = len(plan.to_read) <= _FEW
        if not is_all:  # what is gone has to wait: it may have moved to where the others are
            plan = replace(plan, to_read=plan.to_read[:_FEW], to_remove=[])
        if plan.to_read or plan.to_remove:
            manners, working_on = self._manners, index.journal.working_on
            watcher = Watcher(lambda _: None, manners.should_stop, log.info, manners.give_way, working_on)
            stages = Stages(index.writer, index.embedder, self._options, watcher)
            report = stages.read(plan, self._quick_pool, roots=index.writer.snapshot.roots)
            return is_all and not report.interrupted
        return is_all

    def _let_workers_go(self, now_s: float) -> None:
        if self._worked_s and now_s - self._worked_s > _WARM_S:
            self._worked_s = 0.0
            self._pool.close()
            self._quick_pool.close()


def _is_unread(path: str, snapshot: Snapshot) -> bool:
    """Whether a document of the index is found by its name only, or by its first pages."""
    found = snapshot.find(path)
    return found is not None and (found[1].stage == "names" or found[1].is_begun)


def _may_have_looks(path: str, snapshot: Snapshot) -> bool:
    """Whether a document may have previews, pixels or words in pictures."""
    found = snapshot.find(path)
    if found is None:
        return False
    kind = found[1].kind
    return kind in VIEWED_KINDS or may_be_drawn(Path(path), kind)
