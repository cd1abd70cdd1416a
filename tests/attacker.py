"""Another site on this machine, whose pages do to a launcher whatever a web page can do."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# Each: what is done to `target`, which is an address without a path; returns what the page got to know, or throws.
# Nothing here needs the person to click.
ATTACKS = """
async (target) => {
  const json = { "Content-Type": "application/json" };
  const plain = { "Content-Type": "text/plain" };
  const open = JSON.stringify({ ids: ["a"], action: "open" });
  const call = JSON.stringify({ data: [], fn_index: 0, session_hash: "a", component_id: 1, fn_name: "search" });
  const file = new FormData();
  file.append("files", new Blob(["pwned"]), "pwned.html");
  const get = (path, options) => fetch(target + path, { credentials: "include", ...options }).then((r) => r.text());
  const post = (path, body, headers, options) => get(path, { method: "POST", body, headers, ...options });
  const blind = { mode: "no-cors" };
  const loaded = (tag, attribute, path) => new Promise((resolve, reject) => {
    const made = document.createElement(tag);
    made.onload = () => resolve(`${tag} loaded`);
    made.onerror = () => reject(new Error("not loaded"));
    made[attribute] = target + path;
    if (tag === "link") made.rel = "stylesheet";
    document.body.append(made);
  });
  const submitted = (path, type) => new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.name = `frame${path}${type}`;
    document.body.append(frame);
    const form = Object.assign(document.createElement("form"), { method: "POST", enctype: type, target: frame.name });
    form.action = target + path;
    const [name, value] = ['{"ids":["a"],"action":"open","x":"', '"}']; // as text that is JSON
    form.append(Object.assign(document.createElement("input"), { name, value }));
    document.body.append(form);
    frame.onload = () => resolve("");
    form.submit();
    setTimeout(() => resolve(""), 1500);
  });
  const framed = (path) => new Promise((resolve, reject) => {
    const frame = document.createElement("iframe");
    frame.onload = () => { try { resolve(frame.contentDocument.body.innerHTML); } catch (error) { reject(error); } };
    frame.src = target + path;
    document.body.append(frame);
    setTimeout(() => reject(new Error("no answer")), 3000);
  });
  const socket = (path) => new Promise((resolve, reject) => {
    const made = new WebSocket(target.replace("http", "ws") + path);
    made.onopen = () => resolve("connected");
    made.onerror = () => reject(new Error("refused"));
  });
  const events = (path) => new Promise((resolve, reject) => {
    const made = new EventSource(target + path, { withCredentials: true });
    made.onopen = () => resolve("connected");
    made.onerror = () => { made.close(); reject(new Error("refused")); };
  });
  const attacks = {
    "read the page": () => get("/"),
    "read the configuration": () => get("/config"),
    "search": () => get("/api/search?q=roof"),
    "search without reading": () => get("/api/search?q=roof", blind),
    "status": () => get("/api/status"),
    "what was opened": () => get("/api/recent"),
    "what was asked": () => get("/api/questions"),
    "index a folder": () => post("/api/roots", '{"path":"/etc"}', plain, blind),
    "forget a folder": () => post("/api/roots/forget", '{"id":"a"}', plain, blind),
    "change a setting": () => post("/api/settings", '{"history":true}', json),
    "guess the token": () => get("/?t=guess"),
    "open": () => post("/api/open", open, json),
    "open as text": () => post("/api/open", open, plain, blind),
    "open by a form": () => submitted("/api/open", "text/plain"),
    "open by a beacon": () => { navigator.sendBeacon(target + "/api/open", open); throw new Error("says nothing"); },
    "ask as a program": () => post("/api/programs/search", "{}", { ...json, Authorization: "Bearer guess" }),
    "ask as a program as text": () => post("/api/programs/search", '{"text":"roof"}', plain, blind),
    "call a function": () => post("/gradio_api/run/predict", call, plain, blind),
    "call a function as JSON": () => post("/gradio_api/run/predict", call, json),
    "join the queue": () => post("/gradio_api/queue/join", call, plain, blind),
    "call the component's server": () => post("/gradio_api/component_server", call, plain, blind),
    "upload": () => post("/gradio_api/upload", file, undefined, blind),
    "upload by a form": () => submitted("/gradio_api/upload", "multipart/form-data"),
    "read a file": () => get("/gradio_api/file=/etc/passwd"),
    "have it fetch": () => get("/gradio_api/file=http://127.0.0.1:1/", blind),
    "a picture": () => loaded("img", "src", "/favicon.ico"),
    "a thumbnail": () => loaded("img", "src", "/thumb/a"),
    "a film": () => get("/media/a", blind),
    "a script": () => loaded("script", "src", "/page/launcher.js"),
    "a style sheet": () => loaded("link", "href", "/page/launcher.css"),
    "a frame": () => framed("/"),
    "a socket": () => socket("/"),
    "a socket of the queue": () => socket("/gradio_api/queue/join"),
    "events": () => events("/gradio_api/queue/data?session_hash=a"),
    "a heartbeat": () => events("/gradio_api/heartbeat/a"),
  };
  const known = {};
  for (const [name, attack] of Object.entries(attacks)) {
    try { known[name] = (await attack()) || ""; } catch { known[name] = ""; }
  }
  return known;
}
"""


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        self._answer()

    def _answer(self) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        body = b"<!doctype html><title>another site</title><body>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        if self.path == "/sandboxed":  # such a page is of no origin: "null"
            self.send_header("Content-Security-Policy", "sandbox allow-scripts allow-forms")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Site(http.server.ThreadingHTTPServer):
    """Answers everything; `asked` is what came, in order."""

    asked: list[str]


@contextmanager
def other_site() -> Iterator[Site]:
    site = Site(("127.0.0.1", 0), _Handler)
    site.asked = []
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.shutdown()
        site.server_close()
        thread.join()
