/** The list of hits: rows, and which of them are selected. The focus stays in the search box. */

import { day, element, kindIcon, kindName, marked, percent, placeLabel, plain, splitName } from "./text.js";
import { TEXTS } from "./texts.js";

const REACTION_MS = 300; // as long as a finger needs to stop
const SEEN = 12; // rows that fit into most windows: what is further down is written once these are painted

/**
 * @param on.select (hit or null, how many are selected)
 * @param on.open   (): a row was double-clicked
 */
export function createList(box, input, on) {
  let found = []; // as they came
  let hits = []; // as they are shown: behind those of `opened` also their copies and versions
  let selected = -1; // where the arrows are
  let picked = new Set(); // ids of what is selected: that one, or several
  let anchor = 0; // where the selection of several began
  let isRecent = false; // nothing was asked
  let isMoved = false; // the person chose another hit than the first
  let before = { hit: null, until: 0 }; // what was selected until the list changed by itself
  const opened = new Set(); // ids
  let rows = new Map(); // id -> <li>, kept from search to search so that pictures do not flicker

  /** @param options.recent these are what a person may want before they ask: none is selected yet */
  function show(newHits, { recent = false } = {}) {
    found = newHits;
    isRecent = recent;
    box.classList.toggle("is-recent", recent);
    isMoved = false;
    place();
    input.setAttribute("aria-expanded", String(hits.length > 0));
    box.scrollTop = 0;
    mark(hits.length && !recent ? 0 : -1);
  }

  /**
   * The same hits in a better order. What the person selected stays selected, else the first one is; whoever presses
   * Enter just then means the one that was.
   *
   * @param read id -> {relevance, chance, is_likely}, of those that a reranker has read
   */
  function improve(order, read) {
    const chosen = current();
    const scrolled = box.scrollTop;
    const tops = new Map(hits.map((hit) => [hit.id, rows.get(hit.id).offsetTop]));
    const places = new Map(order.map((id, position) => [id, position]));
    found.forEach((hit, position) => {
      hit.first ??= { position, relevance: null, chance: hit.chance, is_likely: hit.is_likely };
      Object.assign(hit, hit.first, read[hit.id]);
      hit.risen = hit.first.position - places.get(hit.id);
    });
    found = found.toSorted((one, other) => places.get(one.id) - places.get(other.id));
    place();
    for (const made of rows.values()) made.getAnimations().forEach((sliding) => sliding.cancel());
    if (isMoved) keep(chosen);
    else mark(0);
    box.scrollTop = scrolled; // who has scrolled on reads there
    for (const hit of hits) slide(rows.get(hit.id), tops.get(hit.id));
    if (current() !== chosen) before = { hit: chosen, until: performance.now() + REACTION_MS };
  }

  /**
   * What was asked is answered anew, by more than before. What the person selected stays selected, as long as it is
   * among it; whoever presses Enter just then means what was.
   */
  function complete(newHits) {
    const [last, were, scrolled, wasMoved] = [current(), chosen(), box.scrollTop, isMoved];
    show(newHits);
    const stay = wasMoved ? hits.filter((hit) => were.some((one) => isSameDocument(one, hit))) : [];
    if (stay.length) {
      isMoved = true;
      picked = new Set(stay.map(({ id }) => id));
      keep(stay.find((hit) => isSameDocument(hit, last)) || stay[0]);
      box.scrollTop = scrolled;
    }
    if (last && current()?.id !== last.id) before = { hit: last, until: performance.now() + REACTION_MS };
  }

  function place() {
    hits = found.flatMap((hit) => (opened.has(hit.id) ? [hit, ...hit.others] : [hit]));
    const kept = new Map();
    for (const hit of hits) kept.set(hit.id, rows.get(hit.id) || row(hit));
    rows = kept;
    hits.forEach(({ id }, position) => (rows.get(id).id = `launcher-hit-${position}`));
    const placed = hits;
    placed.slice(0, SEEN).forEach(write);
    box.replaceChildren(...hits.map(({ id }) => rows.get(id)));
    const writeRest = () => placed === hits && placed.slice(SEEN).forEach(write);
    requestAnimationFrame(() => setTimeout(writeRest));
  }

  function write(hit) {
    fill(rows.get(hit.id), hit);
    rows.get(hit.id).classList.toggle("is-other", !found.includes(hit));
    fold(hit);
  }

  /** The order that the hits came in. */
  function restore() {
    if (!found[0]?.first) return;
    const first = found.toSorted((one, other) => one.first.position - other.first.position);
    improve(first.map(({ id }) => id), {});
  }

  /** What stands behind a hit: how much that is, and whether it is shown. */
  function fold(hit) {
    if (!hit.others?.length) return;
    const isOpen = opened.has(hit.id);
    const count = element("button", "others", isOpen ? `−${hit.others.length}` : `+${hit.others.length}`);
    count.type = "button";
    count.title = isOpen ? TEXTS.list.hideOthers : TEXTS.list.showOthers;
    count.tabIndex = -1;
    rows.get(hit.id).querySelector(".name").after(count);
  }

  /** Show the copies and versions of the selected hit, or hide them. */
  function toggle() {
    const chosen = current();
    const hit = found.find((one) => one === chosen || (opened.has(one.id) && one.others.includes(chosen)));
    if (!hit?.others.length) return;
    if (!opened.delete(hit.id)) opened.add(hit.id);
    place();
    select(hits.indexOf(hit));
  }

  function select(position) {
    isMoved = true;
    mark(position);
  }

  /** Only this one is selected, or none with -1. */
  function mark(position) {
    selected = anchor = Math.max(-1, Math.min(position, hits.length - 1));
    picked = new Set(hits.slice(selected, selected + 1).map(({ id }) => id));
    paint();
  }

  /** The arrows stay at `hit`, and what is selected stays so. */
  function keep(hit) {
    selected = anchor = hits.indexOf(hit);
    paint();
  }

  /** Select all from where the selection began to `position`. */
  function extendTo(position) {
    isMoved = true;
    selected = Math.max(0, Math.min(position, hits.length - 1));
    const [first, last] = [Math.min(anchor, selected), Math.max(anchor, selected)];
    picked = new Set(hits.slice(Math.max(0, first), last + 1).map(({ id }) => id));
    paint();
  }

  /** Select this one as well, or not any more. */
  function pick(position) {
    isMoved = true;
    selected = anchor = position;
    const { id } = hits[position];
    if (!picked.delete(id) || !picked.size) picked.add(id);
    paint();
  }

  function paint() {
    hits.forEach(({ id }, position) => {
      rows.get(id).setAttribute("aria-selected", String(picked.has(id)));
      rows.get(id).classList.toggle("is-current", position === selected);
    });
    const shown = current() && rows.get(current().id);
    shown?.scrollIntoView({ block: "nearest" });
    if (shown) input.setAttribute("aria-activedescendant", shown.id);
    else input.removeAttribute("aria-activedescendant");
    on.select(current(), picked.size);
  }

  const current = () => hits[selected] || null;
  const chosen = () => hits.filter(({ id }) => picked.has(id));
  /** What a key means that is pressed now: several hits, one, or none. */
  const meant = () => (performance.now() < before.until ? [before.hit].filter(Boolean) : chosen());
  const isAtTop = () => selected < (isRecent ? 0 : 1);
  const move = (steps) => select(Math.max(isRecent ? -1 : 0, selected + steps));
  const pageSize = () => Math.max(1, Math.floor(box.clientHeight / (box.firstElementChild?.offsetHeight || 80)) - 1);

  function markMissing(id) {
    const hit = hits.find((candidate) => candidate.id === id);
    if (!hit) return;
    hit.is_missing = true;
    const position = hits.indexOf(hit);
    place();
    select(position);
  }

  function positionOf(event) {
    const id = event.target.closest("li")?.dataset.id;
    return hits.findIndex((hit) => hit.id === id);
  }

  box.addEventListener("mousedown", (event) => {
    event.preventDefault(); // the focus stays in the box
    const position = positionOf(event);
    if (position < 0 || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey) return pick(position);
    if (event.shiftKey) return extendTo(position);
    select(position);
    if (event.target.closest(".others")) toggle();
    return undefined;
  });
  box.addEventListener("dblclick", (event) => {
    if (positionOf(event) >= 0 && !event.target.closest(".others")) on.open();
  });

  box.setAttribute("aria-multiselectable", "true");
  return {
    ...{ show, complete, improve, restore, select, move, toggle, pageSize, current, meant, isAtTop, markMissing },
    all: () => hits,
    last: () => select(hits.length - 1),
    extend: (steps) => hits.length && extendTo(selected + steps),
    /** Only the one where the arrows are; returns whether there were several. */
    single() {
      const wereSeveral = picked.size > 1;
      if (wereSeveral) mark(selected);
      return wereSeveral;
    },
    isRecent: () => isRecent,
    isMoved: () => isMoved,
  };
}

