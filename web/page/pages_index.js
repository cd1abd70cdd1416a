/** The page about the index: how far it is, its folders, what could not be read, and what it costs on the disk. */

import { createFolders } from "./pages_folders.js";
import { asking, button, facts, progressBar, section, table, tell } from "./pages_parts.js";
import { ask } from "./search.js";
import { bytes, dayAndTime, element, kindName, plain } from "./text.js";
import { TEXTS } from "./texts.js";

const AGAIN_MS = 5000; // how often the numbers are looked at while they change

export function createIndexPage(panel, app) {
  const now = createNow(app);
  const folders = createFolders(app, show);
  const numbers = element("div");
  let lookedAt = 0;
  panel.append(now.section, folders.section, numbers);

  async function show() {
    lookedAt = performance.now();
    const [overview, { chosen }] = await Promise.all([ask("/api/overview"), ask("/api/models")]);
    now.show(overview, chosen);
    folders.show(overview);
    const failures = overview.failed ? [failed(overview, app)] : [];
    numbers.replaceChildren(...(overview.documents ? [...failures, coverage(overview)] : []));
    if (overview.model) numbers.append(disk(overview));
  }

  function follow(state, before) {
    now.follow(state);
    const hasEnded = before?.state === "running" && state.state !== "running";
    const isLongAgo = state.state === "running" && performance.now() - lookedAt > AGAIN_MS;
    if ((hasEnded || isLongAgo) && !folders.isEdited()) app.doing(show);
  }

  return { show, follow, add: folders.add };
}

/** What goes on now, with what starts and ends it. */
function createNow(app) {
  const texts = TEXTS.index;
  const title = element("h2", "", TEXTS.pages.loading);
  const current = element("p", "current");
  const kept = element("div", "kept");
  const summary = element("div", "summary");
  const actions = element("div", "buttons");
  const { bar, show: showBar } = progressBar(TEXTS.pages.tabs.index);
  let overview = null;
  let shown = ""; // which actions are there, so that the focus stays while nothing changes

  const order = (what, saying = "", value = {}) =>
    app.doing(async () => {
      app.say(saying);
      app.indexing.take(await tell(`/api/index/${what}`, value));
      app.indexing.look();
      if (what !== "start") app.say("");
    });

  function follow(state) {
    if (!state || !overview) return;
    const isBusy = state.state !== "idle";
    title.textContent = isBusy ? TEXTS.indexing.now(state) : texts.title(overview);
    current.textContent = state.state === "running" && state.current ? plain(texts.current(state.current)) : "";
    kept.replaceChildren(...(state.is_kept ? keptCurrent(state) : []));
    bar.hidden = !isBusy;
    showBar(state.documents, state.documents_total);
    if (state.problem) app.warn({ message: TEXTS.indexing.failed(state.problem), hint: state.hint });
    offer(state);
  }

  function offer({ state, is_kept: isKept }) {
    const wanted = `${state} ${isKept} ${overview.failed > 0} ${overview.roots.length > 0}`;
    if (wanted === shown) return;
    shown = wanted;
    const hadFocus = actions.contains(document.activeElement);
    const pause = (options) => button(texts.pause, () => order("pause", texts.pausing), options);
    const stop = isKept ? [] : [button(texts.stop, () => order("stop", texts.stopping))]; // it would go on by itself
    const offered = {
      idle: overview.roots.length
        ? [
            button(texts.start, () => order("start", texts.started), { className: "is-main" }),
            ...(overview.failed ? [button(texts.retry, () => order("start", texts.started, { retry: true }))] : []),
            ...(isKept ? [pause()] : []),
          ]
        : [],
      running: [pause({ className: "is-main" }), ...stop],
      paused: [button(texts.resume, () => order("resume"), { className: "is-main" }), ...stop],
    };
    actions.replaceChildren(...offered[state]);
    if (hadFocus) actions.firstElementChild?.focus();
  }

  function show(newOverview, chosen) {
    overview = newOverview;
    const { updated, model, notice } = overview;
    summary.replaceChildren();
    if (!model) summary.append(element("p", "", texts.noneHint));
    else {
      const size = bytes(overview.size_bytes);
      summary.append(element("p", "", texts.summary({ ...overview, when: dayAndTime(updated), size })));
      summary.append(facts([texts.madeWith(overview), texts.encryption[overview.encryption]].filter(Boolean)));
    }
    if (notice) summary.append(element("p", "problem", plain(notice)));
    if (model && chosen !== model) summary.append(mismatch(app, { indexed: model, chosen }));
    follow(app.indexing.current());
  }

  return { section: element("section", "now", title, current, bar, kept, summary, actions), show, follow };
}

