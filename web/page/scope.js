/** How much there is to search, which is said while nothing is asked. */

import { ask } from "./search.js";
import { TEXTS } from "./texts.js";

/** @param heading where it is said in large letters */
export function createScope(heading) {
  let summary = "";
  let isReady = true;

  /** Look again. Returns how many documents there are; throws a Problem. */
  async function refresh() {
    const { documents, chunks, notice, is_ready } = await ask("/api/status");
    isReady = is_ready;
    const count = TEXTS.scope.documents(documents);
    heading.textContent = TEXTS.scope.heading(count);
    const starting = isReady ? "" : TEXTS.scope.starting;
    summary = [starting, TEXTS.scope.summary(count, chunks), notice].filter(Boolean).join(" · ");
    return documents;
  }

  return {
    refresh,
    summary: () => summary,
    /** Whether model and index are there; until then a question waits. */
    isReady: () => isReady,
  };
}
