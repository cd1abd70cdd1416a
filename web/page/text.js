/** How things are said: file names, sizes, days, marked words. Everything becomes text nodes, never HTML. */

import { TEXTS } from "./texts.js";

const KIND_NAMES = TEXTS.kinds.names;
const ROOM_CHARS = 150; // about what two lines of a row hold
const LEAD_CHARS = 48; // shown before the first marked word where the start has to go

/** An element of HTML with a class and children, which are elements or plain text. */
export function element(tag, className = "", ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** 0.617 -> "62 %"; never a promise. */
export const percent = (chance) => `${Math.min(99, Math.round(chance * 100))}\u202f%`;

/** The icon of that name from the page's sprite. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

export const kindName = (kind) => KIND_NAMES[kind] || KIND_NAMES.other;
export const kindIcon = (kind) => icon(kind in KIND_NAMES ? kind : "other");

/** `name` without the characters that would show it other than it is: controls, and those that turn the direction. */
export function plain(name) {
  return name.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

/** "report.final.pdf" -> ["report.final", ".pdf"], so that a long name can be cut before its end. */
export function splitName(name) {
  const shown = plain(name);
  const dot = shown.lastIndexOf(".");
  return dot > 0 && shown.length - dot <= 8 ? [shown.slice(0, dot), shown.slice(dot)] : [shown, ""];
}

/**
 * Text nodes of `passage` with its marked words in <mark>.
 *
 * Marks count Unicode characters, as Python does; JavaScript's own indexes count an emoji twice.
 *
 * @param isShort start a little before the first mark, for where there is room for two lines
 */
export function marked(passage, marks, { isShort = false } = {}) {
  const characters = Array.from(passage);
  const pieces = document.createDocumentFragment();
  let done = isShort ? leadStart(characters, marks) : 0;
  if (done) pieces.append("… ");
  for (const [start, end] of marks) {
    if (start < done) continue;
    pieces.append(characters.slice(done, start).join(""));
    pieces.append(element("mark", "", characters.slice(start, end).join("")));
    done = end;
  }
  pieces.append(characters.slice(done).join(""));
  return pieces;
}

function leadStart(characters, marks) {
  if (!marks.length || marks[0][1] <= ROOM_CHARS) return 0;
  const start = Math.min(marks[0][0] - LEAD_CHARS, characters.length - ROOM_CHARS);
  const space = characters.indexOf(" ", start);
  return space < 0 || space >= marks[0][0] ? start : space + 1;
}

/** Where in the document the hit is: its page, or of a video the time. */
export function placeLabel({ page_number: page, page_count: count, second }) {
  if (second !== null) return TEXTS.list.at(clock(second));
  return page && count > 1 ? TEXTS.list.page(page, count) : "";
}

/** 65.2 -> "1:05", as players show it. */
export function clock(second) {
  const whole = Math.floor(second);
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** What pressing a filter's chip does. */
export function removeLabel({ label, problem }) {
  return problem ? TEXTS.list.removeProblem(plain(label), plain(problem)) : TEXTS.list.removeFilter(plain(label));
}

/** The filters that hold; "" without any. */
export function onlyLabel(chips) {
  const labels = chips.filter(({ problem }) => !problem).map(({ label }) => plain(label));
  return labels.length ? TEXTS.search.only(labels) : "";
}

export function duration(ms) {
  return ms < 1000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function bytes(size) {
  if (size < 1000) return `${size} B`;
  const power = Math.min(4, Math.floor(Math.log10(size) / 3));
  const value = size / 1000 ** power;
  const unit = ["kB", "MB", "GB", "TB"][power - 1];
  return `${value.toLocaleString(undefined, { maximumFractionDigits: value < 10 ? 1 : 0 })} ${unit}`;
}

// Made once: every list says days, and making one takes longer than all the rest of a row.
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const DAY_AND_YEAR = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const DAY_AND_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });

/** The time for today, the day for this year, else the day and the year. */
export function day(iso) {
  const date = new Date(iso);
  const now = new Date();
  if (date.toDateString() === now.toDateString()) return CLOCK.format(date);
  return (date.getFullYear() === now.getFullYear() ? DAY : DAY_AND_YEAR).format(date);
}

export const dayAndTime = (iso) => DAY_AND_TIME.format(new Date(iso));