/** Whether both are of one document: another page of it may have been found. */
const isSameDocument = (one, other) => one?.name === other.name && one.folder === other.folder;

/** Let a row come from where it was. */
function slide(made, from) {
  const way = from - made.offsetTop;
  if (!way || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  made.animate([{ transform: `translateY(${way}px)` }, { transform: "none" }], { duration: 160, easing: "ease-out" });
}

function row(hit) {
  const made = element("li", "hit");
  made.setAttribute("role", "option");
  made.setAttribute("aria-selected", "false");
  made.dataset.id = hit.id;
  made.append(thumbnail(hit), element("div", "hit-text"));
  return made;
}

/** The kind's icon, and over it the page's picture once that is there. */
export function thumbnail(hit) {
  const frame = element("div", "thumb", kindIcon(hit.kind));
  frame.dataset.kind = hit.kind;
  if (hit.thumb) {
    const picture = element("img");
    picture.alt = "";
    picture.decoding = "async";
    picture.loading = "lazy";
    picture.addEventListener("load", () => frame.classList.add("has-picture"));
    picture.addEventListener("error", () => picture.remove());
    picture.src = hit.thumb;
    frame.append(picture);
  }
  return frame;
}

function fill(made, hit) {
  made.classList.toggle("is-missing", hit.is_missing);
  made.classList.toggle("is-unlikely", !hit.is_likely);
  const [stem, ending] = splitName(hit.name);
  const name = element("div", "name", element("bdi", "stem", stem), element("bdi", "ending", ending));
  name.title = plain(hit.name);
  const when = element("span", "when", day(hit.modified));
  const folder = element("bdi", "folder", plain(hit.folder));
  folder.title = plain(hit.folder);
  const facts = element("div", "facts", element("span", "kind", kindName(hit.kind)));
  if (placeLabel(hit)) facts.append(element("span", "page", placeLabel(hit)));
  if (hit.is_begun) facts.append(begun());
  facts.append(folder);
  facts.append(why(hit));
  const head = element("div", "head", name);
  if (hit.is_missing) head.append(element("span", "missing", hit.is_unplugged ? TEXTS.list.unplugged : TEXTS.list.missing));
  if (hit.relevance != null) head.append(reranked(hit));
  head.append(chance(hit), when);
  const passage = element("div", "passage");
  passage.append(marked(hit.passage, hit.marks, { isShort: true }));
  made.querySelector(".hit-text").replaceChildren(head, facts, ...(hit.passage ? [passage] : []));
}

/** That only its first pages are found by what they say so far. */
function begun() {
  const made = element("span", "begun", TEXTS.list.begun);
  made.title = TEXTS.preview.begun;
  return made;
}

function chance(hit) {
  const made = element("span", "chance", percent(hit.chance));
  made.title = TEXTS.list.chance;
  return made;
}

/** That it was read again, and how far that moved it. */
function reranked({ relevance, risen }) {
  const made = element("span", "reranked", risen > 0 ? `↑${risen}` : risen < 0 ? `↓${-risen}` : "=");
  made.title = TEXTS.list.relevant(percent(relevance));
  return made;
}

/** By what it was found. */
function why(hit) {
  const badges = element("span", "why");
  badges.title = TEXTS.list.why;
  for (const reason of hit.why) badges.append(element("span", "", TEXTS.why[reason] || reason));
  return badges;
}
