/** How much there is to search, which is said while nothing is asked. */

import { ask } from "./search.js";
import { TEXTS } from "./texts.js";

const LOADING_MS = 600_000; // the starter model may be on its way

/** @param heading where it is said in large letters */
export function createScope(heading) {
  let summary = "";
  let isReady = true;
  let loading = null; // the request that is answered once it is

  /** Look again. Returns how many documents there are; throws a Problem. */
  async function refresh() {
    const { documents, chunks, notice, is_ready } = await ask("/api/status");
    isReady = is_ready;
    const count = TEXTS.scope.documents(documents);
    heading.textContent = TEXTS.scope.heading(count);
    const coming = documents ? TEXTS.scope.loading : TEXTS.scope.starting;
    summary = [isReady ? "" : coming, TEXTS.scope.summary(count, chunks), notice].filter(Boolean).join(" · ");
    return documents;
  }

  /** Return once the model is in memory: one request, however many wait for it. Throws a Problem. */
  function ready() {
    const signal = AbortSignal.timeout(LOADING_MS);
    loading ??= ask("/api/ready", { signal }).then(() => (isReady = true)).finally(() => (loading = null));
    return loading;
  }

  return {
    refresh,
    ready,
    summary: () => summary,
    /** Whether the model is in memory; until then words and names answer alone. */
    isReady: () => isReady,
  };
}
