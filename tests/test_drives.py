"""A root on a drive that is taken out, plugged in again, or in whose place another one is."""

import subprocess

import pytest

from hits import hit_of
from index_run import merged_roots
from index_store import Root, create_or_open_index, read_index
from indexer import Indexing
from ranking import Ranked
from tests.fakes import FakeEmbedder, FakeReader
from update_plan import plan_paths, plan_update


class Run:
    """One indexing run after the other over one folder."""

    def __init__(self, folder, index_dir):
        self.folder = folder
        self.index_dir = index_dir
        self.embedder = FakeEmbedder()
        self.excludes = ()

    def __call__(self):
        with create_or_open_index(self.index_dir, fingerprint=self.embedder.fingerprint) as writer:
            named = [Root(path=str(self.folder), excludes=self.excludes)]
            roots = merged_roots(writer.snapshot, named)
            plan = plan_update(named, writer.snapshot, all_roots=roots)
            return Indexing(writer, self.embedder).run(plan, FakeReader(), roots=roots)

    def hit(self, name):
        """What is shown of one of them."""
        snapshot = read_index(self.index_dir)
        document, _ = snapshot.find(str(self.folder / name))
        return hit_of(snapshot, Ranked(document, 0.5, None, None, 0.0, frozenset({"name"}), ()), "", None)

    @property
    def names(self):
        return {record.path.rsplit("/", 1)[1] for _, record in read_index(self.index_dir).documents()}


@pytest.fixture
def run(drive, tmp_path):
    """Two documents on a drive, indexed."""
    (drive.folder / "roof.txt").write_text("The roof leaks.")
    (drive.folder / "bread.txt").write_text("Bake bread.")
    run = Run(drive.folder, tmp_path / "index")
    run()
    return run


def test_run_when_the_drive_is_taken_out_then_says_so_and_keeps_everything(drive, run):
    drive.take_out()
    report = run()
    assert (report.indexed, report.removed, report.problems) == (0, 0, [(drive.folder, "not plugged in")])
    assert run.names == {"roof.txt", "bread.txt"}


def test_run_when_it_is_plugged_in_again_then_catches_up_and_embeds_only_what_changed(drive, run):
    drive.take_out()
    run()
    drive.plug_in()
    (drive.folder / "bread.txt").unlink()
    (drive.folder / "tax.txt").write_text("Pay the tax.")
    report = run()
    assert (report.indexed, report.unchanged, report.removed) == (1, 1, 1)
    assert sorted(run.embedder.embedded) == ["Bake bread.", "Pay the tax.", "The roof leaks."]


def test_run_when_another_drive_is_in_its_place_then_the_index_of_the_first_stays(drive, other_drive, run):
    drive.take_out()
    other_drive.plug_in()
    (other_drive.folder / "other.txt").write_text("Of another drive.")
    report = run()
    assert report.problems == [(drive.folder, "another drive is in its place")]
    assert run.names == {"roof.txt", "bread.txt"}


def test_run_when_the_drive_was_copied_to_another_one_then_that_is_taken_for_it(drive, other_drive, run):
    subprocess.run(["cp", "-a", f"{drive.folder}/.", drive.folder.parent / "copy"], check=True)
    drive.take_out()
    other_drive.plug_in()
    subprocess.run(["cp", "-a", f"{drive.folder.parent}/copy/.", drive.folder], check=True)
    (other_drive.folder / "tax.txt").write_text("Pay the tax.")
    report = run()
    assert (report.problems, run.names) == ([], {"roof.txt", "bread.txt", "tax.txt"})
    assert len(run.embedder.embedded) == 3


def test_paths_when_another_drive_is_in_its_place_then_nothing_of_it_is_taken_for_the_first(drive, other_drive, run):
    drive.take_out()
    other_drive.plug_in()
    (other_drive.folder / "other.txt").write_text("Of another drive.")
    looked_at = [str(drive.folder / name) for name in ("roof.txt", "bread.txt", "other.txt")]
    plan = plan_paths(looked_at, read_index(run.index_dir))
    assert (plan.to_remove, plan.to_read) == ([], [])


@pytest.fixture
def run_above(drive, tmp_path):
    """A document beside a drive, and one on it, in one root."""
    folder = drive.folder.parent
    (folder / "roof.txt").write_text("The roof leaks.")
    (drive.folder / "bread.txt").write_text("Bake bread.")
    run = Run(folder, tmp_path / "index")
    run.excludes = ("/index/", "*.img")
    run()
    return run


def test_run_when_a_drive_below_the_root_is_taken_out_then_its_documents_stay(drive, run_above):
    drive.take_out()
    (run_above.folder / "roof.txt").unlink()
    report = run_above()
    assert (report.removed, report.problems) == (1, [(drive.folder, "not plugged in")])
    assert run_above.names == {"bread.txt"}
    assert run_above.hit("media/bread.txt").is_unplugged


def test_run_when_the_folder_of_a_drive_below_the_root_goes_with_it_then_its_documents_stay(drive, run_above):
    drive.take_out()
    drive.folder.rmdir()
    assert run_above().removed == 0
    assert run_above.names == {"bread.txt", "roof.txt"}


def test_run_when_a_drive_below_the_root_is_another_one_then_nothing_of_it_is_read(drive, other_drive, run_above):
    drive.take_out()
    other_drive.plug_in()
    (other_drive.folder / "other.txt").write_text("Of another drive.")
    run_above()
    assert run_above.names == {"bread.txt", "roof.txt"}


def test_run_when_a_drive_below_the_root_is_plugged_in_again_then_its_documents_can_go(drive, run_above):
    drive.take_out()
    run_above()
    drive.plug_in()
    (drive.folder / "bread.txt").unlink()
    assert run_above().removed == 1
    assert run_above.names == {"roof.txt"}


def test_hit_when_its_drive_is_plugged_in_then_is_there(run):
    hit = run.hit("roof.txt")
    assert (hit.is_missing, hit.is_unplugged) == (False, False)


def test_hit_when_its_drive_is_taken_out_then_says_so(drive, run):
    drive.take_out()
    hit = run.hit("roof.txt")
    assert (hit.is_missing, hit.is_unplugged) == (True, True)


def test_hit_when_another_drive_has_a_file_of_its_name_then_is_not_that_one(drive, other_drive, run):
    drive.take_out()
    other_drive.plug_in()
    (other_drive.folder / "roof.txt").write_text("Of another drive.")
    hit = run.hit("roof.txt")
    assert (hit.is_missing, hit.is_unplugged) == (True, True)


def test_hit_when_only_its_file_is_gone_then_its_drive_is_not_blamed(drive, run):
    (drive.folder / "roof.txt").unlink()
    hit = run.hit("roof.txt")
    assert (hit.is_missing, hit.is_unplugged) == (True, False)
