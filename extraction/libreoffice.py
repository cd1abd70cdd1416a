"""LibreOffice, where there is one, as a converter: for what nothing here can read or draw.

It runs as a child of the worker, within its memory, in a scratch folder with settings of its own: these keep macros
and whatever a document links to, a picture on the web among them, from being fetched or run.
"""

import contextlib
import hashlib
import math
import os
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

from extraction.isolation import end_with_pipe

MAX_CONVERTED_BYTES = 256 << 20
PROFILE = "profile"  # the folder of its settings
_NOWHERE = "127.0.0.1"
_NO_PORT = "9"
_SETTINGS = (
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    # Should anything be fetched all the same, then by way of a proxy that is not there.
    ("Inet/Settings", "ooInetProxyType", "2"),
    ("Inet/Settings", "ooInetHTTPProxyName", _NOWHERE),
    ("Inet/Settings", "ooInetHTTPProxyPort", _NO_PORT),
    ("Inet/Settings", "ooInetHTTPSProxyName", _NOWHERE),
    ("Inet/Settings", "ooInetHTTPSProxyPort", _NO_PORT),
)
_SETTINGS_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<oor:items xmlns:oor="http://openoffice.org/2001/registry" '
    'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
)


# Where its installers put it, where that is not on the path.
_PLACES = {
    "darwin": Path("/Applications/LibreOffice.app/Contents/MacOS/soffice"),
    "win32": Path(r"C:\Program Files\LibreOffice\program\soffice.com"),
}


def program() -> str:
    """Where LibreOffice is, or "" without one."""
    installed = _PLACES.get(sys.platform)
    return shutil.which("soffice") or (str(installed) if installed and installed.exists() else "")


def converted(path: Path, folder: Path, *, suffix: str, target: str, time_s: float) -> Path | None:
    """`path` in another format, in `folder`; None without LibreOffice, or where it fails or takes too long.

    Args:
        path: It is only copied.
        folder: An empty scratch folder.
        suffix: What the name of a document of this format ends in, such as ".pptx".
        target: The other format as `--convert-to` wants it, such as "odt" or "pdf:impress_pdf_Export".
        time_s: Then it is killed; a small document takes 2 s.
    """
    office = program()
    if not office or path.stat().st_size > MAX_CONVERTED_BYTES:
        return None
    copy = folder / f"document{suffix}"  # it writes a lock beside what it opens
    shutil.copyfile(path, copy)
    profile = folder / PROFILE
    _write_settings(profile / "user" / "registrymodifications.xcu")
    quiet = ("--headless", "--norestore", "--nologo", "--nodefault")
    place = ("--outdir", str(folder), str(copy))
    try:
        _run([office, *quiet, f"-env:UserInstallation={profile.as_uri()}", "--convert-to", target, *place], time_s)
    finally:
        remove_socket(profile)
    made = copy.with_suffix("." + target.partition(":")[0])
    return made if made.exists() and made.stat().st_size else None


def remove_socket(profile: Path) -> None:
    """Remove what LibreOffice leaves in /tmp when it is killed, and only there: a socket named for its profile.

    Source: sal/osl/unx/pipe.cxx and desktop/source/app/officeipcthread.cxx; each byte without a leading zero.
    """
    if sys.platform != "win32":
        digest = hashlib.md5(profile.as_uri().encode("utf-16-le"), usedforsecurity=False).digest()
        name = f"OSL_PIPE_{os.getuid()}_SingleOfficeIPC_{''.join(f'{byte:x}' for byte in digest)}"
        with contextlib.suppress(OSError):
            Path("/tmp", name).unlink()


def _write_settings(path: Path) -> None:
    items = (
        f'<item oor:path="/org.openoffice.{place}"><prop oor:name="{name}" oor:op="fuse">'
        f"<value>{value}</value></prop></item>"
        for place, name, value in _SETTINGS
    )
    path.parent.mkdir(parents=True)
    path.write_text(f"{_SETTINGS_HEAD}{''.join(items)}</oor:items>\n", encoding="utf-8")


def _run(command: list[str], time_s: float) -> None:
    """Run it to its end, or kill it and all that it started when the time is up, or when this process is killed."""
    null = subprocess.DEVNULL
    life, held = os.pipe()
    is_posix = sys.platform != "win32"
    process = subprocess.Popen(  # in a worker there is one thread only, so that a function may run before the program
        command,
        stdin=null,
        stdout=null,
        stderr=null,
        start_new_session=True,
        pass_fds=(life,) if is_posix else (),
        preexec_fn=partial(_prepare, life, math.ceil(time_s)) if is_posix else None,  # noqa: PLW1509
    )
    try:
        process.wait(time_s)
    except subprocess.TimeoutExpired:
        if sys.platform == "win32":
            process.kill()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    finally:
        os.close(held)  # kills what may be left of its group
        os.close(life)


def _prepare(life: int, limit_s: int) -> None:
    """Runs before the program: for the case that the worker is killed first and nobody is left to end what hangs."""
    import resource  # noqa: PLC0415  - does not exist on Windows

    end_with_pipe(life, -os.getpid())
    resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s))
