/** Questions to the engine, one at a time: while one is under way only the newest waits. */

import { TEXTS } from "./texts.js";

const FAST_MS = 100; // an engine that answers within this is asked at every key
const LONGEST_PAUSE_MS = 300; // longer than most people take between two letters
const TIMEOUT_MS = 60_000;

/** What the server or the way to it says went wrong, with what helps. */
export class Problem extends Error {
  constructor(message, hint = "", { status = 0, page = "", isGone = false } = {}) {
    super(message);
    this.hint = hint;
    this.status = status; // of HTTP; 0 when there was no answer
    this.page = page; // where something can be done about it
    this.isGone = isGone; // the launcher of this page has ended
  }
}

/** Fetch JSON from our own server; everything that can go wrong becomes a Problem. */
export async function ask(address, options = {}) {
  let response;
  try {
    response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS), ...options });
  } catch (error) {
    if (error.name === "TimeoutError") throw new Problem(TEXTS.search.timeout, TEXTS.search.again);
    throw new Problem(TEXTS.search.stopped, TEXTS.search.start, { isGone: true });
  }
  if (!response.ok) throw await problemOf(response);
  return response.json().catch(() => ({}));
}

/** What a response that is none says. */
export async function problemOf(response) {
  const { status } = response;
  if (status === 401) return new Problem(TEXTS.search.oldRun, TEXTS.search.newWindow, { status, isGone: true });
  const answer = await response.json().catch(() => ({}));
  return new Problem(answer.error || TEXTS.search.noAnswer, answer.hint, { status, page: answer.page });
}

/**
 * @param on.asked   (): there is another question than before, or none any more
 * @param on.hits    (answer, isAgain): hits to show; while the person types on, those of what was typed so far;
 *                   `isAgain`: the question is the same as that of the hits before
 * @param on.problem (problem): the newest question failed
 * @param on.busy    (): a question is asked
 * @param on.idle    (): all of them are answered
 */
export function createSearch(on) {
  let newest = null; // the question asked last; null when it was taken back
  let answered = null; // the question whose hits are shown
  let wanted = null; // the same, until it is sent
  let timer = 0;
  let isRunning = false;
  let hasFailed = false; // the newest question did
  let lastMs = 0;
  let waiting = []; // called once nothing is under way

  /**
   * Ask `{text, pictures, like, unlike, refused}` soon, of which `like` and `unlike` are hits and `refused` are words
   * that are no filters; each list stays the same one as long as it says the same.
   * null takes back whatever was asked.
   *
   * @returns whether that is another question than before: a blank more at the end is none
   */
  function request(question) {
    if (isSame(question, newest) && !hasFailed) return false;
    hasFailed = false;
    newest = wanted = question;
    on.asked();
    clearTimeout(timer);
    timer = 0;
    if (lastMs < FAST_MS) run(); // now: a timer would let the letter be painted first
    else timer = setTimeout(run, Math.min(LONGEST_PAUSE_MS, lastMs / 4)); // spares a slow engine the letters in between
    return true;
  }

  /** Ask the newest question once more: more can be found by now. */
  function again() {
    wanted = newest;
    if (!timer) run();
  }

  async function run() {
    clearTimeout(timer);
    timer = 0;
    if (isRunning) return;
    isRunning = true;
    while (wanted && !timer) {
      const question = wanted;
      wanted = null;
      on.busy();
      await answer(question);
    }
    isRunning = false;
    if (timer) return; // the person is typing: not yet
    on.idle();
    release();
  }

  async function answer(question) {
    const started = performance.now();
    try {
      const found = await ask(address(question), options(question));
      if (isOnTheWay(question, newest)) {
        const isAgain = question === answered;
        answered = question;
        on.hits(found, isAgain);
      }
    } catch (problem) {
      hasFailed = question === newest;
      if (hasFailed) on.problem(problem);
    }
    lastMs = performance.now() - started;
  }

  function release() {
    const resolvers = waiting;
    waiting = [];
    for (const resolve of resolvers) resolve();
  }

  /**
   * Wait until the hits shown answer the newest question.
   *
   * What acts on a hit must await this, or it acts on what the first letters found.
   *
   * @returns whether nothing else was asked while waiting
   */
  async function settled() {
    const question = newest;
    if (timer) run();
    if (isRunning) await new Promise((resolve) => waiting.push(resolve));
    return question === newest;
  }

  return { request, again, settled };
}

function isSame(one, other) {
  const parts = ["text", "pictures", "like", "unlike", "refused"];
  return Boolean(one && other) && parts.every((part) => one[part] === other[part]);
}

/** Whether `question` is `newest` itself, or what it was some letters ago. */
function isOnTheWay(question, newest) {
  return isSame({ ...question, text: newest?.text }, newest) && newest.text.startsWith(question.text);
}

function address({ text, pictures, like, unlike, refused }) {
  const parameters = new URLSearchParams({ q: text, limit: "30" });
  for (const hit of like) parameters.append("like", hit.id);
  for (const hit of unlike) parameters.append("unlike", hit.id);
  for (const words of refused) parameters.append("refused", words);
  if (pictures.length > 1) parameters.set("pictures", pictures.map(({ size }) => size).join());
  return `/api/search?${parameters}`;
}

/** The pictures one after the other. */
function options({ pictures }) {
  if (!pictures.length) return {};
  const headers = { "Content-Type": "application/octet-stream" };
  return { method: "POST", headers, body: new Blob(pictures) };
}
