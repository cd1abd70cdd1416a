/** What the pages are made of: buttons, forms, tables, and what asks before it acts. */

import { ask } from "./search.js";
import { element, plain } from "./text.js";
import { TEXTS } from "./texts.js";

const LONG_MS = 600_000; // taking a folder out of a large index

/** Send `value` to our own server, and wait for what it does; throws a Problem. */
export function tell(address, value = {}) {
  const headers = { "Content-Type": "application/json" };
  const signal = AbortSignal.timeout(LONG_MS);
  return ask(address, { method: "POST", headers, body: JSON.stringify(value), signal });
}

/** @param label what a screen reader says where the text alone is not enough */
export function button(text, onPress, { label = "", className = "", type = "button" } = {}) {
  const made = element("button", className, plain(text));
  made.type = type;
  if (label) made.setAttribute("aria-label", plain(label));
  if (onPress) made.addEventListener("click", onPress);
  return made;
}

export function section(title, ...children) {
  return element("section", "", element("h2", "", plain(title)), ...children);
}

/** A line of small facts with dots between them. */
export const facts = (parts) => element("p", "facts-line", plain(parts.filter(Boolean).join(" · ")));

/**
 * @param columns their heads; all but the first hold numbers
 * @param rows each a list of texts, as long as `columns`
 */
export function table(caption, columns, rows, { hasSum = false } = {}) {
  const cell = (tag, text, scope) => {
    const made = element(tag, "", plain(String(text)));
    if (scope) made.scope = scope;
    return made;
  };
  const line = ([first, ...others]) =>
    element("tr", "", cell("th", first, "row"), ...others.map((each) => cell("td", each)));
  const head = element("thead", "", element("tr", "", ...columns.map((column) => cell("th", column, "col"))));
  const made = element("table", hasSum ? "has-sum" : "", head, element("tbody", "", ...rows.map(line)));
  made.prepend(element("caption", "", plain(caption)));
  return element("div", "table-frame", made); // which scrolls sideways where the window is narrow
}

let fields = 0;

/** A labelled control with what is to be known of it. */
export function field(label, control, hint = "") {
  control.id = `launcher-field-${++fields}`;
  const name = element("label", "", label);
  name.htmlFor = control.id;
  const isTick = control.type === "checkbox";
  const made = element("div", isTick ? "field is-tick" : "field", ...(isTick ? [control, name] : [name, control]));
  if (hint) {
    const note = element("p", "hint", plain(hint));
    note.id = `${control.id}-hint`;
    control.setAttribute("aria-describedby", note.id);
    made.append(note);
  }
  return made;
}

export function tick(isOn) {
  const made = element("input");
  made.type = "checkbox";
  made.checked = isOn;
  return made;
}

export function line(value, { placeholder = "" } = {}) {
  const made = element("input", "line");
  Object.assign(made, { type: "text", value, placeholder, autocomplete: "off", spellcheck: false });
  return made;
}

/** @param choices {value: text} */
export function choice(value, choices) {
  const made = element("select");
  for (const [each, text] of Object.entries(choices)) made.append(new Option(text, each));
  made.value = value;
  return made;
}

/**
 * A button that asks before it acts. The question takes its place.
 *
 * @param act (): once the person agreed
 */
export function asking(text, { question, yes, act, label = "" }) {
  const place = element("span", "asking");
  const open = button(text, () => show(true), { label });

  function show(isAsking) {
    const hadFocus = place.contains(document.activeElement) || isAsking;
    const agree = button(yes, () => (show(false), act()), { className: "is-danger" });
    const decline = button(TEXTS.pages.cancel, () => show(false));
    const asked = element("span", "question", plain(question));
    asked.id = `launcher-question-${++fields}`;
    agree.setAttribute("aria-describedby", asked.id);
    place.replaceChildren(...(isAsking ? [asked, agree, decline] : [open]));
    place.classList.toggle("is-asking", isAsking);
    if (hadFocus) (isAsking ? decline : open).focus();
  }

  place.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !place.classList.contains("is-asking")) return;
    event.stopPropagation(); // the page stays
    show(false);
  });
  show(false);
  return place;
}

/** A bar that shows how much is done; without a total it only moves. */
export function progressBar(label) {
  const bar = element("div", "bar", element("div"));
  bar.setAttribute("role", "progressbar");
  bar.setAttribute("aria-label", label);
  bar.setAttribute("aria-valuemin", "0");
  bar.setAttribute("aria-valuemax", "100");

  function show(done, total) {
    const share = total ? Math.min(100, Math.round((100 * done) / total)) : null;
    bar.classList.toggle("is-unknown", share === null);
    bar.firstElementChild.style.width = share === null ? "" : `${share}%`;
    if (share === null) bar.removeAttribute("aria-valuenow");
    else bar.setAttribute("aria-valuenow", String(share));
  }

  return { bar, show };
}
