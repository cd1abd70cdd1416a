/** The keyboard: which key does what, and the overlay that says so. */

import { CTRL, FOLDER } from "./actions.js";
import { element } from "./text.js";

const HELP = [
  [["↑", "↓"], "Select a result"],
  [["Page ↑", "Page ↓"], "Move by a screen"],
  [["Home", "End"], "First or last result"],
  [["↵"], "Open it"],
  [[CTRL, "↵"], FOLDER],
  [[CTRL, "⇧", "C"], "Copy its path"],
  [[CTRL, "⇧", "↵"], "More like it"],
  [["⇧", "↵"], "Its copies and versions"],
  [["Tab"], "Another kind; back with ⇧ Tab"],
  [["←"], "At the start: to the filters; ⌫ takes one away"],
  [[CTRL, "V"], "Search by a copied picture"],
  [["Esc"], "Back or clear; once more to close"],
  [["F1"], "These keys"],
];
const HINTS = [
  [["↑", "↓"], "select"],
  [["↵"], "open"],
  [[CTRL, "↵"], "folder"],
  [["Tab"], "kind"],
  [["F1"], "keys"],
];

/** Call `bindings[key]` for the keys named there, such as "Enter" or "Control+Shift+C" (⌘ counts as Control). */
export function bindKeys(bindings) {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // the key belongs to the input method
    const act = bindings[keyName(event)];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function keyName(event) {
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const parts = [(event.ctrlKey || event.metaKey) && "Control", event.altKey && "Alt", event.shiftKey && "Shift", key];
  return parts.filter(Boolean).join("+");
}

/** Write the keys into the overlay and the status line; returns what opens and closes the overlay. */
export function createHelp(overlay, hints) {
  const list = overlay.querySelector("dl");
  for (const [keys, meaning] of HELP) list.append(element("dt", "", ...caps(keys)), element("dd", "", meaning));
  for (const [keys, meaning] of HINTS) hints.append(element("span", "", ...caps(keys), meaning));
  overlay.addEventListener("click", () => (overlay.hidden = true));
  return {
    isOpen: () => !overlay.hidden,
    toggle: () => (overlay.hidden = !overlay.hidden),
  };
}

const caps = (keys) => keys.map((key) => element("kbd", "", key));
