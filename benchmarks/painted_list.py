"""Milliseconds from a key press to the painted list, in a real browser over the real window, with the starter model.

    python benchmarks/painted_list.py [--chunks 10000 100000] [--words 60] [--pause-ms 180]

Words are typed letter by letter, with a pause between them as people make it. The clock is the page's: from the time
that the browser gives the key to the second frame after the list has changed, which is when the first of them is on the
screen. The reference, in the same browser, is a letter that changes a page with nothing behind it. The index is made
up (benchmarks/search_latency.py), the query is embedded, searched by meaning, words and names, and ranked. Needs
Playwright (requirements-dev.txt) and Chromium.
"""

import argparse
import os
import shutil
import statistics
import tempfile
from pathlib import Path

import _project  # noqa: F401
import inputs
import search_latency
from live import launched
from playwright.sync_api import Page, sync_playwright

from models.catalog import STARTER
from models.download import ensure_weights
from models.embedder import load_embedder
from models.llama_session import SessionOptions
from settings import available_cores, default_settings

# `press` is the time of the key that waits for its list; what changes the list without one does not count.
CLOCK = """(selectors) => {
    const [box, list] = selectors.map((selector) => document.querySelector(selector));
    let press = 0;
    window.taken = [];
    box.addEventListener("input", ({ timeStamp }) => (press = timeStamp), true);
    new MutationObserver(() => {
        if (!press) return;
        const started = press;
        press = 0;
        requestAnimationFrame(() => requestAnimationFrame((now) => window.taken.push(now - started)));
    }).observe(list, { childList: true, subtree: true });
}"""
BARE = """<input><p></p><script>
    document.querySelector("input").oninput = ({ target }) => (document.querySelector("p").textContent = target.value);
</script>"""


def typed(page: Page, selectors: list[str], words: list[str], pause_ms: int) -> list[float]:
    """Milliseconds for every letter of these words that changed something."""
    page.evaluate(CLOCK, selectors)
    for word in words:
        page.locator(selectors[0]).fill("")
        page.wait_for_timeout(3 * pause_ms)
        page.keyboard.type(word, delay=pause_ms)
        page.wait_for_timeout(3 * pause_ms)
    return page.evaluate("window.taken")


def show(name: str, taken: list[float]) -> None:
    p95 = statistics.quantiles(taken, n=20)[-1]
    print(f"{name:34} {statistics.median(taken):8.1f} {p95:8.1f} {max(taken):8.1f} {len(taken):8}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chunks", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--words", type=int, default=60)
    parser.add_argument("--pause-ms", type=int, default=180)
    args = parser.parse_args()
    weights = ensure_weights(STARTER, default_settings(os.environ).models_dir, offline=False, report=print)
    embedder = load_embedder(weights, SessionOptions(threads=available_cores()))
    words = [inputs.text(1, seed=number).rstrip(".").lower() for number in range(args.words)]
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    print(f"{available_cores()} cores; load {os.getloadavg()[0]:.1f}")
    print(f"{'milliseconds':34} {'median':>8} {'p95':>8} {'most':>8} {'letters':>8}")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium)
        page = browser.new_page()
        page.set_content(BARE)
        show("reference: a page of one line", typed(page, ["input", "p"], words[:20], args.pause_ms))
        for count in args.chunks:
            index_dir = Path(folder, f"index of {count}")
            search_latency.build(index_dir, embedder.fingerprint, count)
            with launched(Path(folder, f"home of {count}"), "--index-dir", str(index_dir)) as address:
                page = browser.new_page(viewport={"width": 1100, "height": 720})
                page.goto(address)
                page.locator("[role=combobox]:focus").wait_for(timeout=30_000)
                typed(page, [".query", ".hits"], words[:3], args.pause_ms)  # do not count: the first is loaded with
                show(f"{count:,} chunks", typed(page, [".query", ".hits"], words, args.pause_ms))
                page.close()
        browser.close()


if __name__ == "__main__":
    main()
