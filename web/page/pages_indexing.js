/** How far indexing is: asked while it goes on, said in the line at the bottom of the window. */

import { ask } from "./search.js";
import { plain } from "./text.js";
import { TEXTS } from "./texts.js";

const RUNNING_MS = 1000;
const RESTING_MS = 15_000; // it may be started elsewhere

/**
 * @param button in the line; there while something goes on
 * @param onChange (state, before): every time that something is heard
 * @param onGone (problem): nothing will be heard any more
 */
export function createIndexing(button, onChange, onGone) {
  let state = null;
  let timer = 0;

  /** Ask now, and from then on. */
  async function look() {
    clearTimeout(timer);
    let pause = RESTING_MS;
    try {
      take(await ask("/api/index"));
      if (state.state === "running") pause = RUNNING_MS;
    } catch (problem) {
      if (problem.status === 404) return; // a window without these pages
      if (problem.isGone) return void onGone(problem);
    }
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(look, pause);
  }

  function take(newState) {
    const before = state;
    state = newState;
    button.hidden = state.state === "idle" && !state.problem && !state.why;
    const text = state.problem ? TEXTS.indexing.failed(state.problem) : TEXTS.indexing.now(state);
    button.textContent = plain(text);
    button.classList.toggle("is-problem", Boolean(state.problem));
    onChange(state, before);
  }

  button.title = TEXTS.indexing.open;
  document.addEventListener("visibilitychange", () => document.hidden || look());
  look();
  return { current: () => state, look, take };
}
