"""The work of `launcher index`, done by the resident process: one copy of the model in memory, and searches go on."""

import time
from collections.abc import Callable

from control import Event
from control.server import Request
from service.journal import open_journal
from service.keeper import Keeper
from service.late_engine import LateEngine
from settings import Settings

_TELL_S = 0.1  # how often progress is told


def do_index(
    request: Request, engine: LateEngine, keeper: Keeper, settings: Settings, *, is_ending: Callable[[], bool]
) -> Event:
    """Do an `IndexJob` and tell how far it is; what else changes in the folders of the index is done in between.

    Returns:
        Its `report`, or why it is `declined`: another index is meant, or other embeddings.

    Raises:
        LauncherError: As `launcher index` does.
    """
    # With all that they import, which the key and the window shall not wait for.
    from extraction.isolation import step_back  # noqa: PLC0415
    from index_job import as_message, job_of, model_choices  # noqa: PLC0415
    from index_run import Watcher, bring_up_to_date, merged_roots  # noqa: PLC0415
    from index_store import create_or_open_index  # noqa: PLC0415
    from progress import Progress  # noqa: PLC0415

    job = job_of(request.fields["job"])
    if job.index_dir != str(settings.index_dir):
        return {"declined": "The launcher that is running has another index, so the work is done here."}
    if job.model != model_choices(settings):
        return {"declined": "The launcher that is running has other options of the model, so the work is done here."}

    step_back()  # this thread is the request's own, and somebody may want to search
    told_s = 0.0

    def on_progress(progress: Progress) -> None:
        nonlocal told_s
        if progress.current is None or time.monotonic() - told_s >= _TELL_S:
            told_s = time.monotonic()
            request.tell({"progress": as_message(progress)})
            keeper.heard(progress)

    def say(line: str) -> None:
        request.tell({"say": line})

    def should_stop() -> bool:
        return is_ending() or request.is_stopped()

    with (
        keeper.job(),
        engine.embedder(say=say) as embedder,
        create_or_open_index(settings.index_dir, fingerprint=embedder.fingerprint) as writer,
        open_journal(writer.directory, settings.log_dir, retry=job.options.retry) as journal,
        keeper.serving(writer, embedder, journal, should_stop=should_stop) as give_way,
    ):
        watcher = Watcher(on_progress, should_stop, say, give_way, journal.working_on, engine.wanted.now)
        all_roots = merged_roots(writer.snapshot, job.named)
        roots = (job.named or all_roots, all_roots)
        report = bring_up_to_date(writer, embedder, job.options, watcher, roots=roots)
    return {"report": as_message(report)}
