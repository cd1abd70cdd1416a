/** The preview beside the list: the page or the photo, the passage in full, and what can be done. */

import { ask } from "./search.js";
import { bytes, dayAndTime, element, kindIcon, kindName, marked, pageLabel, plain } from "./text.js";

const REST_MS = 60; // how long a row must stay selected before its page is rendered

/** @param actions [{action, label, keys}] for the buttons; @param onAction (action) */
export function createPreview(pane, actions, onAction) {
  let shown = null; // id
  let timer = 0;

  function show(hit) {
    if (hit && hit.id === shown && pane.dataset.missing === String(hit.is_missing)) return refill(hit);
    shown = hit && hit.id;
    clearTimeout(timer);
    pane.replaceChildren();
    if (!hit) return;
    pane.dataset.missing = String(hit.is_missing);
    pane.append(element("div", "page", frame(hit), title(hit), passage(hit), facts(hit)), buttons());
    timer = setTimeout(() => load(hit), REST_MS);
  }

  /** The same file, found by other words. */
  function refill(hit) {
    pane.querySelector(".preview-passage").replaceWith(passage(hit));
  }

  async function load(hit) {
    const detail = await ask(`/api/preview?id=${encodeURIComponent(hit.id)}`).catch(() => null);
    if (detail?.picture && hit.id === shown) picture(pane.querySelector(".frame"), detail.picture);
  }

  function buttons() {
    const row = element("div", "actions");
    for (const { action, label, keys } of actions) {
      const button = element("button", "", label, element("kbd", "", keys));
      button.type = "button";
      button.tabIndex = -1;
      button.addEventListener("click", () => onAction(action));
      row.append(button);
    }
    return row;
  }

  return { show };
}

function frame(hit) {
  const made = element("div", "frame", kindIcon(hit.kind));
  made.dataset.kind = hit.kind;
  made.classList.toggle("is-plain", !hit.thumb);
  return made;
}

function picture(box, address) {
  const made = element("img");
  made.alt = "";
  made.addEventListener("load", () => box.classList.add("has-picture"));
  made.addEventListener("error", () => box.classList.add("is-plain"));
  made.src = address;
  box.append(made);
}

function title(hit) {
  const name = element("h2", "", element("bdi", "", plain(hit.name)));
  const parts = [kindName(hit.kind), bytes(hit.size_bytes), pageLabel(hit)].filter(Boolean);
  const made = element("div", "title", name, element("p", "", parts.join("  ·  ")));
  if (hit.is_missing) made.append(element("p", "gone", "This file is no longer where it was when it was indexed."));
  return made;
}

function passage(hit) {
  const made = element("blockquote", "preview-passage");
  made.hidden = !hit.passage;
  made.dataset.kind = hit.kind;
  made.append(marked(hit.passage, hit.marks));
  return made;
}

function facts(hit) {
  const list = element("dl", "facts-list");
  const rows = [
    ["Where", element("bdi", "", plain(hit.folder))],
    ["Changed", dayAndTime(hit.modified)],
    ["Found by", hit.why.join(", ")],
  ];
  for (const [term, value] of rows) list.append(element("dt", "", term), element("dd", "", value));
  return list;
}
