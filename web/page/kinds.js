/** The row of buttons that narrows a search to one group of kinds: each writes a filter into the search box. */

import { element } from "./text.js";
import { TEXTS } from "./texts.js";

// Its name, the filter that it writes, and the kinds that the filter means.
const GROUPS = [
  ["all", "", []],
  ["documents", "type:documents", ["pdf", "document", "text", "book", "web"]],
  ["pictures", "type:pictures", ["picture"]],
  ["slides", "type:slides", ["slides"]],
  ["sheets", "type:sheets", ["sheet"]],
  ["code", "type:code", ["code"]],
  ["mail", "type:mail", ["email"]],
  ["video", "type:videos", ["video"]],
  ["audio", "type:audio", ["audio"]],
  ["archives", "type:archives", ["archive"]],
];
const NONE = -1; // another filter of kinds

/** @param onChoose (filter): this one is wanted, and no other of kinds; "" for none */
export function createKinds(nav, onChoose) {
  let chosen = 0;
  const chips = GROUPS.map(([name], index) => {
    const chip = element("button", "", TEXTS.kinds.groups[name]);
    chip.type = "button";
    chip.tabIndex = -1; // Tab itself moves through them
    chip.setAttribute("role", "radio");
    chip.addEventListener("click", () => choose(index));
    return chip;
  });

  function mark() {
    chips.forEach((chip, index) => chip.setAttribute("aria-checked", String(index === chosen)));
    chips[chosen]?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function choose(index) {
    chosen = (index + GROUPS.length) % GROUPS.length;
    mark();
    onChoose(GROUPS[chosen][1]);
  }

  /** Show what the question says, whoever wrote it. */
  function follow(filters) {
    const kinds = filters.flatMap((filter) => filter.kinds);
    chosen = GROUPS.findIndex(([, , ofGroup]) => String(ofGroup) === String(kinds));
    mark();
  }

  nav.append(...chips);
  mark();
  return {
    follow,
    /** "" for all of them, and for what no group is. */
    name: () => (chosen > 0 ? TEXTS.kinds.groups[GROUPS[chosen][0]] : ""),
    move: (steps) => choose(chosen === NONE ? 0 : chosen + steps),
  };
}
