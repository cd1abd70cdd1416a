"""A sign to stop that llama.cpp sees between any two operations, without waiting for Python."""

import ctypes
import sys
from typing import Any


class StopFlag:
    """Whether an evaluation shall be given up.

    llama.cpp asks a C function, so it can be one of the C library's: the length of a text of one
    character or none. A function in Python would need the interpreter's lock a thousand times a
    second, and wait 5 ms for it each time while another thread is busy (docs/adr/0005).
    """

    def __init__(self) -> None:
        self._text = ctypes.create_string_buffer(2)

    @property
    def is_raised(self) -> bool:
        return self._text.value != b""

    def set(self, is_raised: bool) -> None:  # the value is what is set
        self._text.value = b"x" if is_raised else b""

    def callback(self, function_type: Any) -> tuple[Any, Any]:
        """The function to ask, as a pointer of that type, and what to ask it about; good as long as this flag lives."""
        return ctypes.cast(_C_LIBRARY.strlen, function_type), ctypes.addressof(self._text)


_C_LIBRARY = ctypes.CDLL("msvcrt" if sys.platform == "win32" else None)
