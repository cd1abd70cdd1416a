/** Quick look: the preview, large and over everything else, while the arrows still go through the list. */

import { TEXTS } from "./texts.js";

/** @param pane the preview; @param preview plays and scrolls in it; @param input has the focus otherwise */
export function createLook(pane, preview, input) {
  const launcher = pane.closest(".launcher");
  const isOpen = () => launcher.dataset.look === "true";

  function set(isLarge) {
    launcher.dataset.look = String(isLarge);
    pane.setAttribute("role", isLarge ? "dialog" : "complementary");
    pane.setAttribute("aria-label", isLarge ? TEXTS.preview.look : TEXTS.preview.label);
    if (isLarge) pane.focus();
    else input.focus();
  }

  function toggle() {
    if (isOpen() || pane.childElementCount) set(!isOpen());
  }

  pane.tabIndex = -1;
  set(false);
  return {
    isOpen,
    toggle,
    close: () => isOpen() && set(false),
    /** The blank: a film plays or rests, all else is closed. */
    blank: () => preview.play() || toggle(),
  };
}
