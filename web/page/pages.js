/** The pages beside the search, one tab for each: the index, the models, the settings, and statistics. */

import { createIndexing } from "./pages_indexing.js";
import { createIndexPage } from "./pages_index.js";
import { createModelsPage } from "./pages_models.js";
import { createSettingsPage } from "./pages_settings.js";
import { createStatisticsPage } from "./pages_statistics.js";
import { element, icon, plain } from "./text.js";
import { TEXTS } from "./texts.js";

const PAGES = {
  index: createIndexPage,
  models: createModelsPage,
  settings: createSettingsPage,
  statistics: createStatisticsPage,
};

/**
 * @param on.onClose (): the search is seen again
 * @param on.onGone  (problem): the launcher of this page has ended
 */
export function createPages(root, { onClose, onGone }) {
  const place = root.querySelector(".pages");
  const behind = [...place.parentElement.children].filter((part) => part !== place && part.tagName !== "svg");
  const said = element("p", "said");
  const warned = element("p", "warned");
  const tabs = new Map(); // name -> {tab, panel, page}
  const follow = (state, before) => place.hidden || tabs.get(current)?.page?.follow?.(state, before);
  const indexing = createIndexing(root.querySelector(".indexing"), follow, (problem) => {
    warn(problem);
    onGone(problem);
  });
  const app = { say, warn, doing, open, indexing };
  let current = "index";

  function say(text) {
    said.textContent = plain(text);
    warned.textContent = "";
  }

  function warn({ message, hint = "" }) {
    said.textContent = "";
    const help = hint.startsWith("launcher ") ? TEXTS.pages.inTerminal(hint) : hint;
    warned.textContent = plain(`${message}${/[.!?…]$/.test(message) ? "" : "."} ${help}`);
  }

  /** Do what a button is for; what goes wrong is said. Returns whether it went well. */
  async function doing(act) {
    try {
      await act();
      return true;
    } catch (problem) {
      warn(problem);
      return false;
    }
  }

  function open(name = current) {
    const wasHidden = place.hidden;
    current = name;
    place.hidden = false;
    for (const part of behind) part.inert = true;
    for (const [each, { tab, panel }] of tabs) {
      const isChosen = each === name;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      panel.hidden = !isChosen;
    }
    say("");
    const chosen = tabs.get(name);
    chosen.page ||= PAGES[name](chosen.panel, app);
    chosen.tab.focus();
    doing(() => chosen.page.show());
    if (wasHidden) indexing.look();
  }

  /** Where there is nothing to search: what helps is at hand; "folders" is the place on a page where one is added. */
  function help(name) {
    open(name === "folders" ? "index" : name);
    if (name === "folders") tabs.get("index").page.add();
  }

  function close() {
    place.hidden = true;
    for (const part of behind) part.inert = false;
    root.querySelector(".query").focus();
    onClose();
  }

  function move(steps) {
    const names = Object.keys(PAGES);
    open(names[(names.indexOf(current) + steps + names.length) % names.length]);
  }

  build(place, tabs, { said, warned, open, close });
  keepKeys(place, { open, close, move });
  const gear = root.querySelector(".settings");
  for (const opener of [gear, root.querySelector(".indexing")]) {
    opener.addEventListener("click", () => open(opener === gear ? current : "index"));
  }
  gear.title = `${TEXTS.pages.open} (Ctrl ,)`;
  gear.setAttribute("aria-label", TEXTS.pages.open);
  return { open, help, close };
}

function build(place, tabs, { said, warned, open, close }) {
  const back = element("button", "back", icon("back"));
  back.type = "button";
  back.title = TEXTS.pages.back;
  back.setAttribute("aria-label", TEXTS.pages.back);
  back.addEventListener("click", close);
  const list = element("div", "tabs");
  list.setAttribute("role", "tablist");
  const panels = element("div", "panels");
  for (const name of Object.keys(PAGES)) {
    const tab = element("button", "", TEXTS.pages.tabs[name]);
    const panel = element("div", `panel ${name}-page`);
    tab.type = "button";
    tab.id = `launcher-tab-${name}`;
    panel.id = `launcher-panel-${name}`;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panel.id);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    tab.addEventListener("click", () => open(name));
    list.append(tab);
    panels.append(panel);
    tabs.set(name, { tab, panel, page: null });
  }
  said.setAttribute("role", "status");
  warned.setAttribute("role", "alert");
  place.setAttribute("aria-label", TEXTS.pages.open);
  place.append(element("header", "", back, list), panels, element("footer", "", said, warned));
}

/** What is typed here is for the pages alone: the search behind them hears no key. */
function keepKeys(place, { open, close, move }) {
  const steps = { ArrowLeft: -1, ArrowRight: 1 };
  const isComma = (event) => event.key === "," && (event.ctrlKey || event.metaKey);

  window.addEventListener(
    "keydown",
    (event) => {
      if (isComma(event)) {
        event.preventDefault();
        event.stopPropagation();
        return place.hidden ? open() : close();
      }
      if (place.hidden || place.contains(event.target)) return;
      event.stopPropagation(); // the focus was lost, by a button that went away
      place.focus();
      if (event.key === "Escape") close();
    },
    true,
  );
  place.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.isComposing) return;
    if (event.key === "Escape") close();
    if (event.target.role !== "tab" || !steps[event.key]) return;
    event.preventDefault();
    move(steps[event.key]);
  });
  // Nor is what is pasted, dropped or pressed here for the search.
  for (const kind of ["mousedown", "paste", "drop", "dragover", "dragenter"]) {
    place.addEventListener(kind, (event) => event.stopPropagation());
  }
}
