/** The page: what is asked when, and what every key does. Each part of it has a module of its own. */

import { createActing } from "./acting.js";
import { ACTIONS } from "./actions.js";
import { createChips } from "./chips.js";
import { createFacets } from "./facets.js";
import { createFrame } from "./frame.js";
import { createHistory } from "./history.js";
import { bindKeys, createHelp } from "./keys.js";
import { createKinds } from "./kinds.js";
import { createList } from "./list.js";
import { createLook } from "./look.js";
import { createPages } from "./pages.js";
import { createPreview } from "./preview.js";
import { createQuestion } from "./question.js";
import { createRerank } from "./rerank.js";
import { createScope } from "./scope.js";
import { ask, createSearch } from "./search.js";
import { createStatus } from "./status.js";
import { duration, onlyLabel, plain } from "./text.js";
import { TEXTS } from "./texts.js";

const EMPTY_MS = 2000; // between looks at an index that has nothing in it yet

/** Called by Gradio once the page's HTML is in place. */
export function start(root) {
  const part = (selector) => root.querySelector(selector);
  const input = part(".query");
  say(root);
  const page = { input, meantButton: part(".meant"), history: createHistory() };
  page.status = createStatus(root, { remedy: (name) => page.pages.help(name) });
  page.scope = createScope(part(".scope"));
  page.help = createHelp(part(".help"), part(".keys"), input);
  page.preview = createPreview(part(".preview"), ACTIONS, {
    onAction: (action) => page.act(action),
    onMenuClose: () => input.focus(),
  });
  page.looking = createLook(part(".preview"), page.preview, input);
  page.list = createList(part(".hits"), input, {
    select: (hit, count) => select(page, hit, count),
    open: () => page.act("open"),
  });
  page.question = createQuestion(root, input, { change: () => changed(page) });
  page.chips = createChips(part(".filters"), input, page.question.removeChip);
  page.kinds = createKinds(part(".kinds"), page.question.chooseKind);
  page.facets = createFacets(part(".facets"), { write: page.question.writeFilter, close: () => input.focus() });
  page.rerank = createRerank(part(".rerank"), {
    better: ({ order, read }) => page.list.improve(order, read),
    done: (count) => count && page.status.say(`${page.said} · ${TEXTS.search.readAgain(count)}`),
    problem: page.status.warn,
  });
  part(".rerank").addEventListener("click", () => toggleRerank(page));
  page.search = createSearch({
    asked: page.rerank.stop,
    hits: (answer, isAgain) => showHits(page, answer, isAgain),
    problem: (problem) => showProblem(page, problem),
    busy: () => page.status.busy(page.scope.isReady() ? TEXTS.search.slow : TEXTS.scope.starting),
    idle: page.status.idle,
  });
  page.ask = (hits, isLike) => askWith(page, hits, isLike);
  page.look = () => page.looking.toggle();
  page.act = createActing(page);
  page.meantButton.addEventListener("click", () => takeMeant(page));
  const again = () => (page.question.isAsking() ? changed(page) : showStart(page));
  page.pages = createPages(root, { onClose: again, onGone: (problem) => showProblem(page, problem) });
  page.frame = createFrame(root, () => isOccupied(root, page), {
    shown: () => comeBack(root, page),
    left: () => page.history.note(input.value),
    problem: page.status.warn,
  });
  bindKeys(bindings(page));
  keepFocus(root, page);
  window.addEventListener("focus", () => page.question.isAsking() || showStart(page));
  page.question.change(); // something may have been typed already
}

/** Fill in the texts that stand in the HTML. */
function say(root) {
  for (const part of root.querySelectorAll("[data-text]")) part.textContent = TEXTS.window[part.dataset.text];
  for (const part of root.querySelectorAll("[data-label]")) {
    part.setAttribute("aria-label", TEXTS.window[part.dataset.label]);
    if (part.matches("button")) part.title = TEXTS.window[part.dataset.label];
  }
  root.querySelector(".preview").setAttribute("aria-label", TEXTS.preview.label);
  const facets = root.querySelector(".facets");
  facets.title = TEXTS.facets.open;
  facets.setAttribute("aria-label", TEXTS.facets.open);
}

/** Whether the person is in the middle of something that is neither asking nor choosing. */
const isOccupied = (root, { help, looking }) =>
  help.isOpen() || looking.isOpen() || Boolean(root.querySelector(".menu, .pages:not([hidden])"));

/** Shown again, what was asked is selected, so that typing replaces it; what was open above it stays. */
function comeBack(root, page) {
  const { input } = page;
  if (!isOccupied(root, page)) input.focus();
  input.setSelectionRange(0, input.value.length); // unlike select() it leaves the focus where it is
}

