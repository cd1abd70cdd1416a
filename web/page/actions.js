/** What can be done with a hit: open it, show it in its folder, copy its path, find more like it. */

import { ask } from "./search.js";

const isMac = navigator.platform.startsWith("Mac");
const isWindows = navigator.platform.startsWith("Win");

export const CTRL = isMac ? "⌘" : "Ctrl";
export const FOLDER = isMac ? "Show in Finder" : isWindows ? "Show in Explorer" : "Show in folder";
export const LIKE = "like"; // a question, so the page asks it itself
export const ACTIONS = [
  { action: "open", label: "Open", keys: "↵", doing: "Opening" },
  { action: "reveal", label: FOLDER, keys: `${CTRL} ↵`, doing: "Showing" },
  { action: "copy_path", label: "Copy path", keys: `${CTRL} ⇧ C`, doing: "Copying the path of" },
  { action: LIKE, label: "More like this", keys: `${CTRL} ⇧ ↵` },
];

/** Have the launcher do `action` with `hit`; returns what to say about it. Throws a Problem. */
export async function perform(action, hit) {
  const body = JSON.stringify({ id: hit.id, action });
  const headers = { "Content-Type": "application/json" };
  const { done, path } = await ask("/api/open", { method: "POST", headers, body });
  if (done === "copied") {
    await copy(path);
    return `Copied ${path}`;
  }
  if (action === "open" && done === "revealed") return `${hit.name} is a program: shown in its folder instead`;
  return done === "opened" ? `Opened ${hit.name}` : `Showed ${hit.name} in its folder`;
}

export const doing = (action, hit) => `${ACTIONS.find((known) => known.action === action).doing} ${hit.name} …`;

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyBySelection(text); // some web views have no clipboard to write to
  }
}

function copyBySelection(text) {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  focused?.focus();
}
