"""Which SQLite the index uses: SQLCipher's where that is installed, which reads and writes plain files too.

Everybody in the index takes `sqlite3` from here: two libraries in one process would have two families of exceptions,
and each would end the other's locks on a file.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

    CAN_ENCRYPT = True
else:
    try:
        from sqlcipher3 import dbapi2 as sqlite3

        CAN_ENCRYPT = True
    except ImportError:  # there is none for Macs of Intel
        import sqlite3

        CAN_ENCRYPT = False

__all__ = ["CAN_ENCRYPT", "sqlite3"]
