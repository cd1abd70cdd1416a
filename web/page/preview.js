/** The preview beside the list: the page, the photo or the film, the text that was found, and what can be done. */

import { CTRL } from "./actions.js";
import { excerpt } from "./excerpt.js";
import { openMenu } from "./menu.js";
import { ask } from "./search.js";
import { bytes, clock, dayAndTime, element, icon, kindIcon, kindName, placeLabel, plain } from "./text.js";
import { TEXTS } from "./texts.js";

const REST_MS = 60; // how long a row must stay selected before all is asked that is known of it
const TYPING_MS = 250; // and while somebody types: the processor is for the next list
const LOOK_MS = 700; // and before a model is asked where on the picture the hit is

/** @param actions [{action, label, keys}] for the buttons; @param onAction (action); @param onMenuClose () */
export function createPreview(pane, actions, { onAction, onMenuClose }) {
  let shown = null; // the hit
  let detail = null; // what the launcher says of it, or will have said
  let hasPicture = false;
  let timer = 0;
  let looking = 0;
  let stop = new AbortController(); // of the look at the shown one

  /** @param isTyped the person typed, and did not choose it */
  function show(hit, isTyped) {
    const isSame = hit && hit.id === shown?.id && pane.dataset.missing === String(hit.is_missing);
    shown = hit;
    if (isSame) pane.querySelector(".facts-list").replaceWith(facts(hit));
    else fill(hit);
    detail = null; // also of the same one: it may have been found by other words
    clearTimeout(timer);
    if (hit) timer = setTimeout(load, isTyped ? TYPING_MS : REST_MS);
  }

  function fill(hit) {
    clearTimeout(looking);
    stop.abort();
    hasPicture = false;
    pane.replaceChildren();
    if (!hit) return;
    pane.dataset.missing = String(hit.is_missing);
    const passage = excerpt(hit.kind, { text: hit.passage, marks: hit.marks });
    pane.append(title(hit), element("div", "page", frame(hit), passage, facts(hit)), buttons());
  }

  /** What the launcher says of the hit, shown once it is there. */
  function load() {
    clearTimeout(timer);
    detail ??= loaded(shown);
    return detail;
  }

  async function loaded(hit) {
    const found = await ask(`/api/preview?id=${encodeURIComponent(hit.id)}`).catch(() => null);
    if (!found || hit !== shown) return "";
    const { context, context_marks: marks, heading, sentence, first_line: line } = found;
    const text = excerpt(hit.kind, { text: context, marks, heading, sentence, line });
    pane.querySelector(".excerpt").replaceWith(text);
    text.querySelector(".sentence, mark")?.scrollIntoView({ block: "nearest" });
    if (found.media) offer(pane.querySelector(".frame"), hit, found.media);
    if (found.picture && !hasPicture) {
      hasPicture = true;
      picture(pane.querySelector(".frame"), found.picture);
      if (hit.why.includes("picture")) looking = setTimeout(() => look(hit), LOOK_MS);
    }
    return context;
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
    const often = actions.filter(({ isRare }) => !isRare);
    const row = element("div", "actions", ...often.map(button));
    const more = element("button", "", "⋯");
    more.type = "button";
    more.tabIndex = -1;
    more.title = `${TEXTS.actions.more} (${CTRL} K)`;
    more.dataset.action = "more";
    more.setAttribute("aria-label", TEXTS.actions.more);
    more.setAttribute("aria-haspopup", "menu");
    more.addEventListener("click", showMore);
    row.append(more);
    return row;
  }

  function button({ action, label, keys }) {
    const made = element("button", "", label, element("kbd", "", keys));
    made.type = "button";
    made.tabIndex = -1;
    made.dataset.action = action;
    made.addEventListener("click", () => onAction(action));
    return made;
  }

  /** All that can be done, as a menu. */
  function showMore() {
    const anchor = pane.querySelector("[data-action=more]");
    if (!anchor) return;
    const choices = actions.map(({ action, label, keys }) => ({ label, detail: keys, act: () => onAction(action) }));
    const sections = [{ title: plain(shown.name), choices }];
    openMenu(anchor, { label: TEXTS.actions.more, sections, onClose: onMenuClose });
  }

  /** Play what can be played, or hold it; returns whether there is something. */
  function play() {
    const player = pane.querySelector("video, audio");
    if (player?.paused) player.play();
    else if (player) player.pause();
    else pane.querySelector(".play")?.click();
    return Boolean(player || pane.querySelector(".player, .play"));
  }

  return {
    show,
    play,
    /** The text around the hit, once it is known; "" without any. */
    text: async () => (shown ? load() : ""),
    showMore,
    /** What a menu of one of the actions hangs at. */
    anchor: () => pane.querySelector("[data-action=more]"),
    scroll: (screens) => pane.querySelector(".page")?.scrollBy({ top: screens * 0.8 * pane.clientHeight }),
  };
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

/** A button over the picture that plays the film from where it was found; nothing plays by itself. */
function offer(box, hit, address) {
  if (box.querySelector(".play, .player")) return;
  const label = hit.second ? TEXTS.preview.playFrom(clock(hit.second)) : TEXTS.preview.play;
  const button = element("button", "play", icon("play"), element("span", "", label));
  button.type = "button";
  button.tabIndex = -1;
  button.addEventListener("click", () => button.replaceWith(player(box, hit, address)));
  box.append(button);
}

/** Sound of a film is off at first: the window may be open where others listen. */
function player(box, hit, address) {
  const made = element(hit.kind === "audio" ? "audio" : "video", "player");
  made.controls = true;
  made.muted = hit.kind === "video";
  made.autoplay = true; // it was asked for
  made.tabIndex = -1;
  made.addEventListener("loadedmetadata", () => (made.currentTime = hit.second || 0), { once: true });
  made.addEventListener("error", () => made.replaceWith(element("p", "player", TEXTS.preview.cannotPlay)));
  made.src = address;
  box.classList.add("has-player");
  return made;
}

/** A line around the part of the picture that shows what was asked, also when the picture grows. */
function outline(box, [left, top, right, bottom]) {
  const shown = box.querySelector("img");
  const made = element("div", "region");
  made.title = TEXTS.preview.region;
  new ResizeObserver(() => {
    const { offsetLeft: x, offsetTop: y, offsetWidth: width, offsetHeight: height } = shown;
    made.style.left = `${x + left * width}px`;
    made.style.top = `${y + top * height}px`;
    made.style.width = `${(right - left) * width}px`;
    made.style.height = `${(bottom - top) * height}px`;
  }).observe(box);
  box.append(made);
}

function title(hit) {
  const name = element("h2", "", element("bdi", "", plain(hit.name)));
  const parts = [kindName(hit.kind), bytes(hit.size_bytes), placeLabel(hit)].filter(Boolean);
  const made = element("div", "title", name, element("p", "", parts.join("  ·  ")));
  if (hit.is_missing) made.append(element("p", "gone", hit.is_unplugged ? TEXTS.preview.unplugged : TEXTS.preview.gone));
  return made;
}

function facts(hit) {
  const list = element("dl", "facts-list");
  const rows = [
    [TEXTS.preview.where, element("bdi", "", plain(hit.folder))],
    [TEXTS.preview.changed, dayAndTime(hit.modified)],
    ...(hit.is_begun ? [[TEXTS.preview.read, TEXTS.preview.begun]] : []),
    [TEXTS.preview.why, hit.why.map((reason) => TEXTS.why[reason] || reason).join(", ")],
  ];
  for (const [term, value] of rows) list.append(element("dt", "", term), element("dd", "", value));
  return list;
}
