/** How much there is to search, which is said while nothing is asked. */

import { ask } from "./search.js";

const count = (number, noun) => `${number.toLocaleString()} ${noun}${number === 1 ? "" : "s"}`;

/** @param heading where it is said in large letters */
export function createScope(heading) {
  let summary = "";

  /** Look again. Returns how many documents there are; throws a Problem. */
  async function refresh() {
    const { documents, chunks } = await ask("/api/status");
    heading.textContent = `Search ${count(documents, "document")}`;
    summary = `${count(documents, "document")} · ${count(chunks, "passage")}`;
    return documents;
  }

  return { refresh, summary: () => summary };
}
