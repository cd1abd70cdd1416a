/** The page: what is asked when, and what every key does. Each part of it has a module of its own. */

import { ACTIONS, doing, perform } from "./actions.js";
import { bindKeys, createHelp } from "./keys.js";
import { createKinds } from "./kinds.js";
import { createList } from "./list.js";
import { createPicture } from "./picture.js";
import { createPreview } from "./preview.js";
import { createScope } from "./scope.js";
import { createSearch } from "./search.js";
import { createStatus } from "./status.js";

/** Called by Gradio once the page's HTML is in place. */
export function start(root) {
  const part = (selector) => root.querySelector(selector);
  const input = part(".query");
  const page = { input };
  const act = (action) => actOn(page, action);
  page.status = createStatus(root);
  page.scope = createScope(part(".scope"));
  page.help = createHelp(part(".help"), part(".keys"));
  page.preview = createPreview(part(".preview"), ACTIONS, act);
  page.list = createList(part(".hits"), input, { select: page.preview.show, open: () => act("open") });
  page.kinds = createKinds(part(".kinds"), () => changed(page));
  page.picture = createPicture(root, () => changed(page));
  page.search = createSearch({
    hits: (answer) => showHits(page, answer),
    problem: (problem) => showProblem(page, problem),
    busy: page.status.busy,
    idle: page.status.idle,
  });
  input.addEventListener("input", () => changed(page));
  window.addEventListener("focus", () => isAsking(page) || showStart(page));
  bindKeys(bindings(page));
  keepFocus(root, input);
  changed(page); // something may have been typed already
}

const isAsking = ({ input, picture }) => Boolean(input.value.trim() || picture.current());

/** Something of the question changed: ask again. */
function changed(page) {
  const { input, picture, kinds, search, list, status } = page;
  input.placeholder = picture.current() ? "Add words, if you like" : "Type what you remember";
  if (isAsking(page)) {
    status.say("");
    search.request({ text: input.value.trim(), picture: picture.current(), kinds: kinds.kinds() });
  } else {
    search.request(null);
    list.show([]);
    showStart(page);
  }
}

/** Nothing is asked: say how much there is to search, as of before and then as of now. */
async function showStart(page) {
  const { scope, status } = page;
  status.show("start");
  status.say(scope.summary());
  try {
    const documents = await scope.refresh();
    if (isAsking(page)) return;
    status.say(scope.summary());
    if (!documents) status.show("notice", "The index is empty", "launcher index FOLDER");
  } catch (problem) {
    if (!isAsking(page)) showProblem(page, problem);
  }
}

function showHits({ list, kinds, status }, { hits, took_ms: ms }) {
  list.show(hits);
  if (hits.length) {
    status.show("hits");
    status.say(`${hits.length} ${hits.length === 1 ? "result" : "results"} · ${Math.max(1, Math.round(ms))} ms`);
    return;
  }
  const group = kinds.name();
  const hint = group ? "Tab looks among other kinds, Esc starts over." : "Try other words, or fewer of them.";
  status.show("notice", group ? `Nothing found among ${group.toLowerCase()}` : "Nothing found", hint);
  status.say("No results");
}

function showProblem({ list, status }, problem) {
  list.show([]);
  status.show("notice", problem.message, problem.hint);
  status.warn(problem);
}

async function actOn({ search, list, status }, action) {
  const isSame = await search.settled(); // act on the hits of what is typed, not of its first letters
  const hit = list.current();
  if (!isSame || !hit) return;
  status.say(doing(action, hit));
  try {
    status.say(await perform(action, hit));
  } catch (problem) {
    status.warn(problem);
    if (problem.status === 410) list.markMissing(hit.id);
  }
}

/** Esc: first whatever lies on top, then the question, then the window. */
function escape(page) {
  if (page.help.isOpen()) return page.help.toggle();
  if (!page.input.value && !page.picture.current() && !page.kinds.name()) {
    return window.pywebview ? window.pywebview.api.hide() : window.close();
  }
  page.input.value = "";
  page.kinds.clear();
  page.picture.clear();
  return changed(page);
}

function bindings(page) {
  const { list, kinds, help } = page;
  return {
    ArrowDown: () => list.move(1),
    ArrowUp: () => list.move(-1),
    "Control+N": () => list.move(1),
    "Control+P": () => list.move(-1),
    PageDown: () => list.move(list.pageSize()),
    PageUp: () => list.move(-list.pageSize()),
    Home: () => list.select(0),
    End: () => list.last(),
    Tab: () => kinds.move(1),
    "Shift+Tab": () => kinds.move(-1),
    Enter: () => actOn(page, "open"),
    "Control+Enter": () => actOn(page, "reveal"),
    "Control+Shift+C": () => actOn(page, "copy_path"),
    Escape: () => escape(page),
    F1: () => help.toggle(),
  };
}

/** What is typed always lands in the box, whatever was clicked before. */
function keepFocus(root, input) {
  root.addEventListener("mousedown", (event) => {
    if (event.target.closest("button")) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (isTyping) input.focus();
  });
  window.addEventListener("focus", () => input.focus());
  input.focus();
}
