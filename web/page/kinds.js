/** The row of chips that narrows a search to one group of kinds. */

import { element } from "./text.js";

const GROUPS = [
  ["All", []],
  ["Documents", ["pdf", "document", "text", "book", "web"]],
  ["Pictures", ["picture"]],
  ["Slides", ["slides"]],
  ["Sheets", ["sheet"]],
  ["Code", ["code"]],
  ["Mail", ["email"]],
  ["Video", ["video"]],
  ["Audio", ["audio"]],
  ["Archives", ["archive"]],
];

/** @param onChange (): another group was chosen */
export function createKinds(nav, onChange) {
  let chosen = 0;
  const chips = GROUPS.map(([name], index) => {
    const chip = element("button", "", name);
    chip.type = "button";
    chip.tabIndex = -1; // Tab itself moves through them
    chip.setAttribute("role", "radio");
    chip.addEventListener("click", () => choose(index));
    return chip;
  });

  function mark() {
    chips.forEach((chip, index) => chip.setAttribute("aria-checked", String(index === chosen)));
  }

  function choose(index) {
    chosen = (index + GROUPS.length) % GROUPS.length;
    mark();
    onChange();
  }

  nav.append(...chips);
  mark();
  return {
    kinds: () => GROUPS[chosen][1],
    /** "" for all of them. */
    name: () => (chosen ? GROUPS[chosen][0] : ""),
    move: (steps) => choose(chosen + steps),
    clear: () => chosen && choose(0),
  };
}
