/** The list gets better while it is looked at: a reranker reads the first documents again, until the next question. */

import { Problem, problemOf } from "./search.js";

const REST_MS = 250; // who types on within this is not waited for

/**
 * @param on.better  ({order, read}): the list as it is now
 * @param on.done    (read): how many documents were read again, and no more will be
 * @param on.problem (problem)
 */
export function createRerank(button, on) {
  let isOn = true;
  let timer = 0;
  let reading = null; // what ends the request under way
  let newest = ""; // id of the answer on the page, if it can get better

  /** The answer on the page is this one; "" for one that cannot get better. */
  function follow(answer) {
    stop();
    newest = answer;
    if (answer) button.hidden = false;
    if (answer && isOn) timer = setTimeout(() => read(answer), REST_MS);
  }

  /** The next question is asked, or what is there shall stay as it is. */
  function stop() {
    clearTimeout(timer);
    reading?.abort();
    reading = null;
  }

  async function read(answer) {
    const mine = (reading = new AbortController());
    let count = 0;
    try {
      for await (const line of lines(`/api/rerank?answer=${encodeURIComponent(answer)}`, mine.signal)) {
        if (line.error) throw new Problem(line.error, line.hint);
        if (mine !== reading) return;
        count = Object.keys(line.read).length;
        on.better(line);
      }
      if (mine === reading) on.done(count);
    } catch (problem) {
      if (mine === reading) on.problem(problem);
    }
  }

  function toggle() {
    isOn = !isOn;
    mark();
    if (isOn) follow(newest);
    else stop();
    return isOn;
  }

  function mark() {
    button.setAttribute("aria-pressed", String(isOn));
  }

  mark();
  return { follow, stop, toggle, isAble: () => !button.hidden };
}

/** What a request answers, line by line as it comes. */
async function* lines(address, signal) {
  const response = await fetch(address, { signal });
  if (!response.ok) throw await problemOf(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const whole = (rest + value).split("\n");
    rest = whole.pop();
    for (const line of whole) yield JSON.parse(line);
  }
}
