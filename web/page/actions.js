/** What can be done with hits: open them, show one in its folder, copy, ask for more or less like them. */

import { ask } from "./search.js";
import { TEXTS } from "./texts.js";

const isMac = navigator.platform.startsWith("Mac");
const isWindows = navigator.platform.startsWith("Win");

export const CTRL = isMac ? "⌘" : "Ctrl";
export const ALT = isMac ? "⌥" : "Alt";
export const FOLDER = isMac ? TEXTS.actions.finder : isWindows ? TEXTS.actions.explorer : TEXTS.actions.folder;
/** `isRare`: it stands in the menu of the others. */
export const ACTIONS = [
  { action: "open", label: TEXTS.actions.open, keys: "↵" },
  { action: "reveal", label: FOLDER, keys: `${CTRL} ↵` },
  { action: "open_with", label: TEXTS.actions.openWith, keys: `${CTRL} O`, isRare: true },
  { action: "copy_path", label: TEXTS.actions.copyPath, keys: `${CTRL} ⇧ C` },
  { action: "copy_file", label: TEXTS.actions.copyFile, keys: `${CTRL} C`, isRare: true },
  { action: "copy_text", label: TEXTS.actions.copyText, keys: `${CTRL} ${ALT} C`, isRare: true },
  { action: "like", label: TEXTS.actions.like, keys: `${CTRL} ⇧ ↵` },
  { action: "unlike", label: TEXTS.actions.unlike, keys: `${ALT} ⇧ ↵`, isRare: true },
  { action: "look", label: TEXTS.actions.look, keys: `${CTRL} ␣`, isRare: true },
];

/**
 * Have the launcher do `action` with these hits; throws a Problem.
 *
 * @returns {said, isElsewhere}: what to say about it, and whether it goes on in another program, as was wanted
 */
export async function perform(action, hits, program = "") {
  const body = JSON.stringify({ ids: hits.map(({ id }) => id), action, program });
  const headers = { "Content-Type": "application/json" };
  const { done, text } = await ask("/api/open", { method: "POST", headers, body });
  const isElsewhere = done === "opened" || (done === "revealed" && action === "reveal");
  if (text !== undefined) await copy(text);
  return { said: wordsFor(action, hits, { done, text }), isElsewhere };
}

function wordsFor(action, hits, { done, text }) {
  const what = hits.length > 1 ? TEXTS.actions.several(hits.length) : hits[0].name;
  if (action === "copy_path") return TEXTS.actions.copied(hits.length > 1 ? what : text);
  if (action === "copy_file") return TEXTS.actions.copied(what);
  if (action === "open" && done === "revealed") return TEXTS.actions.isProgram(what);
  return done === "opened" ? TEXTS.actions.opened(what) : TEXTS.actions.revealed(what);
}

/** The programs that could open it: [{id, name}]; null where the desktop lets people choose itself. */
export async function openersOf(hit) {
  return (await ask(`/api/openers?id=${encodeURIComponent(hit.id)}`)).openers;
}

export async function copy(text) {
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
