/** The questions of this run, which the launcher keeps in its memory and the page nowhere. */

import { ask } from "./search.js";

export function createHistory() {
  let questions = []; // the newest first, while the person goes back through them
  let place = -1;

  /** A question that led somewhere, or was given up; what goes wrong here is nobody's worry. */
  function note(question) {
    if (!question.trim()) return;
    const body = JSON.stringify({ question });
    const headers = { "Content-Type": "application/json" };
    ask("/api/questions", { method: "POST", headers, body }).catch(() => {});
  }

  /** The question before the one that was given last; undefined when there is none. */
  async function older() {
    if (place < 0) ({ questions } = await ask("/api/questions"));
    place = Math.min(place + 1, questions.length);
    return questions[place];
  }

  return {
    note,
    older,
    isShown: (text) => place >= 0 && text === questions[place],
    end: () => (place = -1),
  };
}
