/** The page: what is asked when, and what every key does. Each part of it has a module of its own. */

import { ACTIONS, doing, LIKE, perform } from "./actions.js";
import { createChips } from "./chips.js";
import { bindKeys, createHelp } from "./keys.js";
import { createKinds } from "./kinds.js";
import { createLike } from "./like.js";
import { createList } from "./list.js";
import { createPicture } from "./picture.js";
import { createPreview } from "./preview.js";
import { createScope } from "./scope.js";
import { createSearch } from "./search.js";
import { createStatus } from "./status.js";
import { duration, onlyLabel } from "./text.js";

const TYPE = /(?<!\S)type:("[^"]*"|\S*)/gi;

/** Called by Gradio once the page's HTML is in place. */
export function start(root) {
  const part = (selector) => root.querySelector(selector);
  const input = part(".query");
  const page = { input, refused: [] }; // words of chips that were taken away
  const act = (action) => actOn(page, action);
  page.status = createStatus(root);
  page.scope = createScope(part(".scope"));
  page.help = createHelp(part(".help"), part(".keys"));
  page.preview = createPreview(part(".preview"), ACTIONS, act);
  page.list = createList(part(".hits"), input, { select: page.preview.show, open: () => act("open") });
  page.chips = createChips(part(".filters"), input, (chip) => removeChip(page, chip));
  page.kinds = createKinds(part(".kinds"), (filter) => chooseKind(page, filter));
  page.like = createLike(part(".like-chip"), () => askAsBefore(page));
  page.picture = createPicture(root, () => {
    page.like.show(null);
    changed(page);
  });
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

const isAsking = ({ input, picture, like }) => Boolean(input.value.trim() || picture.current() || like.current());

/** Something of the question changed: ask again. */
function changed(page) {
  const { input, picture, like, search, list, status } = page;
  if (!input.value.trim() && page.refused.length) page.refused = [];
  input.placeholder = picture.current() || like.current() ? "Add words, if you like" : "Type what you remember";
  if (isAsking(page)) {
    const shown = { picture: picture.current(), like: like.current() };
    if (search.request({ text: input.value.trim(), ...shown, refused: page.refused })) status.say("");
  } else {
    search.request(null);
    list.show([]);
    showChips(page, []);
    showStart(page);
  }
}

/** A filter that was written goes out of the box; words that were taken for one are words again. */
function removeChip(page, { words, is_written: isWritten }) {
  if (isWritten) rewrite(page.input, page.input.value.replace(words, () => ""));
  else page.refused = [...page.refused, words];
  changed(page);
}

/** Have `filter` say the kind, and nothing else; "" for any kind. */
function chooseKind(page, filter) {
  const { input, chips } = page;
  const said = chips.current().filter(({ kinds, is_written: isWritten }) => kinds.length && !isWritten);
  if (said.length) page.refused = [...page.refused, ...said.map(({ words }) => words)];
  rewrite(input, [filter, input.value.replace(TYPE, " ")].join(" "));
  changed(page);
}

/** Change what stands in the box; the caret stays where it is among the words behind it. */
function rewrite(input, value) {
  const fromEnd = input.value.length - input.selectionStart;
  input.value = value.replace(/\s+/g, " ").trimStart();
  const place = Math.max(0, input.value.length - fromEnd);
  input.setSelectionRange(place, place);
}

function showChips({ chips, kinds }, shown) {
  chips.show(shown);
  kinds.follow(shown);
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

/** Ask for more like `hit`, and keep what was asked before for `askAsBefore`. */
function askForMore(page, hit) {
  const { input, picture, like, chips } = page;
  const kept = chips.current().filter(({ is_written: isWritten, problem }) => isWritten && !problem);
  const filters = kept.map(({ words }) => words).join(" ");
  if (!like.current()) page.before = { text: input.value, picture: picture.current(), filters };
  input.value = filters && `${filters} `;
  picture.show(null);
  like.show(hit);
  changed(page);
}

/** No more "like" anything: words that were added stay, else what was asked before comes back. */
function askAsBefore(page) {
  const { input, picture, like, before } = page;
  if ([before.filters, ""].includes(input.value.trim())) {
    input.value = before.text;
    picture.show(before.picture);
  }
  like.show(null);
  changed(page);
}

function showHits(page, { hits, chips, notice, took_ms: ms }) {
  const { input, list, kinds, like, status } = page;
  list.show(hits);
  showChips(page, chips);
  if (hits.length) {
    status.show("hits");
    const well = hits.some((hit) => hit.is_likely) ? "" : "Nothing here matches well · ";
    const count = `${hits.length} ${hits.length === 1 ? "result" : "results"}`;
    status.say(`${well}${count}${onlyLabel(chips)} · ${duration(ms)}${notice && ` · ${notice}`}`);
    return;
  }
  const group = kinds.name();
  const escape = like.current() ? "Esc goes back" : "Esc starts over";
  const words = chips.length ? "Take a filter away, or try other words." : "Try other words, or fewer of them.";
  const way = input.value.trim() ? words : `${escape}.`;
  const hint = notice || (group ? `Tab looks among other kinds, ${escape}.` : way);
  status.show("notice", group ? `Nothing found among ${group.toLowerCase()}` : "Nothing found", hint);
  status.say("No results");
}

function showProblem({ list, status }, problem) {
  list.show([]);
  status.show("notice", problem.message, problem.hint);
  status.warn(problem);
}

async function actOn(page, action) {
  const { search, list, status } = page;
  const isSame = await search.settled(); // act on the hits of what is typed, not of its first letters
  const hit = list.current();
  if (!isSame || !hit) return;
  if (action === LIKE) return askForMore(page, hit);
  status.say(doing(action, hit));
  try {
    status.say(await perform(action, hit));
  } catch (problem) {
    status.warn(problem);
    if (problem.status === 410) list.markMissing(hit.id);
  }
}

/** Esc: first whatever lies on top, then the way back, then the question, then the window. */
function escape(page) {
  const { help, input, picture, like } = page;
  if (help.isOpen()) return help.toggle();
  const isClear = !input.value && !isAsking(page);
  if (isClear) return window.pywebview ? window.pywebview.api.hide() : window.close();
  input.value = "";
  if (like.current()) return askAsBefore(page);
  picture.show(null);
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
    "Control+Shift+Enter": () => actOn(page, LIKE),
    "Shift+Enter": () => list.toggle(),
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
