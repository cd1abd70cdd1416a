/** The text around a hit as its kind is read: prose, code with its lines, rows of a table, a letter with its head. */

import { element, marked } from "./text.js";
import { TEXTS } from "./texts.js";

const SEPARATORS = ["\t", ";", ",", "|"];
const LONG_CELL_CHARS = 28; // which goes on in more lines
const LETTER_HEAD = /^(From|To|Cc|Subject|Date): /;

/**
 * @param kind of the document
 * @param text.text, text.marks; text.heading, text.sentence and text.line as the preview has them, or nothing
 */
export function excerpt(kind, { text, marks, heading = "", sentence = null, line = 0 }) {
  const made = element("blockquote", "excerpt");
  made.hidden = !text;
  made.dataset.kind = kind;
  const characters = Array.from(text);
  const piece = (start, end) => slice(characters, marks, start, end);
  const rows = kind === "sheet" ? tableOf(text) : [];
  if (line && kind === "code") made.append(...code(characters, piece, line));
  else if (rows.length > 1) made.append(table(rows, headOf(heading, rows), piece));
  else if (kind === "email" && LETTER_HEAD.test(text)) made.append(...letter(characters, piece));
  else made.append(...prose(piece, sentence));
  if (heading && kind !== "sheet") made.prepend(element("p", "heading", heading));
  return made;
}

/** Some characters of a text, with the marks among them. */
function slice(characters, marks, start, end = characters.length) {
  const inside = marks.filter(([first, last]) => first >= start && last <= end);
  const shifted = inside.map(([first, last]) => [first - start, last - start]);
  return marked(characters.slice(start, end).join(""), shifted);
}

function prose(piece, sentence) {
  if (!sentence) return [piece(0)];
  const [start, end] = sentence;
  const closest = element("span", "sentence", piece(start, end));
  closest.title = TEXTS.preview.closest;
  return [piece(0, start), closest, piece(end)];
}

function code(characters, piece, first) {
  return linesOf(characters).map(([start, end], position) => {
    const number = element("span", "number", String(first + position));
    number.setAttribute("aria-hidden", "true");
    return element("div", "line", number, element("code", "", piece(start, end)));
  });
}

/** Where each line starts and ends, in characters. */
function linesOf(characters) {
  const lines = [];
  let start = 0;
  characters.forEach((character, place) => {
    if (character !== "\n") return;
    lines.push([start, place]);
    start = place + 1;
  });
  return [...lines, [start, characters.length]];
}

function letter(characters, piece) {
  const lines = linesOf(characters);
  const body = lines.findIndex(([start, end]) => !LETTER_HEAD.test(characters.slice(start, end).join("")));
  const head = element("dl", "letter");
  for (const [start, end] of lines.slice(0, body < 0 ? lines.length : body)) {
    const colon = characters.indexOf(":", start);
    head.append(element("dt", "", characters.slice(start, colon).join("")), element("dd", "", piece(colon + 2, end)));
  }
  const rest = body < 0 ? characters.length : lines[body][0];
  return [head, piece(rest + (characters[rest] === "\n" ? 1 : 0))];
}

/** Rows of cells, each by where it starts and ends in characters; none for a text that is no table. */
function tableOf(text) {
  const separator = separatorOf(text);
  if (!separator) return [];
  const characters = Array.from(text);
  return linesOf(characters)
    .filter(([start, end]) => end > start)
    .map(([start, end]) => cellsOf(characters, start, end, separator));
}

function separatorOf(text) {
  return SEPARATORS.find((separator) => separator === "\t" && text.includes("\t")) || mostFrequent(text);
}

function mostFrequent(text) {
  const counts = SEPARATORS.map((separator) => [text.split(separator).length - 1, separator]);
  const [count, separator] = counts.reduce((best, next) => (next[0] > best[0] ? next : best));
  return count >= text.split("\n").length - 1 ? separator : "";
}

/** The cells of a line; one in quotes may hold the separator. */
function cellsOf(characters, start, end, separator) {
  const cells = [];
  let from = start;
  let isQuoted = false;
  for (let place = start; place <= end; place += 1) {
    if (characters[place] === '"' && separator !== "\t") isQuoted = !isQuoted;
    if (place < end && (characters[place] !== separator || isQuoted)) continue;
    cells.push(unquoted(characters, from, place));
    from = place + 1;
  }
  return cells;
}

function unquoted(characters, start, end) {
  const isQuoted = end - start > 1 && characters[start] === '"' && characters[end - 1] === '"';
  return isQuoted ? [start + 1, end - 1] : [start, end];
}

/** The cells of the header row, which stands last among the headings; none where that is no row of this table. */
function headOf(heading, rows) {
  const row = heading.split(" > ").at(-1);
  const separator = separatorOf(row);
  const cells = separator ? row.split(separator).map((cell) => cell.replace(/^\s*"|"\s*$/g, "").trim()) : [];
  const width = Math.max(...rows.map((cells) => cells.length));
  return cells.length > 1 && cells.length <= width ? cells : [];
}

function table(rows, head, piece) {
  const width = Math.max(head.length, ...rows.map((cells) => cells.length));
  const made = element("table");
  if (head.length) made.append(element("thead", "", element("tr", "", ...head.map((cell) => element("th", "", cell)))));
  const cell = ([start, end]) => element("td", end - start > LONG_CELL_CHARS ? "is-long" : "", piece(start, end));
  made.append(element("tbody", "", ...rows.map((cells) => element("tr", "", ...cells.map(cell)))));
  for (const alone of made.querySelectorAll("td:only-child")) alone.colSpan = width; // such as the name of the sheet
  return element("div", "table", made);
}
