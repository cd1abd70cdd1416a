/** A small menu over the page: the arrows choose, Enter takes, Esc closes; one is open at a time. */

import { element, plain } from "./text.js";

const GAP_PX = 6;
let close = () => {};

/**
 * @param anchor   the button that it belongs to
 * @param label    what it is, for who does not see it
 * @param sections [{title, choices: [{label, detail, act}]}]
 * @param onClose  (): the keys are free again
 */
export function openMenu(anchor, { label, sections, onClose }) {
  close();
  const menu = element("div", "menu", ...sections.map(section));
  menu.setAttribute("role", "menu");
  menu.setAttribute("aria-label", label);
  anchor.closest(".launcher").append(menu);
  place(menu, anchor);
  anchor.setAttribute("aria-expanded", "true");
  const choices = [...menu.querySelectorAll("button")];

  function shut() {
    document.removeEventListener("mousedown", onOutside, true);
    anchor.setAttribute("aria-expanded", "false");
    menu.remove();
    close = () => {};
    onClose();
  }

  function onOutside(event) {
    if (!menu.contains(event.target)) shut();
  }

  function focus(position) {
    choices.at(position % choices.length).focus();
  }

  menu.addEventListener("click", (event) => {
    const chosen = event.target.closest("button");
    if (!chosen) return;
    shut();
    chosen.act();
  });
  menu.addEventListener("keydown", (event) => {
    event.stopPropagation(); // here Enter opens no hit
    const at = choices.indexOf(document.activeElement);
    const keys = {
      ArrowDown: () => focus(at + 1),
      ArrowUp: () => focus(at - 1),
      Home: () => focus(0),
      End: () => focus(-1),
      Enter: () => document.activeElement.click(),
      " ": () => document.activeElement.click(),
      Escape: shut,
      Tab: shut,
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  document.addEventListener("mousedown", onOutside, true);
  close = shut;
  focus(0);
}

function section({ title, choices }) {
  const made = element("div", "", element("h2", "", title), ...choices.map(choice));
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", title);
  return made;
}

function choice({ label, detail = "", act }) {
  const made = element("button", "", element("bdi", "", plain(label)), element("span", "", detail));
  made.type = "button";
  made.tabIndex = -1;
  made.title = plain(label);
  made.setAttribute("role", "menuitem");
  made.act = act;
  return made;
}

/** Below its button, or above where there is more room; in the middle where that is not seen. */
function place(menu, anchor) {
  if (!anchor.offsetParent) {
    menu.style.left = `${(innerWidth - menu.offsetWidth) / 2}px`;
    menu.style.top = `${(innerHeight - menu.offsetHeight) / 2}px`;
    return;
  }
  const { left, right, top, bottom } = anchor.getBoundingClientRect();
  const isAbove = top > innerHeight / 2;
  const fromLeft = Math.min(left, innerWidth - menu.offsetWidth - GAP_PX);
  menu.style.left = `${Math.max(GAP_PX, right > innerWidth / 2 ? right - menu.offsetWidth : fromLeft)}px`;
  menu.style[isAbove ? "bottom" : "top"] = `${(isAbove ? innerHeight - top : bottom) + GAP_PX}px`;
  menu.style.maxHeight = `${(isAbove ? top : innerHeight - bottom) - 2 * GAP_PX}px`;
}
