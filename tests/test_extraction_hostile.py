"""Damaged and malicious files give text or a DocumentError with a reason, and nothing else."""

import os
import random
import struct
import zipfile

import pytest
from small_documents import PICTURE_SUFFIXES, WRITERS, document_at, write_docx, write_picture, write_zip

from errors import DocumentError
from extraction import picture, read_contents, zip_package
from extraction.zip_package import MAX_MEMBERS, open_package

ALL_WRITERS = WRITERS | dict.fromkeys(PICTURE_SUFFIXES, write_picture)


def outcome_of(path):
    try:
        return read_contents(document_at(path))
    except DocumentError as error:
        return error


def _emptied(data):
    return b""


def _halved(data):
    return data[: len(data) // 2]


def _beheaded(data):
    return data[len(data) // 2 :]


def _randomised(data):
    return random.Random(1).randbytes(3000)


def _spotted(data):
    noise = random.Random(2)
    damaged = bytearray(data)
    for _ in range(max(3, len(data) // 100)):
        damaged[noise.randrange(8, len(data))] = noise.randrange(256)
    return bytes(damaged)


def _headed(data):
    """The mark of the format, then noise: it gets past the sniff."""
    return data[:60] + random.Random(3).randbytes(3000)


@pytest.mark.parametrize("damage", [_emptied, _halved, _beheaded, _randomised, _spotted, _headed])
@pytest.mark.parametrize("suffix", ALL_WRITERS)
def test_damaged_document_is_read_or_refused(tmp_path, suffix, damage):
    path = tmp_path / f"fox.{suffix}"
    ALL_WRITERS[suffix](path)
    path.write_bytes(damage(path.read_bytes()))
    outcome = outcome_of(path)
    if isinstance(outcome, DocumentError):
        assert outcome.path == path
        assert 0 < len(outcome.reason) < 100
    else:
        assert all(isinstance(page.text.encode(), bytes) for page in outcome.pages)


@pytest.mark.parametrize("suffix", ["docx", "pptx", "xlsx", "xls", "ods", "epub", "pdf", "png", "jpg"])
def test_noise_under_the_mark_of_a_format_is_told(tmp_path, suffix):
    path = tmp_path / f"fox.{suffix}"
    ALL_WRITERS[suffix](path)
    path.write_bytes(_headed(path.read_bytes()))
    with pytest.raises(DocumentError, match=r"damaged|encrypted"):
        read_contents(document_at(path))


def test_empty_file_is_no_failure(tmp_path):
    path = tmp_path / "fox.pdf"
    path.touch()
    contents = read_contents(document_at(path))
    assert (contents.kind, contents.pages) == ("pdf", ())


def test_package_that_unpacks_to_a_thousand_times_its_size_is_refused(tmp_path):
    path = tmp_path / "fox.docx"
    write_docx(path, body=" " * (10 << 20))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(DocumentError, match="too large"):
        read_contents(document_at(path))


@pytest.mark.parametrize("limit", ["MAX_MEMBER_BYTES", "MAX_TOTAL_BYTES"])
@pytest.mark.parametrize("suffix", ["docx", "xlsx"])
def test_package_beyond_a_limit_is_refused(tmp_path, monkeypatch, suffix, limit):
    path = tmp_path / f"fox.{suffix}"
    WRITERS[suffix](path)
    monkeypatch.setattr(zip_package, limit, 200)
    with pytest.raises(DocumentError, match="too large"):
        read_contents(document_at(path))


def test_package_with_a_directory_for_too_many_members_is_refused_before_it_is_opened(tmp_path):
    path = tmp_path / "fox.docx"
    write_zip(path, {f"word/{number}{'x' * 65_000}": "" for number in range(70)})
    with pytest.raises(DocumentError, match="too large: more than"):
        open_package(path)


def test_package_of_too_many_members_is_refused(tmp_path):
    path = tmp_path / "fox.docx"
    write_zip(path, {f"word/{number}": "" for number in range(MAX_MEMBERS + 1)})
    with pytest.raises(DocumentError, match="too large"):
        read_contents(document_at(path))


def rewrite(path, **changed):
    """Replace members of a package; their names with underscores for slashes."""
    with zipfile.ZipFile(path) as package:
        members = {name: package.read(name).decode() for name in package.namelist()}
    write_zip(
        path, {name: changed.get(name.replace("/", "_").replace(".", "_"), text) for name, text in members.items()}
    )


@pytest.mark.parametrize("member", ["word_document_xml", "docProps_core_xml"])
def test_document_type_in_a_package_brings_nothing_in(tmp_path, member):
    path = tmp_path / "fox.docx"
    write_docx(path)
    bomb = '<!DOCTYPE x [<!ENTITY a "fox">]><x xmlns:w="w"><w:p><w:t>&a;</w:t></w:p><title>&a;</title></x>'
    rewrite(path, **{member: bomb})
    outcome = outcome_of(path)
    assert isinstance(outcome, DocumentError) or outcome.title == ""


def test_damaged_properties_take_nothing_from_the_text(tmp_path):
    path = tmp_path / "fox.odt"
    WRITERS["odt"](path)
    rewrite(path, meta_xml="<broken")
    contents = read_contents(document_at(path))
    assert (contents.title, len(contents.pages)) == ("", 1)


def test_picture_that_is_a_program_for_ghostscript_starts_none(tmp_path, monkeypatch):
    started = tmp_path / "started"
    (tmp_path / "gs").write_text(f"#!/bin/sh\ntouch {started}\n")
    (tmp_path / "gs").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    header = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 20 20\n%%EndComments\nshowpage\n"
    path = tmp_path / "holiday.jpg"
    path.write_bytes(struct.pack("<4sLLLLLLH", b"\xc5\xd0\xd3\xc6", 30, len(header), 0, 0, 0, 0, 0xFFFF) + header)
    with pytest.raises(DocumentError):
        picture.read(path)
    assert not started.exists()
