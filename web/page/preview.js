/** The preview beside the list: the page or the photo, the whole chunk that was found, and what can be done. */

import { ask } from "./search.js";
import { bytes, dayAndTime, element, kindIcon, kindName, marked, placeLabel, plain } from "./text.js";

const GONE = "Not there now: moved, deleted, or on a drive that is not plugged in. This is what the index keeps of it.";
const LOOK_MS = 700; // and before a model is asked where on it the hit is
const REST_MS = 60; // how long a row must stay selected before its page is rendered

/** @param actions [{action, label, keys}] for the buttons; @param onAction (action) */
export function createPreview(pane, actions, onAction) {
  let shown = null; // the hit
  let hasPicture = false; // or will have
  let timer = 0;
  let looking = 0;
  let stop = new AbortController(); // of the look at the shown one

  function show(hit) {
    const isSame = hit && hit.id === shown?.id && pane.dataset.missing === String(hit.is_missing);
    shown = hit;
    if (isSame) pane.querySelector(".facts-list").replaceWith(facts(hit));
    else fill(hit);
    if (hit) load(hit); // also of the same one: it may have been found by other words
  }

  function fill(hit) {
    clearTimeout(timer);
    clearTimeout(looking);
    stop.abort();
    hasPicture = false;
    pane.replaceChildren();
    if (!hit) return;
    pane.dataset.missing = String(hit.is_missing);
    const text = excerpt(hit.kind, hit.passage, hit.marks);
    pane.append(title(hit), element("div", "page", frame(hit), text, facts(hit)), buttons());
  }

  async function load(hit) {
    const detail = await ask(`/api/preview?id=${encodeURIComponent(hit.id)}`).catch(() => null);
    if (!detail || hit !== shown) return;
    const text = excerpt(hit.kind, detail.context, detail.context_marks, detail.sentence);
    pane.querySelector(".excerpt").replaceWith(text);
    text.querySelector(".sentence, mark")?.scrollIntoView({ block: "nearest" });
    if (!detail.picture || hasPicture) return;
    hasPicture = true;
    timer = setTimeout(() => picture(pane.querySelector(".frame"), detail.picture), REST_MS);
    if (hit.why.includes("picture")) looking = setTimeout(() => look(hit), LOOK_MS);
  }

  /** Have the part of the picture found that shows what was asked: seconds of work, given up with the next hit. */
  async function look(hit) {
    stop = new AbortController();
    const signal = stop.signal;
    const answer = await ask(`/api/region?id=${encodeURIComponent(hit.id)}`, { signal }).catch(() => null);
    const box = pane.querySelector(".frame.has-picture");
    if (answer?.region && box && hit === shown) outline(box, answer.region);
  }

  function buttons() {
    const row = element("div", "actions");
    for (const { action, label, keys } of actions) {
      const button = element("button", "", label, element("kbd", "", keys));
      button.type = "button";
      button.tabIndex = -1;
      button.dataset.action = action;
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

/** A line around the part of the picture that shows what was asked. */
function outline(box, [left, top, right, bottom]) {
  const shown = box.querySelector("img");
  const made = element("div", "region");
  made.title = "Looks most like what you asked";
  const { offsetLeft: x, offsetTop: y, offsetWidth: width, offsetHeight: height } = shown;
  made.style.left = `${x + left * width}px`;
  made.style.top = `${y + top * height}px`;
  made.style.width = `${(right - left) * width}px`;
  made.style.height = `${(bottom - top) * height}px`;
  box.append(made);
}

function title(hit) {
  const name = element("h2", "", element("bdi", "", plain(hit.name)));
  const parts = [kindName(hit.kind), bytes(hit.size_bytes), placeLabel(hit)].filter(Boolean);
  const made = element("div", "title", name, element("p", "", parts.join("  ·  ")));
  if (hit.is_missing) made.append(element("p", "gone", GONE));
  return made;
}

/** @param sentence where the sentence stands that says most nearly what was asked, or null */
function excerpt(kind, text, marks, sentence) {
  const made = element("blockquote", "excerpt");
  made.hidden = !text;
  made.dataset.kind = kind;
  const [start, end] = sentence || [0, 0];
  const closest = element("span", "sentence", part(text, marks, start, end));
  closest.title = "Says most nearly what you asked";
  made.append(part(text, marks, 0, start), ...(end ? [closest] : []), part(text, marks, end));
  return made;
}

/** Some characters of a text, with the marks among them. */
function part(text, marks, start, end = Infinity) {
  const inside = marks.filter(([first, last]) => first >= start && last <= end);
  const shifted = inside.map(([first, last]) => [first - start, last - start]);
  return marked(Array.from(text).slice(start, end).join(""), shifted);
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
