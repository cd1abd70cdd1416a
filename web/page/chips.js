/** The filters that were understood in the question, as chips under the search box; each can be taken away. */

import { element, icon, plain, removeLabel } from "./text.js";

/** @param onRemove (chip): its button was pressed, or a key that takes it away */
export function createChips(bar, input, onRemove) {
  let chips = [];

  /** Show these; the ones that are there already stay, so that the focus does. */
  function show(newChips) {
    if (JSON.stringify(newChips) === JSON.stringify(chips)) return;
    const hadFocus = bar.contains(document.activeElement);
    chips = newChips;
    bar.replaceChildren(...chips.map(button));
    if (hadFocus) input.focus();
  }

  function button(chip) {
    const made = element("button", "", element("span", "", plain(chip.label)), icon("close"));
    made.type = "button";
    made.tabIndex = -1; // Tab chooses a kind; the arrow to the left comes here
    made.title = chip.problem || `\u201c${plain(chip.words)}\u201d`;
    made.classList.toggle("is-problem", Boolean(chip.problem));
    made.setAttribute("aria-label", removeLabel(chip));
    made.addEventListener("click", () => remove(chip));
    return made;
  }

  function remove(chip) {
    input.focus();
    onRemove(chip);
  }

  const isAtStart = () => input.selectionStart === 0 && input.selectionEnd === 0;

  input.addEventListener("keydown", (event) => {
    if (event.isComposing || !chips.length || !isAtStart()) return;
    if (event.key === "Backspace") remove(chips[chips.length - 1]);
    if (event.key === "ArrowLeft") bar.lastElementChild.focus();
  });
  bar.addEventListener("keydown", (event) => {
    const chosen = event.target.closest("button");
    const keys = {
      ArrowLeft: () => chosen.previousElementSibling?.focus(),
      ArrowRight: () => (chosen.nextElementSibling || input).focus(),
      Backspace: () => chosen.click(),
      Delete: () => chosen.click(),
      Enter: () => chosen.click(),
      Escape: () => input.focus(),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    event.stopPropagation(); // here Enter opens no hit
    keys[event.key]();
  });

  return { current: () => chips, show };
}
