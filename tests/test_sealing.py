"""A sealed file says what was written, or that it is not that any more; without the key it says nothing."""

import io
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest

import key_source
from errors import IndexSealed, LauncherError
from index_store import sealing
from index_store.encryption_state import EncryptionState
from index_store.sealing import MAGIC, Seal, sealed_size
from key_source import use_key_source

BLOCK = 1 << 16
KEY, OTHER_KEY = bytes(range(32)), bytes(32)
SIZES = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 77]


@pytest.fixture
def keys(monkeypatch):
    monkeypatch.setattr(key_source, "_sources", [])
    return sealing._Keys()  # those of a process that has asked for none yet


def plain_bytes(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def sealed(plain: bytes, *, part_bytes: int = 1 << 20) -> bytes:
    starts = range(0, len(plain), part_bytes)
    return b"".join(Seal(KEY).sealed(memoryview(plain[start : start + part_bytes]) for start in starts))


def state_of(key: bytes) -> EncryptionState:
    return EncryptionState(key_id="one", check=sealing.check_of(key), phase="on")


@pytest.mark.parametrize("size", SIZES)
def test_sealed_when_unsealed_again_then_says_the_same_and_is_as_long_as_foretold(size):
    plain = plain_bytes(size)
    data = sealed(plain)
    assert Seal(KEY).unsealed(data) == plain
    assert len(data) == sealed_size(size)


@pytest.mark.parametrize("part_bytes", [1_000, BLOCK, BLOCK + 1])
def test_sealed_when_it_comes_in_parts_then_says_the_same(part_bytes):
    plain = plain_bytes(3 * BLOCK)
    assert Seal(KEY).unsealed(sealed(plain, part_bytes=part_bytes)) == plain


def test_sealed_when_the_same_is_sealed_twice_then_no_block_is_the_same():
    plain = bytes(2 * BLOCK)
    one, other = sealed(plain), sealed(plain)
    assert one[len(MAGIC) : len(MAGIC) + 16] != other[len(MAGIC) : len(MAGIC) + 16]
    blocks = {data[start : start + 64] for data in (one, other) for start in (25, 25 + BLOCK + 16)}
    assert len(blocks) == 4


def test_unsealed_when_any_byte_is_another_then_is_refused():
    data = sealed(plain_bytes(BLOCK + 77))
    places = [*range(len(MAGIC) + 16), *random.Random(1).sample(range(len(data)), 40), len(data) - 1]
    for place in places:
        with pytest.raises(ValueError, match="changed"):
            Seal(KEY).unsealed(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])


@pytest.mark.parametrize("size", [0, 100, 3 * BLOCK])
def test_unsealed_when_cut_off_or_grown_then_is_refused(size):
    data = sealed(plain_bytes(size))
    lengths = {*range(len(MAGIC), 45), 25 + BLOCK + 16, 25 + 2 * (BLOCK + 16), len(data) - 17, len(data) - 1}
    cut = [data[:length] for length in lengths if length < len(data)]
    for changed in [data + b"\0", data + data[25:], *cut]:
        with pytest.raises(ValueError, match="changed"):
            Seal(KEY).unsealed(changed)


def test_opened_when_cut_off_anywhere_then_what_is_missing_is_known():
    plain = plain_bytes(3 * BLOCK)
    data = sealed(plain)
    for blocks, length in [(0, 0), (0, 24), (0, 90), (1, 25 + BLOCK + 16), (1, 200 + BLOCK), (2, len(data) - 1)]:
        with Seal(KEY).opened(io.BytesIO(data[:length]), len(plain)) as file:
            assert file.read() == plain[: blocks * BLOCK] + bytes(len(plain) - blocks * BLOCK)
            assert sum(map(len, file.damaged)) == len(plain) - blocks * BLOCK


def test_unsealed_when_blocks_change_places_then_is_refused():
    data = sealed(plain_bytes(3 * BLOCK))
    one, other = (slice(25 + number * (BLOCK + 16), 25 + (number + 1) * (BLOCK + 16)) for number in (0, 1))
    with pytest.raises(ValueError, match="changed"):
        Seal(KEY).unsealed(data[:25] + data[other] + data[one] + data[other.stop :])


def test_unsealed_when_the_key_is_another_then_is_refused():
    with pytest.raises(ValueError, match="changed"):
        Seal(OTHER_KEY).unsealed(sealed(b"secret"))


def test_opened_when_a_block_is_damaged_then_all_others_are_read():
    plain = plain_bytes(3 * BLOCK + 77)
    data = bytearray(sealed(plain))
    data[25 + BLOCK + 16 + 99] ^= 1
    with Seal(KEY).opened(io.BytesIO(data), len(plain)) as file:
        assert file.read() == plain[:BLOCK] + bytes(BLOCK) + plain[2 * BLOCK :]
        assert file.damaged == [range(BLOCK, 2 * BLOCK)]


def test_keys_when_nobody_gives_them_then_the_index_is_sealed(keys):
    with pytest.raises(IndexSealed, match="nobody here gives its key"):
        keys.seal(state_of(KEY))


def test_keys_when_the_source_has_none_then_its_own_reason_is_told_and_it_is_asked_again(keys):
    answers = [KEY]

    def source(key_id):
        if len(answers) == 1:
            answers.append(KEY)
            raise LauncherError("the keyring is locked")
        return answers[0]

    use_key_source(source)
    with pytest.raises(LauncherError, match="the keyring is locked"):
        keys.seal(state_of(KEY))
    assert keys.seal(state_of(KEY)).unsealed(sealed(b"secret")) == b"secret"


@pytest.mark.parametrize("wrong", [OTHER_KEY, b"short", b""])
def test_keys_when_the_source_gives_another_one_then_it_is_told_and_not_kept(keys, wrong):
    use_key_source(lambda _: wrong)
    with pytest.raises(IndexSealed, match="not the one"):
        keys.seal(state_of(KEY))
    use_key_source(lambda _: KEY)
    keys.seal(state_of(KEY))


def test_keys_when_several_threads_want_one_then_the_source_is_asked_once(keys):
    asked, second = [], Barrier(2)

    def source(key_id):
        asked.append(key_id)
        with suppress(BrokenBarrierError):  # nobody else asks meanwhile
            second.wait(0.5)
        return KEY

    use_key_source(source)
    with ThreadPoolExecutor(2) as threads:
        seals = list(threads.map(lambda _: keys.seal(state_of(KEY)), range(2)))
    assert (asked, len(seals)) == (["one"], 2)


def test_check_of_when_it_is_read_then_it_says_nothing_of_the_key():
    assert KEY.hex() not in sealing.check_of(KEY)
    assert sealing.check_of(KEY) != sealing.check_of(OTHER_KEY)