/** What the resident process does without being asked. */
function keptCurrent({ state, why, pending, churning, notices, last_sweep: last, next_sweep: next }) {
  const texts = TEXTS.index;
  const time = (iso) => (iso ? dayAndTime(iso) : "");
  const doing = state === "paused" ? texts.keptPaused : texts.kept({ last: time(last), next: time(next), pending });
  const lines = [element("p", "hint", doing)];
  if (why) lines.push(element("p", "problem", plain(texts.why(why))));
  lines.push(...notices.map((notice) => element("p", "problem", plain(notice))));
  if (churning.length) lines.push(element("p", "hint", plain(texts.churning(churning.join(", ")))));
  return lines;
}

/** Another model is chosen than the one that made the index. */
export function mismatch(app, models) {
  const texts = TEXTS.index;
  const act = () =>
    app.doing(async () => {
      app.indexing.take(await tell("/api/index/rebuild"));
      app.open("index");
      app.say(texts.rebuilt);
    });
  const question = { question: texts.rebuildAsk, yes: texts.rebuildYes, act };
  return element("div", "box", element("p", "", plain(texts.mismatch(models))), asking(texts.rebuild, question));
}

function coverage({ coverage: kinds, states }) {
  const texts = TEXTS.index;
  const isThere = states.filter((state) => Object.values(kinds).some((counts) => counts[state]));
  const shown = (number) => (number ? number.toLocaleString() : "–");
  const row = (label, counts) => [label, ...isThere.map((state) => shown(counts[state]))];
  const sums = Object.fromEntries(
    isThere.map((state) => [state, Object.values(kinds).reduce((sum, counts) => sum + (counts[state] || 0), 0)]),
  );
  const rows = Object.entries(kinds).map(([kind, counts]) => row(kindName(kind), counts));
  const columns = [texts.kind, ...isThere.map((state) => texts.states[state])];
  const counted = table(texts.coverage, columns, [...rows, row(texts.all, sums)], { hasSum: true });
  return section(texts.coverage, element("p", "hint", texts.coverageHint), counted);
}

function failed({ failed: number, reasons }, app) {
  const texts = TEXTS.index;
  return section(texts.failures(number), ...reasons.map((reason) => failure(reason, app)));
}

function failure({ reason, count, documents }, app) {
  const texts = TEXTS.index;
  const reveal = ({ id, name }) =>
    app.doing(async () => {
      await tell("/api/failed/reveal", { id });
      app.say(texts.revealed(name));
    });
  const items = documents.map((document) => {
    const { name, folder } = document;
    const text = element("span", "", element("bdi", "name", plain(name)), element("bdi", "hint", plain(folder)));
    return element("li", "", text, button(texts.reveal, () => reveal(document), { label: texts.revealOf(name) }));
  });
  if (count > documents.length) items.push(element("li", "hint", texts.more(count - documents.length)));
  const summary = element("summary", "", plain(texts.reason({ reason, count })));
  return element("details", "", summary, element("ul", "", ...items));
}

function disk({ folder, parts, size_bytes: sum }) {
  const texts = TEXTS.index;
  const rows = Object.entries(parts).filter(([, size]) => size);
  const lines = rows.map(([part, size]) => [texts.parts[part] || part, bytes(size)]);
  const caption = texts.disk(folder);
  const counted = table(caption, [texts.part, texts.size], [...lines, [texts.all, bytes(sum)]], { hasSum: true });
  return section(caption, counted);
}