/** Something of the question changed: ask again. */
function changed(page) {
  const { question, search, list, rerank, status, looking } = page;
  const asked = question.current();
  looking.close();
  if (asked) {
    if (search.request(asked)) status.say("");
    return;
  }
  search.request(null);
  rerank.follow("");
  showMeant(page, "");
  if (!list.isRecent()) list.show([], { recent: true });
  showChips(page, []);
  page.facets.follow([]);
  showStart(page);
}

function showChips({ chips, kinds, question }, shown) {
  question.follow(shown);
  chips.show(shown);
  kinds.follow(shown);
}

/** Nothing is asked: say how much there is to search, as of before and then as of now, and what was used lately. */
async function showStart(page) {
  const { scope, status, list, question } = page;
  clearTimeout(page.lookAgain);
  status.show("start");
  status.say(scope.summary());
  const recent = ask("/api/recent");
  recent.catch(() => {}); // it is awaited below
  try {
    const documents = await scope.refresh();
    if (question.isAsking()) return;
    status.say(scope.summary());
    if (!documents && !scope.isReady()) status.show("notice", TEXTS.scope.starting);
    const { hits } = await recent;
    if (question.isAsking()) return;
    if (!documents) {
      status.show("notice", TEXTS.scope.empty, TEXTS.scope.emptyHint, "folders");
      return awaitDocuments(page);
    }
    if (JSON.stringify(hits) !== JSON.stringify(list.all())) list.show(hits, { recent: true });
    if (scope.isReady()) return;
    await scope.ready();
    await scope.refresh();
    if (!question.isAsking()) status.say(scope.summary());
  } catch (problem) {
    if (!question.isAsking()) showProblem(page, problem);
  }
}

/** Look until there is something to search: it may be made meanwhile, here or elsewhere. */
function awaitDocuments(page) {
  clearTimeout(page.lookAgain);
  page.lookAgain = setTimeout(async () => {
    if (document.hidden) return; // once it is seen again, all of the start is shown anew
    const isThere = await page.scope.refresh().catch(({ isGone }) => isGone);
    if (page.question.isAsking()) return;
    if (isThere) showStart(page);
    else awaitDocuments(page);
  }, EMPTY_MS);
}

function showHits(page, { hits, chips, notice, meant, rerank, took_ms: ms, meaning_follows: isPart }, isAgain) {
  const { list, facets, status } = page;
  if (isAgain) list.complete(hits);
  else list.show(hits);
  if (isPart) awaitMeaning(page);
  facets.follow(hits);
  page.rerank.follow(rerank);
  showChips(page, chips);
  showMeant(page, meant);
  if (!hits.length) return isPart ? showNothingYet(page) : showNothing(page, chips, notice);
  status.show("hits");
  const well = isPart || hits.some((hit) => hit.is_likely) ? "" : TEXTS.search.unlikely;
  const follows = isPart ? TEXTS.search.meaningFollows : "";
  const said = [well, TEXTS.search.results(hits.length), onlyLabel(chips), duration(ms), notice, follows];
  page.said = said.filter(Boolean).join(" · ");
  return status.say(page.said);
}

/** Words and names alone have answered: the list gets better by itself once the model is in memory. */
async function awaitMeaning(page) {
  if (page.isAwaiting) return;
  page.isAwaiting = true;
  try {
    await page.scope.ready();
    if (page.question.isAsking()) page.search.again();
  } catch (problem) {
    if (!page.question.isAsking()) return;
    if (page.list.all().length) page.status.warn(problem);
    else showProblem(page, problem);
  } finally {
    page.isAwaiting = false;
  }
}

function showNothingYet({ status }) {
  status.show("notice", TEXTS.search.noneYet, TEXTS.search.meaningFollows);
  status.say(TEXTS.search.meaningFollows);
}

function showNothing({ input, kinds, question, status }, chips, notice) {
  const group = kinds.name();
  const escape = question.hasExamples() ? TEXTS.search.goBack : TEXTS.search.startOver;
  const words = chips.length ? TEXTS.search.fewerFilters : TEXTS.search.otherWords;
  const way = input.value.trim() ? words : `${escape}.`;
  const hint = notice || (group ? TEXTS.search.otherKinds(escape) : way);
  status.show("notice", group ? TEXTS.search.noneAmong(group) : TEXTS.search.none, hint);
  status.say(TEXTS.search.noneStatus);
}

function showMeant(page, meant) {
  page.meant = meant;
  page.meantButton.hidden = !meant;
  page.meantButton.textContent = meant ? TEXTS.search.meant(plain(meant)) : "";
}

function takeMeant({ meant, question }) {
  if (meant) question.writeMeant(meant);
}

function showProblem(page, problem) {
  page.list.show([]);
  showMeant(page, "");
  const isMissing = problem.page === "folders"; // where it is not says nothing to a person
  const { message, hint } = isMissing ? { message: TEXTS.scope.none, hint: TEXTS.scope.emptyHint } : problem;
  page.status.show("notice", message, hint, problem.page);
  if (isMissing && !page.question.isAsking()) awaitDocuments(page);
  page.status.warn({ message, hint });
}

