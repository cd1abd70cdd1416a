/** The page of statistics: what the index is made of, as plots and as numbers. */

import { facts, section, table } from "./pages_parts.js";
import { bars, curve } from "./plots.js";
import { ask } from "./search.js";
import { bytes, element, kindName } from "./text.js";
import { TEXTS } from "./texts.js";

const YEARS_OF_A_CURVE = 5; // fewer are bars

export function createStatisticsPage(panel) {
  const texts = TEXTS.statistics;
  let shown = "";

  async function show() {
    const statistics = await ask("/api/statistics");
    const state = `${JSON.stringify(statistics)} ${getComputedStyle(panel).fontSize}`;
    if (state === shown) return;
    shown = state;
    if (!statistics.documents) return panel.replaceChildren(element("p", "hint", texts.none));
    const { documents, pages, chunks, size_bytes: size } = statistics;
    const summary = facts([texts.summary({ documents, pages, chunks, size: bytes(size) })]);
    const plots = element("div", "plots", ...figures(statistics));
    return panel.replaceChildren(summary, plots, element("p", "hint", texts.notKept));
  }

  return { show };
}

function figures({ kinds, years, sizes, size_steps_bytes: steps, states }) {
  const texts = TEXTS.statistics;
  const numbers = (value) => value.toLocaleString();
  const byCount = Object.entries(kinds).sort(([, [one]], [, [other]]) => other - one);
  const bySize = Object.entries(kinds).sort(([, [, one]], [, [, other]]) => other - one);
  const ofKind = (entries, place) =>
    entries.map(([kind, values]) => ({ label: kindName(kind), value: values[place], kind }));
  const found = Object.entries(states).filter(([, value]) => value);
  const yearly = everyYear(years);
  return [
    figure(texts.kinds, texts.kind, ofKind(byCount, 0), { draw: bars, say: numbers }),
    figure(texts.kindsBytes, texts.kind, ofKind(bySize, 1), { draw: bars, say: bytes, column: texts.size }),
    figure(texts.years, texts.year, yearly, { draw: yearly.length < YEARS_OF_A_CURVE ? bars : curve, say: numbers }),
    figure(texts.sizes, texts.size, sizeSteps(sizes, steps), { draw: bars, say: numbers }),
    figure(
      texts.states,
      texts.state,
      found.map(([state, value]) => ({ label: TEXTS.index.states[state], value })),
      { draw: bars, say: numbers },
    ),
  ];
}

/** Also those in which nothing was changed, or the curve would hide them. */
function everyYear(years) {
  const known = Object.keys(years).map(Number);
  const first = Math.max(Math.min(...known), Math.max(...known) - 40); // a file of 1970 has no real day
  const length = Math.max(...known) - first + 1;
  return Array.from({ length }, (_, step) => ({ label: String(first + step), value: years[first + step] || 0 }));
}

function sizeSteps(sizes, steps) {
  const texts = TEXTS.statistics;
  const label = (step) => (step < steps.length ? texts.under(bytes(steps[step])) : texts.over(bytes(steps.at(-1))));
  return sizes.map((value, step) => ({ label: label(step), value }));
}

function figure(title, head, rows, { draw, say, column = TEXTS.statistics.documents }) {
  const texts = TEXTS.statistics;
  const said = rows.map(({ label, value }) => [label, say(value)]);
  const plot = draw(rows, { title, say, description: texts.described({ title, rows: said }) });
  const counted = table(title, [head, column], said);
  return section(title, plot, element("details", "", element("summary", "", texts.numbers), counted));
}
