/** The page about models: which there are, and get, use and remove one. */

import { mismatch } from "./pages_index.js";
import { asking, button, facts, progressBar, section, tell } from "./pages_parts.js";
import { ask } from "./search.js";
import { bytes, element, plain } from "./text.js";
import { TEXTS } from "./texts.js";

const AGAIN_MS = 1000; // while one is fetched

export function createModelsPage(panel, app) {
  const texts = TEXTS.models;
  const { bar, show: showBar } = progressBar(texts.getting(""));
  const amount = element("p", "hint amount");
  let timer = 0;
  let shown = "";
  let before = null; // the download, when it was looked at last

  async function show() {
    clearTimeout(timer);
    take(await ask("/api/models"));
  }

  function take(answer) {
    const { download } = answer;
    clearTimeout(timer);
    if (!panel.hidden && download.state === "running") timer = setTimeout(() => app.doing(show), AGAIN_MS);
    showBar(download.done_bytes, download.total_bytes);
    amount.textContent = download.done_bytes
      ? texts.progress({ done: bytes(download.done_bytes), total: bytes(download.total_bytes) })
      : "";
    tellEnd(download);
    const { done_bytes: _, ...rest } = download;
    const state = JSON.stringify([{ ...answer, download: rest, models: answer.models.map(withoutSize(download)) }]);
    if (state !== shown) fill(answer); // else the focus stays
    shown = state;
  }

  function tellEnd(download) {
    if (before?.state === "running" && download.state === "done") app.say(texts.got(download.name));
    if (before?.state === "running" && download.state === "stopped") app.say(texts.stopped);
    if (before?.state === "running" && download.state === "failed") {
      app.warn({ message: download.problem, hint: download.hint });
    }
    before = download;
  }

  function fill(answer) {
    const { models, chosen, indexed, download } = answer;
    const focused = panel.contains(document.activeElement) && document.activeElement.dataset;
    const card = (model) => modelCard(model, { answer, bar, amount, act });
    const ofRole = (role) => models.filter((model) => model.role === role).map(card);
    const notes = [element("p", "hint", answer.is_offline ? texts.offline : texts.intro)];
    if (answer.own_file) notes.push(element("p", "", plain(texts.ownFile(chosen))));
    if (indexed && chosen !== indexed && models.some((model) => model.is_chosen && !model.made_index)) {
      notes.push(mismatch(app, { indexed, chosen }));
    }
    panel.replaceChildren(
      ...notes,
      section(texts.embedders, ...ofRole("embedder")),
      section(texts.rerankers, ...ofRole("reranker")),
      element("p", "hint", plain(texts.folder(answer.folder))),
    );
    if (!focused) return;
    const again = [...panel.querySelectorAll("button")].filter((each) => each.dataset.model === focused.model);
    (again.find((each) => each.dataset.does === focused.does) || again[0])?.focus();
  }

  /** Do `what` with a model, and say `saying` once it is done. */
  const act = (what, { name }, saying = "") =>
    app.doing(async () => {
      await tell(`/api/models/${what}`, { name });
      await show();
      if (saying) app.say(saying);
    });

  return { show };
}

/** Files grow while they are fetched: that alone changes nothing but the bar. */
const withoutSize = (download) => (model) => (model.name === download.name ? { ...model, here_bytes: 0 } : model);

function modelCard(model, { answer, bar, amount, act }) {
  const texts = TEXTS.models;
  const isFetched = answer.download.name === model.name && answer.download.state === "running";
  const title = element("h3", "", plain(model.title));
  for (const [isSo, word] of [
    [model.is_chosen, texts.inUse],
    [model.made_index && !model.is_chosen, texts.ofIndex],
    [model.is_here && !model.is_chosen && !model.made_index, texts.here],
  ]) {
    if (isSo) title.append(element("span", model.is_chosen ? "badge is-good" : "badge", word));
  }
  const about = facts([
    model.sees_pictures ? texts.sees : texts.reads,
    model.dim && texts.dimensions(model.dim),
    texts.memory(bytes(model.memory_bytes)),
    texts.licence(model.licence),
  ]);
  const made = element("article", "box", title, about);
  if (!model.is_here) made.append(element("p", "hint", plain(whereFrom(model))));
  if (model.doubts.length) made.append(element("p", "hint", plain(texts.doubts(model.doubts))));
  if (isFetched) made.append(bar, amount);
  made.append(element("div", "buttons", ...actions(model, { answer, isFetched, act })));
  if (!model.is_here && (!model.is_offered || answer.is_offline)) {
    const how = element("p", "hint", plain(model.by_hand));
    made.append(element("details", "", element("summary", "", texts.byHand), how));
  }
  return made;
}

function whereFrom({ source, download_bytes: size }) {
  return source ? TEXTS.models.from({ size: bytes(size), source }) : TEXTS.models.unoffered;
}

function actions(model, { answer, isFetched, act }) {
  const texts = TEXTS.models;
  const { name, title } = model;
  const isBusy = answer.download.state === "running";
  const offered = {};
  if (isFetched) offered.stop = button(texts.cancel, () => act("stop", model), { label: texts.cancelOf(title) });
  else if (!model.is_here && model.is_offered && !answer.is_offline && !isBusy) offered.get = get(model, act);
  if (model.is_here && model.role === "embedder" && !model.is_chosen) {
    const use = () => act("use", model, texts.used(name));
    offered.use = button(texts.use, use, { label: texts.useOf(title), className: "is-main" });
  }
  if (model.here_bytes && !isFetched && !model.is_chosen && !model.made_index) offered.remove = remove(model, act);
  for (const [does, each] of Object.entries(offered)) {
    Object.assign((each.querySelector("button") || each).dataset, { does, model: name }); // for the focus
  }
  return Object.values(offered);
}

function get(model, act) {
  const texts = TEXTS.models;
  const text = model.here_bytes ? texts.goOn(bytes(model.here_bytes)) : texts.get(bytes(model.download_bytes));
  return button(text, () => act("get", model), { label: texts.getOf(model.title), className: "is-main" });
}

function remove(model, act) {
  const texts = TEXTS.models;
  return asking(texts.remove, {
    label: texts.removeOf(model.title),
    question: texts.removeAsk(bytes(model.here_bytes)),
    yes: texts.removeYes,
    act: () => act("remove", model, texts.removed(model.title)),
  });
}
