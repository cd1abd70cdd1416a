/** What is said about the search: the status line, and the notice where the results would be. */

import { plain } from "./text.js";
import { TEXTS } from "./texts.js";

const BUSY_AFTER_MS = 150; // shorter waits show nothing
const SAID_AFTER_MS = 1000;

/** @param on.remedy (name): the person takes what the notice offers, the page of that name */
export function createStatus(root, on) {
  const launcher = root.querySelector(".launcher");
  const status = root.querySelector(".status");
  const alert = root.querySelector(".alert");
  const remedy = root.querySelector(".remedy");
  let timers = [];

  function say(text) {
    status.textContent = plain(text);
    alert.textContent = "";
  }

  function warn({ message, hint }) {
    status.textContent = "";
    alert.textContent = plain(`${message}${/[.!?…]$/.test(message) ? "" : "."} ${helping(hint)}`);
  }

  /**
   * @param view "start", "hits" or "notice": which part of the page is seen
   * @param page the one on which something can be done about it
   */
  function show(view, title = "", text = "", page = "") {
    launcher.dataset.view = view;
    const hasRemedy = page in TEXTS.remedies;
    remedy.hidden = !hasRemedy;
    remedy.dataset.page = page;
    remedy.textContent = hasRemedy ? TEXTS.remedies[page] : "";
    root.querySelector(".notice h1").textContent = plain(title);
    root.querySelector(".notice p").textContent = plain(helping(text));
  }

  /** What the right half shows where nothing was asked: the selected "hit", or how to ask. */
  function mark(what) {
    launcher.dataset.selected = what;
  }

  /** Another question is asked: what takes long is shown, as `text`, and stays until all of them are answered. */
  function busy(text) {
    timers.forEach(clearTimeout);
    const show = () => launcher.classList.add("is-busy");
    timers = [setTimeout(show, BUSY_AFTER_MS), setTimeout(() => say(text), SAID_AFTER_MS)];
  }

  function idle() {
    timers.forEach(clearTimeout);
    launcher.classList.remove("is-busy");
  }

  const takeRemedy = () => on.remedy(remedy.dataset.page);
  remedy.addEventListener("click", takeRemedy);
  return { say, warn, show, mark, busy, idle, takeRemedy, hasRemedy: () => !remedy.hidden };
}

/** A hint that is one of our commands, as something to do. */
const helping = (hint = "") => (hint.startsWith("launcher ") ? TEXTS.search.inTerminal(hint) : hint);
