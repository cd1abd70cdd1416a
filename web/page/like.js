/** The hit that others shall be like, shown as a chip in the search box. */

import { thumbnail } from "./list.js";
import { element, plain, splitName } from "./text.js";

/** @param onRemove (): its button was pressed */
export function createLike(chip, onRemove) {
  let hit = null;

  /** Take this hit, or none with null. */
  function show(newHit) {
    hit = newHit;
    chip.hidden = !hit;
    if (!hit) return;
    const [stem, ending] = splitName(hit.name);
    const name = element("span", "name", element("bdi", "stem", stem), element("bdi", "ending", ending));
    chip.querySelector(".like").replaceChildren(thumbnail(hit), element("span", "", "like:"), name);
    chip.title = plain(hit.name);
  }

  chip.querySelector("button").addEventListener("click", onRemove);

  return { current: () => hit, show };
}
