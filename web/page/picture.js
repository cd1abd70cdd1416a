/** The picture to search by: chosen, pasted or dropped, and shown as a chip in the search box. */

// Browsers know no type for some of these; the engine reads them all the same.
const PICTURE_NAME = /\.(avif|bmp|gif|heic|heif|ico|jpe?g|png|tiff?|webp)$/i;

/** @param onChange (): the person gave another picture, or took it away */
export function createPicture(root, onChange) {
  const chip = root.querySelector(".picture-chip");
  const shown = chip.querySelector("img");
  const chooser = root.querySelector(".picture-file");
  const dropTarget = root.querySelector(".drop-target");
  let file = null;

  /** Take this picture, or none with null. */
  function show(newFile) {
    if (file) URL.revokeObjectURL(shown.src);
    file = newFile;
    chip.hidden = !file;
    if (file) shown.src = URL.createObjectURL(file);
  }

  function set(newFile) {
    show(newFile);
    onChange();
  }

  /** Take the first picture of `files`, if there is one. */
  function take(event, files) {
    const found = [...files].find(({ type, name }) => type.startsWith("image/") || PICTURE_NAME.test(name));
    if (!found) return;
    event.preventDefault();
    set(found);
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
  chip.querySelector("button").addEventListener("click", () => set(null));

  return { current: () => file, show };
}
