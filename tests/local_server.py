"""A package index and a model hub on the loopback interface, for the code that downloads."""

import hashlib
import http.server
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

COMMIT = "c" * 40


class LocalServer:
    """What is served, by path; what was asked for, in order.

    Args:
        large: Hash and size of what an address leads on to.
        ranges: What was asked for of a large file, in order.
        cut_after: Bytes of a body after which the connection is closed; None: never.
        holds: Instead of closing it, the server waits until the client is gone.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.storage = f"http://localhost:{port}"  # another host, as that which holds a hub's large files
        self.files: dict[str, bytes] = {}
        self.large: dict[str, tuple[str, int]] = {}
        self.asked: list[str] = []
        self.ranges: list[str] = []
        self.cut_after: int | None = None
        self.holds = False
        self.knows_ranges = True

    def offer_wheel(self, package: str, file_name: str, content: bytes) -> None:
        """As a package index does: a page of links, and the file."""
        page = f'<a href="/files/{file_name}">{file_name}</a>'
        self.files[f"/simple/{package}/"] = page.encode()
        self.files[f"/files/{file_name}"] = content

    def offer_repository(self, repository: str, files: Mapping[str, bytes], *, revision: str = "main") -> None:
        """As a model hub does: the address leads on to where large files are kept by their hash."""
        for name, content in files.items():
            sha256 = hashlib.sha256(content).hexdigest()
            self.files[f"/large/{sha256}"] = content
            for each in (revision, COMMIT):
                self.large[f"/{repository}/resolve/{each}/{name}"] = (sha256, len(content))


class _Handler(http.server.BaseHTTPRequestHandler):
    @property
    def local(self) -> LocalServer:
        return self.server.local

    def do_HEAD(self) -> None:
        self.answer(with_body=False)

    def do_GET(self) -> None:
        self.answer(with_body=True)

    def answer(self, *, with_body: bool) -> None:
        self.local.asked.append(self.path)
        if self.path in self.local.large:
            self.lead_on(*self.local.large[self.path])
            return
        content = self.local.files.get(self.path)
        start = self.range_start() if content else 0
        self.send_response(404 if content is None else 206 if start else 200)
        content = content or b""
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("Content-Type", "text/html" if self.path.endswith("/") else "application/octet-stream")
        self.end_headers()
        if with_body:
            self.send_body(content[start:])

    def lead_on(self, sha256: str, size: int) -> None:
        self.send_response(302)
        self.send_header("Location", f"{self.local.storage}/large/{sha256}")
        self.send_header("X-Linked-Etag", f'"{sha256}"')
        self.send_header("X-Linked-Size", str(size))
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def range_start(self) -> int:
        asked = self.headers.get("Range")
        if asked is None:
            return 0
        self.local.ranges.append(asked)
        return int(asked.removeprefix("bytes=").removesuffix("-")) if self.local.knows_ranges else 0

    def send_body(self, content: bytes) -> None:
        if self.local.cut_after is None or self.local.cut_after >= len(content):
            self.wfile.write(content)
            return
        self.wfile.write(content[: self.local.cut_after])
        self.wfile.flush()
        if self.local.holds:
            self.rfile.read(1)  # returns when the client is gone

    def log_message(self, *_: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    local: LocalServer


@contextmanager
def serve() -> Iterator[LocalServer]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.local = LocalServer(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.local
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
