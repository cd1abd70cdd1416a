/** What is said about the search: the status line, and the notice where the results would be. */

import { plain } from "./text.js";

const BUSY_AFTER_MS = 150; // shorter waits show nothing
const SAID_AFTER_MS = 1000;

export function createStatus(root) {
  const launcher = root.querySelector(".launcher");
  const status = root.querySelector(".status");
  const alert = root.querySelector(".alert");
  let timers = [];

  function say(text) {
    status.textContent = plain(text);
    alert.textContent = "";
  }

  function warn({ message, hint }) {
    status.textContent = "";
    alert.textContent = plain(`${message}${/[.!?…]$/.test(message) ? "" : "."} ${helping(hint)}`);
  }

  /** @param view "start", "hits" or "notice": which part of the page is seen */
  function show(view, title = "", text = "") {
    launcher.dataset.view = view;
    root.querySelector(".notice h1").textContent = plain(title);
    root.querySelector(".notice p").textContent = plain(helping(text));
  }

  /** Another question is asked: what takes long is shown, and stays until all of them are answered. */
  function busy() {
    timers.forEach(clearTimeout);
    const show = () => launcher.classList.add("is-busy");
    timers = [setTimeout(show, BUSY_AFTER_MS), setTimeout(() => say("Searching …"), SAID_AFTER_MS)];
  }

  function idle() {
    timers.forEach(clearTimeout);
    launcher.classList.remove("is-busy");
  }

  return { say, warn, show, busy, idle };
}

/** A hint that is one of our commands, as something to do. */
const helping = (hint = "") => (hint.startsWith("launcher ") ? `In a terminal: ${hint}` : hint);
