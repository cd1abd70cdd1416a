/** The keyboard: which key does what, and the overlay that says so. */

import { ALT, CTRL, FOLDER } from "./actions.js";
import { element } from "./text.js";
import { TEXTS } from "./texts.js";

const SAYS = TEXTS.keys;
const HELP = [
  [["↑", "↓"], SAYS.select],
  [["Page ↑", "Page ↓"], SAYS.screen],
  [["Home", "End"], SAYS.ends],
  [["⇧", "↑", "↓"], SAYS.several],
  [["↑"], SAYS.history],
  [["↵"], SAYS.open],
  [[CTRL, "↵"], FOLDER],
  [[CTRL, "O"], SAYS.openWith],
  [[CTRL, "K"], SAYS.more],
  [[CTRL, "␣"], SAYS.look],
  [["␣"], SAYS.blank],
  [[CTRL, "C"], SAYS.copyFile],
  [[CTRL, "⇧", "C"], SAYS.copyPath],
  [[CTRL, ALT, "C"], SAYS.copyText],
  [[CTRL, "⇧", "↵"], SAYS.like],
  [[ALT, "⇧", "↵"], SAYS.unlike],
  [["⇧", "↵"], SAYS.copies],
  [["Tab"], SAYS.kind],
  [[CTRL, "F"], SAYS.facets],
  [["←"], SAYS.filters],
  [["⌫"], SAYS.remove],
  [[CTRL, "V"], SAYS.picture],
  [[CTRL, "M"], SAYS.meant],
  [[CTRL, "R"], SAYS.rerank],
  [[CTRL, ","], SAYS.pages],
  [["Esc"], SAYS.escape],
  [["F1"], SAYS.help],
];
const HINTS = [
  [["↑", "↓"], SAYS.hintSelect],
  [["↵"], SAYS.hintOpen],
  [[CTRL, "␣"], SAYS.hintLook],
  [["Tab"], SAYS.hintKind],
  [["F1"], SAYS.hintHelp],
];

/**
 * Call `bindings[key]` for the keys named there, such as "Enter" or "Control+Shift+C" (⌘ counts as Control).
 * Where that returns false the key keeps its usual meaning.
 */
export function bindKeys(bindings) {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // the key belongs to the input method
    const act = bindings[keyName(event)];
    if (act && act() !== false) event.preventDefault();
  });
}

function keyName(event) {
  const key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const parts = [(event.ctrlKey || event.metaKey) && "Control", event.altKey && "Alt", event.shiftKey && "Shift", key];
  return parts.filter(Boolean).join("+");
}

/** Write the keys into the overlay and the status line; returns what opens and closes the overlay. */
export function createHelp(overlay, hints, input) {
  const list = overlay.querySelector("dl");
  for (const [keys, meaning] of HELP) {
    list.append(element("div", "", element("dt", "", ...caps(keys)), element("dd", "", meaning)));
  }
  for (const [keys, meaning] of HINTS) hints.append(element("span", "", ...caps(keys), meaning));

  function toggle() {
    overlay.hidden = !overlay.hidden;
    (overlay.hidden ? input : overlay).focus();
  }

  overlay.addEventListener("click", toggle);
  return { isOpen: () => !overlay.hidden, toggle };
}

const caps = (keys) => keys.map((key) => element("kbd", "", key));
