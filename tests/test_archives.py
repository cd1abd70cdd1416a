"""Archives: names only, in whatever letters, and never more than a little unpacked."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import tracemalloc
import zipfile

import pytest
from small_documents import write_zip
from small_formats import NAMES, tar_bytes

from errors import DocumentError
from extraction import archives, zip_names
from extraction.archives import read
from extraction.zip_names import first_names

TEXT = "\n".join(NAMES)


def reading_of(path, data):
    path.write_bytes(data)
    return read(path)


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_tar_when_of_any_kind_then_its_names_are_read(tmp_path, form):
    names = NAMES if form != tarfile.USTAR_FORMAT else {"long/" * 30 + "name.txt": 5, "b": 0}
    assert reading_of(tmp_path / "a.tar", tar_bytes(names, form)).texts == ("\n".join(names),)


def test_tar_when_it_holds_folders_and_links_then_only_names_of_files_are_read(tmp_path):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name, kind in (("zoo", tarfile.DIRTYPE), ("link", tarfile.SYMTYPE), ("fox", tarfile.REGTYPE)):
            member = tarfile.TarInfo(name + "/" * (kind == tarfile.DIRTYPE))
            member.type, member.linkname = kind, "x" * 200
            archive.addfile(member)
    assert reading_of(tmp_path / "a.tar", data.getvalue()).texts == ("link\nfox",)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_tar_when_cut_off_then_its_first_names_are_read(tmp_path, pack):
    data = pack(tar_bytes({f"{number}-{'x' * 80}": 3000 for number in range(50)}))
    reading = reading_of(tmp_path / "a.tar", data[: len(data) * 2 // 3])
    assert reading.truncated or pack is not bytes
    assert not reading.texts or reading.texts[0].startswith("0-xxx")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_tar_when_packed_with_far_too_much_then_what_comes_first_is_read(tmp_path, monkeypatch, pack):
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", dict.fromkeys(archives.MAX_UNPACKED_BYTES, 100_000))
    data = pack(tar_bytes({"before": 10, "bomb": 1_000_000, "after": 10}))
    reading = reading_of(tmp_path / "a.tar", data)
    assert (reading.texts, reading.truncated) == (("before\nbomb",), True)


def test_tar_when_not_packed_then_what_lies_between_is_jumped_over(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", dict.fromkeys(archives.MAX_UNPACKED_BYTES, 100_000))
    data = tar_bytes({"before": 10, "large": 1_000_000, "after": 10})
    assert reading_of(tmp_path / "a.tar", data).texts == ("before\nlarge\nafter",)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_bomb_when_opened_then_what_is_in_it_is_left(tmp_path, pack):
    head = tarfile.TarInfo("bomb")
    head.size = 1 << 40
    data = pack(head.tobuf() + bytes(8 << 20))
    assert reading_of(tmp_path / "a.tar", data).texts == ("bomb",)


LIES = [b"-0000001000", b"\x80" + b"\xff" * 11, b"\xff" * 10 + b"\xfc\0", b"77777777777", b"what       "]


@pytest.mark.parametrize("size", LIES)
def test_tar_when_a_size_is_a_lie_then_reading_ends(tmp_path, size):
    block = bytearray(tar_bytes({"fox": 0})[:512])
    block[124 : 124 + len(size)] = size
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    before = tar_bytes({"a": 0, "b": 0})[:1024]
    reading = reading_of(tmp_path / "a.tar", before + bytes(block) * 3)
    assert reading.texts in (("a\nb",), ("a\nb\nfox",))


def test_tar_when_it_is_all_headers_then_reading_ends(tmp_path):
    long = tar_bytes({"x" * 150: 0})[:1024]
    assert reading_of(tmp_path / "a.tar", long * 10_000).texts == ()


def test_tar_when_all_members_share_thousands_of_headers_then_takes_little_memory(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w", format=tarfile.PAX_FORMAT) as archive:
        archive.pax_headers = {f"x{number}": "y" for number in range(4_000)}
        archive.fileobj.write(tarfile.TarInfo.create_pax_global_header(archive.pax_headers))
        for number in range(400):
            archive.addfile(tarfile.TarInfo(str(number)))
    tracemalloc.start()
    assert len(read(tmp_path / "a.tar").texts[0].split()) == 400
    assert tracemalloc.get_traced_memory()[1] < 10 << 20  # 60 MB when all are kept
    tracemalloc.stop()


def test_tar_when_its_headers_are_far_too_long_then_what_comes_first_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_HEADERS_BYTES", 4_000)
    data = tar_bytes({"before": 10, "x" * 9_000: 0})
    reading = reading_of(tmp_path / "a.tar", data)
    assert (reading.texts, reading.truncated) == (("before",), True)


@pytest.mark.parametrize(
    "data", [gzip.compress(b"one file"), b"7z\xbc\xaf\x27\x1c" + bytes(600), b"junk" * 300, b"\x1f\x8b"]
)
def test_archive_when_of_another_kind_then_has_no_page(tmp_path, data):
    reading = reading_of(tmp_path / "a.gz", data)
    assert (reading.texts, reading.truncated) == ((), False)


@pytest.mark.parametrize("suffix", ["tar", "zip"])
def test_archive_when_it_holds_thousands_then_the_first_names_are_read(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(archives, "MAX_NAMES", 2)
    if suffix == "tar":
        (tmp_path / "a.tar").write_bytes(tar_bytes(NAMES))
    else:
        write_zip(tmp_path / "a.zip", dict.fromkeys(NAMES, ""))
    reading = read(tmp_path / f"a.{suffix}")
    assert (reading.texts, reading.truncated) == (("\n".join([*NAMES][:2]),), True)


def test_zip_when_its_names_are_japanese_then_are_guessed(tmp_path):
    names = ["動物園/狐が眠る写真.jpg", "動物園/熊の報告書.txt"]
    placeholders = [f"{number}" * len(name.encode("cp932")) for number, name in enumerate(names)]
    write_zip(tmp_path / "a.zip", dict.fromkeys(placeholders, ""))
    data = (tmp_path / "a.zip").read_bytes()
    for placeholder, name in zip(placeholders, names, strict=True):
        data = data.replace(placeholder.encode(), name.encode("cp932"))
    assert reading_of(tmp_path / "a.zip", data).texts == ("\n".join(names),)


def test_zip_when_without_its_directory_then_is_damaged(tmp_path):
    write_zip(tmp_path / "a.zip", dict.fromkeys(NAMES, "x" * 100))
    data = (tmp_path / "a.zip").read_bytes()
    with pytest.raises(DocumentError, match="damaged"):
        reading_of(tmp_path / "a.zip", data[:-30])


def test_zip_when_it_is_empty_then_has_no_page(tmp_path):
    write_zip(tmp_path / "a.zip", {})
    assert read(tmp_path / "a.zip").texts == ()


def test_directory_when_something_stands_before_the_zip_or_after_it_then_is_found(tmp_path):
    write_zip(tmp_path / "a.zip", {"fox": "x"})
    with zipfile.ZipFile(tmp_path / "a.zip", "a") as package:
        package.comment = b"PK\x05\x06 in a comment"
    data = (tmp_path / "a.zip").read_bytes().replace(b"PK\x05\x06 in", b"PK\x05\x07 in")
    (tmp_path / "a.zip").write_bytes(b"MZ program" * 99 + data)
    assert first_names(tmp_path / "a.zip", 9) == ([b"fox"], 1)


def test_directory_when_it_is_of_the_larger_kind_then_is_found(tmp_path):
    write_zip(tmp_path / "a.zip", {"fox": "x", "bear": "y"})
    data = (tmp_path / "a.zip").read_bytes()
    size, start = struct.unpack_from("<LL", data, len(data) - 10)
    large = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 2, 2, size, start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, start + size, 1)
    end = b"PK\x05\x06" + bytes(4) + b"\xff" * 12 + bytes(2)
    (tmp_path / "a.zip").write_bytes(data[:-22] + large + locator + end)
    assert first_names(tmp_path / "a.zip", 9) == ([b"fox", b"bear"], 2)


def test_directory_when_it_says_four_gigabytes_then_little_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(zip_names, "_MAX_DIRECTORY_BYTES", 60)
    write_zip(tmp_path / "a.zip", {"fox": "x", "bear": "y"})
    assert first_names(tmp_path / "a.zip", 9) == ([b"fox"], 2)
