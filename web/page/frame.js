/** What the page is shown in: a window of the launcher's own, which hides when it is not used, or a browser's tab. */

import { ask } from "./search.js";

const APP = matchMedia("(display-mode: standalone)"); // Chromium without tabs and address bar
const RETURN_MS = 300; // longer than a dialogue takes to go

/**
 * @param root the page
 * @param isOccupied (): something that the person is in the middle of lies over the list
 * @param on.shown (): the window was brought to the front
 * @param on.left  (): the person turned to something else
 * @param on.problem (problem): the window could not be hidden or shown
 */
export function createFrame(root, isOccupied, on) {
  let isChoosing = false; // a file, in a dialogue of the browser's
  const isOwn = () => Boolean(window.pywebview) || APP.matches;

  /** Put the window away; a tab stays, it is not ours. */
  function hide() {
    if (window.pywebview) window.pywebview.api.hide?.(); // it comes some time after the page
    else if (APP.matches) order("hide");
  }

  /** Have the launcher do what no page can do with the window of a browser. */
  function order(what) {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ order: what });
    ask("/api/window", { method: "POST", headers, body }).catch(on.problem);
  }

  /** The dialogue is gone; not every window manager gives the keyboard back to a window without a border. */
  function comeBack() {
    if (APP.matches && !document.hasFocus()) order("show");
  }

  function leave() {
    for (const film of root.querySelectorAll("video")) film.pause();
    on.left();
    // Without pywebview the desktop's part sees to that itself, where it can.
    if (window.pywebview && !isChoosing && !isOccupied()) hide();
  }

  window.addEventListener("blur", () => isOwn() && leave());
  window.addEventListener("focus", () => {
    const isBackFromFiles = isChoosing;
    isChoosing = false;
    if (isOwn() && !isBackFromFiles) on.shown();
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? on.left() : on.shown()));
  const chooser = root.querySelector(".picture-file");
  chooser.addEventListener("click", () => (isChoosing = true));
  for (const kind of ["change", "cancel"]) chooser.addEventListener(kind, () => setTimeout(comeBack, RETURN_MS));
  return { hide };
}