/** Another hit is selected, or several are. */
function select(page, hit, count) {
  const { preview, status, list, said, scope } = page;
  preview.show(hit, !list.isMoved());
  status.mark(hit ? "hit" : "");
  const before = list.isRecent() ? scope.summary() : said;
  if (count > 1) status.say(`${TEXTS.search.selected(count)} · ${before}`);
  else if (page.selectedCount > 1) status.say(before);
  page.selectedCount = count;
}

function askWith({ question, status, looking }, hits, isLike) {
  looking.close();
  if (isLike) return question.askForMore(hits);
  return question.isAsking() ? question.askForLess(hits) : status.say(TEXTS.search.unlikeAlone);
}

/** Have documents read again or not; the list on the page follows. */
function toggleRerank({ rerank, list, status }) {
  if (!rerank.isAble()) return status.say(TEXTS.rerank.none);
  if (rerank.toggle()) return status.say(TEXTS.rerank.on);
  list.restore();
  return status.say(TEXTS.rerank.off);
}

/** Up: from the first result to what was asked before, once more to the question before that. */
async function up(page) {
  const { input, list, history, question } = page;
  if (!list.isAtTop() || (input.value && !history.isShown(input.value))) return list.move(-1);
  if (!input.value) history.end();
  const older = await history.older().catch(page.status.warn);
  return older === undefined ? undefined : question.write(older);
}

/** Esc: first whatever lies on top, then the way back, then the question, then the window. */
function escape(page) {
  const { help, looking, list, question, history, input } = page;
  if (help.isOpen()) return help.toggle();
  if (looking.isOpen()) return looking.close();
  if (list.single()) return undefined;
  history.note(input.value);
  if (question.escape()) return undefined;
  return page.frame.hide();
}

/** Enter: open what was found, or do what helps where nothing can be. */
async function enter({ search, status, act }) {
  if (!(await search.settled())) return undefined;
  return status.hasRemedy() ? status.takeRemedy() : act("open");
}

/** The blank is a blank as long as there is something to type it behind. */
function blank({ input, looking, list }) {
  if (looking.isOpen()) return looking.blank();
  if (!input.value && list.current()) return looking.toggle();
  input.focus();
  return false;
}

const isSelected = (input) => input.selectionStart !== input.selectionEnd || Boolean(String(getSelection()));

function bindings(page) {
  const { act, input, list, kinds, help, looking, question } = page;
  // In the list of what is typed, and not in that of its first letters.
  const inList = (move) => () => void page.search.settled().then((isSame) => isSame && move());
  const turn = (pages) => (looking.isOpen() ? page.preview.scroll(pages) : list.move(pages * list.pageSize()));
  const isAtStart = () => input.selectionStart === 0 && input.selectionEnd === 0;
  return {
    ArrowDown: inList(() => list.move(1)),
    ArrowUp: inList(() => up(page)),
    "Control+N": inList(() => list.move(1)),
    "Control+P": inList(() => list.move(-1)),
    "Shift+ArrowDown": inList(() => list.extend(1)),
    "Shift+ArrowUp": inList(() => list.extend(-1)),
    PageDown: inList(() => turn(1)),
    PageUp: inList(() => turn(-1)),
    Home: inList(() => list.select(0)),
    End: inList(() => list.last()),
    Tab: () => kinds.move(1),
    "Shift+Tab": () => kinds.move(-1),
    Enter: () => void enter(page),
    "Control+Enter": () => void act("reveal"),
    "Control+K": () => page.preview.showMore(),
    "Control+O": () => void act("open_with"),
    "Control+C": () => (isSelected(input) ? false : void act("copy_file")),
    "Control+Shift+C": () => void act("copy_path"),
    "Control+Alt+C": () => void act("copy_text"),
    "Control+Shift+Enter": () => void act("like"),
    "Alt+Shift+Enter": () => void act("unlike"),
    "Shift+Enter": () => list.toggle(),
    Space: () => blank(page),
    "Control+Space": () => looking.toggle(),
    Backspace: () => isAtStart() && !page.chips.current().length && question.removeLast(),
    "Control+F": () => page.facets.open(),
    "Control+M": () => takeMeant(page),
    "Control+R": () => toggleRerank(page),
    Escape: () => void escape(page),
    F1: () => help.toggle(),
  };
}

/** What is typed always lands in the box, whatever was clicked before. */
function keepFocus(root, page) {
  const { input } = page;
  root.addEventListener("mousedown", (event) => {
    if (event.target.closest("button")) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (isTyping) input.focus();
  });
  window.addEventListener("focus", () => isOccupied(root, page) || input.focus());
  input.focus();
}
