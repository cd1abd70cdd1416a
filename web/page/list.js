/** The list of hits: rows, and which one is selected. The focus stays in the search box. */

import { day, element, kindIcon, kindName, marked, percent, placeLabel, plain, splitName } from "./text.js";

/**
 * @param on.select (hit or null)
 * @param on.open   (): a row was double-clicked
 */
export function createList(box, input, on) {
  let found = []; // as they came
  let hits = []; // as they are shown: behind those of `opened` also their copies and versions
  let selected = -1;
  const opened = new Set(); // ids
  let rows = new Map(); // id -> <li>, kept from search to search so that pictures do not flicker

  function show(newHits) {
    found = newHits;
    place();
    input.setAttribute("aria-expanded", String(hits.length > 0));
    box.scrollTop = 0;
    select(hits.length ? 0 : -1);
  }

  function place() {
    hits = found.flatMap((hit) => (opened.has(hit.id) ? [hit, ...hit.others] : [hit]));
    const kept = new Map();
    for (const hit of hits) kept.set(hit.id, rows.get(hit.id) || row(hit));
    rows = kept;
    hits.forEach((hit, position) => fill(rows.get(hit.id), hit, position));
    for (const hit of found) mark(hit);
    box.replaceChildren(...hits.map((hit) => rows.get(hit.id)));
  }

  /** What stands behind a hit: how much that is, and whether it is shown. */
  function mark(hit) {
    const isOpen = opened.has(hit.id);
    for (const other of isOpen ? hit.others : []) rows.get(other.id).classList.add("is-other");
    if (!hit.others.length) return;
    const count = element("button", "others", isOpen ? `−${hit.others.length}` : `+${hit.others.length}`);
    count.title = `${isOpen ? "Hide" : "Show"} its copies and versions`;
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
    box.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    selected = Math.max(-1, Math.min(position, hits.length - 1));
    const chosen = selected < 0 ? null : rows.get(hits[selected].id);
    chosen?.setAttribute("aria-selected", "true");
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen) input.setAttribute("aria-activedescendant", chosen.id);
    else input.removeAttribute("aria-activedescendant");
    on.select(current());
  }

  const current = () => hits[selected] || null;
  const move = (steps) => select(Math.max(0, selected + steps));
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
    select(position);
    if (event.target.closest(".others")) toggle();
  });
  box.addEventListener("dblclick", (event) => {
    if (positionOf(event) >= 0 && !event.target.closest(".others")) on.open();
  });

  return { show, select, move, toggle, pageSize, current, markMissing, last: () => select(hits.length - 1) };
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

function fill(made, hit, position) {
  made.id = `launcher-hit-${position}`;
  made.setAttribute("aria-selected", "false");
  made.classList.remove("is-other");
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
  facts.append(folder);
  facts.append(why(hit));
  const head = element("div", "head", name);
  if (hit.is_missing) head.append(element("span", "missing", "not there now"));
  const chance = element("span", "chance", percent(hit.chance));
  chance.title = "How likely this is what you mean";
  head.append(chance, when);
  const passage = element("div", "passage");
  passage.append(marked(hit.passage, hit.marks, { isShort: true }));
  made.querySelector(".hit-text").replaceChildren(head, facts, ...(hit.passage ? [passage] : []));
}

/** By what it was found. */
function why(hit) {
  const badges = element("span", "why");
  badges.title = "Found by";
  for (const reason of hit.why) badges.append(element("span", "", reason));
  return badges;
}
