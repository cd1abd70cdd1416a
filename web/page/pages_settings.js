/** The page of settings: the key, the window, how a question is put, and what is remembered. */

import { asking, button, choice, field, line, section, tell, tick } from "./pages_parts.js";
import { ask } from "./search.js";
import { element, plain } from "./text.js";
import { TEXTS } from "./texts.js";

export function createSettingsPage(panel, app) {
  const texts = TEXTS.settings;
  let shown = "";

  async function show() {
    const settings = await ask("/api/settings");
    if (JSON.stringify(settings) === shown && panel.childElementCount) return; // what was typed stays
    shown = JSON.stringify(settings);
    fill(settings);
  }

  function fill(settings) {
    const controls = {
      keyboard_shortcut: line(settings.keyboard_shortcut),
      window: choice(settings.window, texts.windows),
      start_at_login: tick(settings.start_at_login),
      tray: tick(settings.tray),
      query_instruction: line(settings.query_instruction, { placeholder: settings.default_instruction }),
      history: tick(settings.history),
      ...currentControls(settings),
    };
    controls.query_instruction.disabled = !settings.takes_instruction;
    const waits = (name) => (settings.pending.includes(name) ? [texts.pending] : []);
    const note = (name, ...hints) => [...hints, ...waits(name)].join(" · ");
    const shortcut = field(texts.shortcut, controls.keyboard_shortcut, note("keyboard_shortcut", texts.shortcutHint));
    shortcut.append(recorder(controls.keyboard_shortcut));
    shortcut.classList.add("has-button");
    if (settings.keyboard_shortcut !== settings.default_shortcut) shortcut.append(reset(controls, settings));
    const instruction = settings.takes_instruction ? texts.instructionHint : texts.instructionNone;
    const save = button(texts.save, null, { className: "is-main", type: "submit" });
    const form = element(
      "form",
      "",
      section(texts.key, shortcut),
      section(
        texts.window,
        field(texts.windowLabel, controls.window, note("window")),
        field(texts.login, controls.start_at_login),
        field(texts.tray, controls.tray, note("has_tray", texts.trayHint)),
      ),
      section(
        texts.current,
        field(texts.onBattery, controls.on_battery, note("on_battery")),
        field(texts.hours, controls.hours, note("hours", texts.hoursHint)),
        field(texts.threads, controls.threads, note("threads")),
        field(texts.workerMb, controls.worker_mb, note("worker_mb")),
        field(texts.idle, controls.model_idle_s, note("model_idle_s", texts.idleHint)),
      ),
      section(
        texts.search,
        field(texts.instruction, controls.query_instruction, note("query_instruction", instruction)),
      ),
      section(
        texts.privacy,
        field(texts.history, controls.history, note("has_history", texts.historyHint)),
        forgetOpened(app),
      ),
      element("div", "buttons", save),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      app.doing(() => keep(settings, controls));
    });
    panel.replaceChildren(form);
  }

  async function keep(settings, controls) {
    const now = {
      keyboard_shortcut: controls.keyboard_shortcut.value,
      window: controls.window.value,
      start_at_login: controls.start_at_login.checked,
      tray: controls.tray.checked,
      query_instruction: controls.query_instruction.value,
      history: controls.history.checked,
      on_battery: controls.on_battery.value,
      hours: controls.hours.value,
      threads: Number(controls.threads.value),
      worker_mb: Number(controls.worker_mb.value),
      model_idle_s: Number(controls.model_idle_s.value),
    };
    const changed = Object.fromEntries(Object.entries(now).filter(([name, value]) => value !== settings[name]));
    const kept = await tell("/api/settings", changed);
    shown = JSON.stringify(kept);
    fill(kept);
    panel.querySelector("[type=submit]").focus();
    app.say(kept.pending.length ? texts.savedLater : texts.saved);
  }

  return { show };
}

function currentControls({ on_battery, hours, threads, cores, worker_mb, model_idle_s }) {
  const texts = TEXTS.settings;
  const counts = [...Array(cores).keys()].slice(1).map((count) => [count, String(count)]);
  const sizes = [1024, 2048, 4096, 8192].map((size) => [size, texts.megabytes(size)]);
  // What was chosen in the file alone is a choice too.
  const among = (value, choices, text) => choice(value, { [value]: text(value), ...choices });
  return {
    on_battery: choice(on_battery, texts.onBatteryChoices),
    hours: line(hours),
    threads: among(threads, { ...Object.fromEntries(counts), 0: texts.threadsAll(cores) }, String),
    worker_mb: among(worker_mb, Object.fromEntries(sizes), texts.megabytes),
    model_idle_s: among(model_idle_s, texts.idleChoices, texts.idleOther),
  };
}

function reset(controls, { default_shortcut: shortcut }) {
  return button(TEXTS.settings.reset(shortcut), () => {
    controls.keyboard_shortcut.value = shortcut;
    controls.keyboard_shortcut.focus();
  });
}

function forgetOpened(app) {
  const texts = TEXTS.settings;
  const act = () =>
    app.doing(async () => {
      await tell("/api/settings/forget-opened");
      app.say(texts.forgot);
    });
  return asking(texts.forget, { question: texts.forgetAsk, yes: texts.forgetYes, act });
}

const NAMED = { Control: "ctrl", Alt: "alt", Shift: "shift", Meta: "cmd" };
const KEYS = {
  " ": "space",
  Enter: "enter",
  Tab: "tab",
  Backspace: "backspace",
  Delete: "delete",
  Insert: "insert",
  Home: "home",
  End: "end",
  PageUp: "page_up",
  PageDown: "page_down",
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};

/** A button after which the next keys pressed are written into `input`, as pynput writes them. */
function recorder(input) {
  const texts = TEXTS.settings;
  const made = button(texts.record, () => {
    made.textContent = texts.recording;
    made.addEventListener("keydown", take);
    made.focus();
  });

  function stop() {
    made.textContent = texts.record;
    made.removeEventListener("keydown", take);
  }

  function take(event) {
    event.preventDefault();
    event.stopPropagation();
    if (event.key in NAMED) return; // more is to come
    stop();
    if (event.key === "Escape" || !shortcutOf(event)) return;
    input.value = shortcutOf(event);
  }

  made.addEventListener("blur", stop);
  return made;
}

function shortcutOf(event) {
  const held = ["ctrl", "alt", "shift", "meta"].filter((name) => event[`${name}Key`]);
  const key = keyName(event);
  return key && [...held.map((name) => `<${name === "meta" ? "cmd" : name}>`), key].join("+");
}

/** Of the key itself, without what Shift or Alt make of it. */
function keyName({ key, code }) {
  if (/^Key[A-Z]$/.test(code)) return code.slice(3).toLowerCase();
  if (/^Digit\d$/.test(code)) return code.slice(5);
  if (/^F\d+$/.test(key)) return `<${key.toLowerCase()}>`;
  if (key in KEYS) return `<${KEYS[key]}>`;
  return key.length === 1 ? key.toLowerCase() : "";
}
