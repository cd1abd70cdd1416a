"""A package index and a model hub on the loopback interface, for the code that downloads."""

import hashlib
import http.server
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class LocalServer:
    """What is served, by path; what was asked for, in order."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []

    def offer_wheel(self, package: str, file_name: str, content: bytes) -> None:
        """As a package index does: a page of links, and the file."""
        page = f'<a href="/files/{file_name}">{file_name}</a>'
        self.files[f"/simple/{package}/"] = page.encode()
        self.files[f"/files/{file_name}"] = content

    def offer_repository(self, repository: str, files: Mapping[str, bytes]) -> None:
        """As a model hub does."""
        for name, content in files.items():
            self.files[f"/{repository}/resolve/main/{name}"] = content


@contextmanager
def serve() -> Iterator[LocalServer]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def do_GET(self) -> None:
            self.answer(with_body=True)

        def answer(self, *, with_body: bool) -> None:
            local.asked.append(self.path)
            content = local.files.get(self.path)
            self.send_response(404 if content is None else 200)
            content = content or b""
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Type", "text/html" if self.path.endswith("/") else "application/octet-stream")
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("X-Repo-Commit", "0" * 40)
            self.end_headers()
            if with_body:
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    local = LocalServer(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield local
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
