/** How much there is to search, which is said while nothing is asked. */

import { ask } from "./search.js";

const count = (number, one, many) => `${number.toLocaleString()} ${number === 1 ? one : many}`;

/** @param heading where it is said in large letters */
export function createScope(heading) {
  let summary = "";

  /** Look again. Throws a Problem. */
  async function refresh() {
    const { documents, chunks } = await ask("/api/status");
    heading.textContent = documents ? `Search ${count(documents, "document", "documents")}` : "The index is empty";
    summary = documents
      ? `${count(documents, "document", "documents")} · ${count(chunks, "passage", "passages")}`
      : "In a terminal: launcher index FOLDER";
  }

  return { refresh, summary: () => summary };
}
