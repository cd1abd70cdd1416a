/** The folders of the index: which there are and by which rules, add one, change one, forget one. */

import { asking, button, choice, field, line, section, tell, tick } from "./pages_parts.js";
import { element, icon, plain } from "./text.js";
import { TEXTS } from "./texts.js";

const DEFAULTS = {
  recursive: true,
  include_hidden: false,
  default_excludes: true,
  excludes: [],
  pages: "auto",
  ocr: "auto",
  ocr_language: "any",
  archives: "names",
};
const TICKS = ["recursive", "include_hidden", "default_excludes"];
const CHOICES = ["pages", "ocr", "ocr_language", "archives"];

/** @param onChange (): the folders are others now */
export function createFolders(app, onChange) {
  const texts = TEXTS.index;
  const list = element("ul", "folders");
  const none = element("p", "hint", texts.noFolders);
  const place = section(texts.folders, none, list, addForm(app));
  let shown = "";

  function show({ roots }) {
    none.hidden = roots.length > 0;
    if (JSON.stringify(roots) === shown) return; // so that the focus stays
    shown = JSON.stringify(roots);
    list.replaceChildren(...roots.map((root) => folder(root, app, onChange)));
  }

  const isEdited = () => Boolean(list.querySelector("form, .is-asking"));
  /** Have the person type which folder to add. */
  const add = () => place.querySelector(".add .line").focus();
  return { section: place, show, isEdited, add };
}

function folder(root, app, onChange) {
  const texts = TEXTS.index;
  const { id, path, documents, is_there: isThere } = root;
  const item = element("li", isThere ? "" : "is-missing");
  const options = button(texts.options, () => edit(), { label: texts.optionsOf(path) });
  options.setAttribute("aria-expanded", "false");
  const forget = asking(texts.forget, {
    label: texts.forgetOf(path),
    question: texts.forgetAsk({ folder: path, documents }),
    yes: texts.forgetYes,
    act: () =>
      app.doing(async () => {
        app.say(texts.forgetting);
        app.say(texts.forgot((await tell("/api/roots/forget", { id })).documents));
        await onChange();
      }),
  });
  const name = element("bdi", "name", plain(path));
  name.title = plain(path);
  const about = element("p", "hint", plain([texts.inFolder(documents), ...ruleWords(root.rules)].join(" · ")));
  const text = element("div", "", element("div", "head", name), about);
  if (!isThere) {
    text.firstElementChild.append(element("span", "badge is-bad", texts.missing));
    text.append(element("p", "hint", texts.missingHint));
  }
  item.append(icon("folder"), text, element("div", "buttons", options, forget));

  function edit() {
    const isOpen = Boolean(item.querySelector("form"));
    options.setAttribute("aria-expanded", String(!isOpen));
    if (isOpen) return item.querySelector("form").remove();
    const rules = ruleFields(root.rules);
    const form = element("form", "box", ...rules.fields, saveButtons(edit));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      app.doing(async () => {
        app.indexing.take(await tell("/api/roots/change", { id, rules: rules.read() }));
        edit();
        options.focus();
        app.say(texts.saved);
        app.indexing.look();
      });
    });
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation(); // the page stays
      edit();
      options.focus();
    });
    item.append(form);
    return form.querySelector("input").focus();
  }

  return item;
}

function saveButtons(onCancel) {
  const save = button(TEXTS.index.save, null, { className: "is-main", type: "submit" });
  return element("div", "buttons", save, button(TEXTS.pages.cancel, onCancel));
}

function addForm(app) {
  const texts = TEXTS.index;
  const path = line("", { placeholder: texts.addHint });
  path.required = true;
  const rules = ruleFields(DEFAULTS);
  const more = element("details", "", element("summary", "", texts.options), ...rules.fields);
  const add = button(texts.addButton, null, { className: "is-main", type: "submit" });
  const typed = field(texts.add, path);
  typed.append(add);
  typed.classList.add("has-button");
  const form = element("form", "add", typed, more);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    app.doing(async () => {
      app.indexing.take(await tell("/api/roots", { path: path.value, ...rules.read() }));
      path.value = "";
      more.open = false;
      app.say(texts.added);
      app.indexing.look();
    });
  });
  return form;
}

/** What of the rules is not as usual, in words. */
function ruleWords(rules) {
  const texts = TEXTS.index.rules;
  return [
    !rules.recursive && texts.flat,
    rules.include_hidden && texts.hidden,
    !rules.default_excludes && texts.everything,
    texts.pages[rules.pages],
    texts.ocr[rules.ocr],
    rules.archives === "contents" && texts.archives,
    rules.excludes.length > 0 && texts.excludes(rules.excludes),
  ].filter(Boolean);
}

/** Controls for the rules, and what reads them. */
function ruleFields(rules) {
  const texts = TEXTS.index.form;
  const ticks = TICKS.map((name) => tick(rules[name]));
  const choices = CHOICES.map((name) => choice(rules[name], texts[`${name}Choices`]));
  const excludes = element("textarea");
  excludes.rows = 3;
  excludes.spellcheck = false;
  excludes.value = rules.excludes.join("\n");
  const fields = [
    ...TICKS.map((name, position) => field(texts[name], ticks[position])),
    field(texts.excludes, excludes, texts.excludesHint),
    ...CHOICES.map((name, position) => field(texts[name], choices[position], texts[`${name}Hint`])),
  ];

  function read() {
    const patterns = excludes.value.split("\n").filter((pattern) => pattern.trim());
    return {
      ...Object.fromEntries(TICKS.map((name, position) => [name, ticks[position].checked])),
      ...Object.fromEntries(CHOICES.map((name, position) => [name, choices[position].value])),
      excludes: patterns,
    };
  }

  return { fields, read };
}
