/** The hits that others shall be like, or not like, shown as chips in the search box. */

import { thumbnail } from "./list.js";
import { element, icon, plain, splitName } from "./text.js";
import { TEXTS } from "./texts.js";

const MOST = 20; // of each sort, the last ones
const NONE = Object.freeze([]);

/** @param onRemove (): one was taken away */
export function createExamples(box, onRemove) {
  let like = NONE;
  let unlike = NONE;

  /** Take these, and none but these. */
  function show(newLike, newUnlike) {
    like = newLike.slice(-MOST);
    unlike = newUnlike.slice(-MOST);
    box.replaceChildren(...like.map((hit) => chip(hit, true)), ...unlike.map((hit) => chip(hit, false)));
  }

  function add(hits, isLike) {
    const ids = hits.map(({ id }) => id);
    const others = (known) => known.filter(({ id }) => !ids.includes(id));
    show(isLike ? [...others(like), ...hits] : others(like), isLike ? others(unlike) : [...others(unlike), ...hits]);
  }

  function remove(hit) {
    show(
      like.filter((one) => one !== hit),
      unlike.filter((one) => one !== hit),
    );
    onRemove();
  }

  function chip(hit, isLike) {
    const [stem, ending] = splitName(hit.name);
    const name = element("span", "name", element("bdi", "stem", stem), element("bdi", "ending", ending));
    const button = element("button", "", icon("close"));
    button.type = "button";
    button.tabIndex = -1;
    button.title = TEXTS.examples.remove;
    button.setAttribute("aria-label", `${TEXTS.examples.remove}: ${plain(hit.name)}`);
    button.addEventListener("click", () => remove(hit));
    const word = element("span", "word", isLike ? TEXTS.examples.like : TEXTS.examples.unlike);
    const made = element("span", `chip like-chip ${isLike ? "" : "is-unlike"}`, thumbnail(hit), word, name, button);
    made.title = `${word.textContent} ${plain(hit.name)}`;
    return made;
  }

  return {
    like: () => like,
    unlike: () => unlike,
    count: () => like.length + unlike.length,
    add,
    clear: () => show(NONE, NONE),
    removeLast: () => remove(unlike.at(-1) || like.at(-1)),
  };
}
