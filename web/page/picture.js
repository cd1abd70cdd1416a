/** The pictures to search by: chosen, pasted or dropped, and shown as chips in the search box. */

import { element, icon } from "./text.js";
import { TEXTS } from "./texts.js";

// Browsers know no type for some of these; the engine reads them all the same.
const PICTURE_NAME = /\.(avif|bmp|gif|heic|heif|ico|jpe?g|png|tiff?|webp)$/i;
const MOST = 10;
const NONE = Object.freeze([]);

/** @param onChange (): the person gave another picture, or took one away */
export function createPictures(root, onChange) {
  const box = root.querySelector(".pictures");
  const chooser = root.querySelector(".picture-file");
  const dropTarget = root.querySelector(".drop-target");
  let files = NONE;

  /** Take these, and none but these. */
  function show(newFiles) {
    for (const shown of box.querySelectorAll("img")) URL.revokeObjectURL(shown.src);
    files = newFiles;
    box.replaceChildren(...files.map(chip));
  }

  function chip(file) {
    const shown = element("img");
    shown.alt = "";
    shown.src = URL.createObjectURL(file);
    const button = element("button", "", icon("close"));
    button.type = "button";
    button.tabIndex = -1;
    button.title = TEXTS.pictures.remove;
    button.setAttribute("aria-label", TEXTS.pictures.remove);
    button.addEventListener("click", () => remove(file));
    return element("span", "chip picture-chip", shown, element("span", "word", TEXTS.pictures.chip), button);
  }

  function remove(file) {
    show(files.filter((one) => one !== file));
    onChange();
  }

  /** Take the pictures among `given` beside those that are there. */
  function take(event, given) {
    const found = [...given].filter(({ type, name }) => type.startsWith("image/") || PICTURE_NAME.test(name));
    if (!found.length) return;
    event.preventDefault();
    show([...files, ...found].slice(-MOST));
    onChange();
  }

  function onDrag(event) {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault(); // or the browser would leave the page to show the file
    dropTarget.hidden = event.type !== "dragover";
    if (event.type === "drop") take(event, event.dataTransfer.files);
  }

  document.addEventListener("paste", (event) => take(event, event.clipboardData.files));
  for (const kind of ["dragover", "dragleave", "drop"]) document.addEventListener(kind, onDrag);
  root.querySelector(".attach").addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", (event) => {
    take(event, chooser.files);
    chooser.value = ""; // so that the same picture can be chosen again
  });

  return { current: () => files, show, clear: () => show(NONE), removeLast: () => remove(files.at(-1)) };
}
