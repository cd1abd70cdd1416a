/** What the hits that are shown have in common, to choose from: each writes a filter into the search box. */

import { openMenu } from "./menu.js";
import { kindName } from "./text.js";
import { TEXTS } from "./texts.js";

const MOST = 8; // of each sort

/**
 * @param on.write (filter, keys): put it there, in place of those filters that have one of these keys
 * @param on.close (): the menu is gone
 */
export function createFacets(button, on) {
  let hits = [];

  function open() {
    const sections = [
      section(TEXTS.facets.kinds, counted(hits.map(({ kind }) => kind)), kindChoice),
      section(TEXTS.facets.folders, counted(hits.map(({ folder }) => folder).filter(canBeWritten)), folderChoice),
      periodSection(),
    ].filter(({ choices }) => choices.length);
    if (sections.length) openMenu(button, { label: TEXTS.facets.open, sections, onClose: on.close });
  }

  function section(title, counts, choice) {
    const choices = counts.slice(0, MOST).map(([value, count]) => ({ ...choice(value), detail: String(count) }));
    return { title, choices };
  }

  const kindChoice = (kind) => ({ label: kindName(kind), act: () => on.write(`type:${kind}`, ["type"]) });
  const folderChoice = (folder) => ({ label: folder, act: () => on.write(`in:${quoted(folder)}`, ["in", "under"]) });

  /** Years; of a single one its months. */
  function periodSection() {
    const days = hits.map(({ modified }) => new Date(modified));
    const years = counted(days.map((day) => day.getFullYear()));
    const months = counted(days.map((day) => 12 * day.getFullYear() + day.getMonth()));
    const isYears = years.length > 1;
    const newestFirst = (isYears ? years : months).toSorted(([one], [other]) => other - one);
    return section(TEXTS.facets.changed, newestFirst, isYears ? yearChoice : monthChoice);
  }

  const yearChoice = (year) => ({ label: String(year), act: () => between(year, year + 1) });

  function monthChoice(month) {
    const first = new Date(Math.floor(month / 12), month % 12);
    const label = first.toLocaleDateString(undefined, { month: "long", year: "numeric" });
    return { label, act: () => between(monthName(month), monthName(month + 1)) };
  }

  const between = (after, before) => on.write(`after:${after} before:${before}`, ["after", "before"]);

  button.addEventListener("click", open);
  return {
    open,
    /** These are shown now. */
    follow(newHits) {
      hits = newHits;
      button.hidden = hits.length < 2;
    },
  };
}

/** [[value, how often], ...], the most frequent first. */
function counted(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) || 0) + 1);
  return [...counts].toSorted(([, one], [, other]) => other - one);
}

const canBeWritten = (folder) => !/["\ufffd\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02]/.test(folder);
const quoted = (folder) => (/\s/.test(folder) ? `"${folder}"` : folder);
const monthName = (month) => `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, "0")}`;
