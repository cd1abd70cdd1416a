"""Encrypts or decrypts an index, and kills itself in the middle.

    python -m tests.conversion_child on|off DIRECTORY CALLS

It is killed before the so-manieth call that changes something on the disk; with fewer, it ends by itself.
"""

import os
import signal
import sys
from pathlib import Path

from index_store import decrypt, encrypt
from key_source import use_key_source
from tests.sealed_contents import KEY, KEY_ID

CHANGING = ("write", "fsync", "replace", "unlink", "rmdir", "mkdir", "open")


def kill_before(number: int) -> None:
    left = [number]

    def counting(call):
        def counted(*arguments, **options):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **options)

        return counted

    for name in CHANGING:
        setattr(os, name, counting(getattr(os, name)))


def main() -> None:
    use_key_source(lambda _: KEY)
    kill_before(int(sys.argv[3]))
    if sys.argv[1] == "on":
        encrypt(Path(sys.argv[2]), KEY_ID, KEY)
    else:
        decrypt(Path(sys.argv[2]))


if __name__ == "__main__":
    main()
