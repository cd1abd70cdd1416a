/** What is asked: the words in the box, the pictures and examples beside it, and how filters get among the words. */

import { createExamples } from "./examples.js";
import { createPictures } from "./picture.js";
import { TEXTS } from "./texts.js";

const TYPE = /(?<!\S)type:("[^"]*"|\S*)/gi;
const VALUE = '("[^"]*"|\\S*)';

/** @param on.change (): it is another one */
export function createQuestion(root, input, on) {
  const pictures = createPictures(root, change);
  const examples = createExamples(root.querySelector(".examples"), () => {
    if (before && !examples.like().length) return goBack();
    return change();
  });
  let refused = []; // words of chips that were taken away
  let chips = []; // the filters that were understood
  let before = null; // what was asked before it was said what others shall be like

  const isAsking = () => Boolean(input.value.trim() || pictures.current().length || examples.like().length);

  /** As it is asked of the engine; null when nothing is. */
  function current() {
    if (!isAsking()) return null;
    const shown = { pictures: pictures.current(), like: examples.like(), unlike: examples.unlike() };
    return { text: input.value.trim(), ...shown, refused };
  }

  function change() {
    if (!input.value.trim() && refused.length) refused = [];
    const isShown = pictures.current().length || examples.count();
    input.placeholder = isShown ? TEXTS.window.placeholderMore : TEXTS.window.placeholder;
    on.change();
  }

  /** Put other words there: a question from before, or one that was meant. */
  function write(text) {
    input.value = text;
    change();
  }

  /** A filter that was written goes out of the box; words that were taken for one are words again. */
  function removeChip({ words, is_written: isWritten }) {
    if (isWritten) rewrite(input.value.replace(words, () => ""));
    else refused = [...refused, words];
    change();
  }

  /** Have `filter` say the kind, and nothing else; "" for any kind. */
  function chooseKind(filter) {
    const said = chips.filter(({ kinds, is_written: isWritten }) => kinds.length && !isWritten);
    if (said.length) refused = [...refused, ...said.map(({ words }) => words)];
    rewrite([filter, input.value.replace(TYPE, " ")].join(" "));
    change();
  }

  /** Have `filter` written, in place of those with one of `keys`. */
  function writeFilter(filter, keys) {
    const known = new RegExp(`(?<!\\S)(${keys.join("|")}):${VALUE}`, "gi");
    rewrite([filter, input.value.replace(known, " ")].join(" "));
    change();
  }

  /** Change what stands in the box; the caret stays where it is among the words behind it. */
  function rewrite(value) {
    const fromEnd = input.value.length - input.selectionStart;
    input.value = value.replace(/\s+/g, " ").trimStart();
    const place = Math.max(0, input.value.length - fromEnd);
    input.setSelectionRange(place, place);
  }

  /** Ask for what was meant, with the filters as they are. */
  const writeMeant = (meant) => write([...chips.map(({ words }) => words), meant].join(" "));

  /** Ask for more like these: in place of the words, unless there are examples already. */
  function askForMore(hits) {
    if (!examples.count()) {
      const kept = chips.filter(({ is_written: isWritten, problem }) => isWritten && !problem);
      const filters = kept.map(({ words }) => words).join(" ");
      before = { text: input.value, pictures: pictures.current(), filters };
      input.value = filters && `${filters} `;
      pictures.clear();
    }
    examples.add(hits, true);
    change();
  }

  function askForLess(hits) {
    examples.add(hits, false);
    change();
  }

  /** No more like anything: words that were added stay, else what was asked before comes back. */
  function goBack() {
    if ([before.filters, ""].includes(input.value.trim())) {
      input.value = before.text;
      pictures.show(before.pictures);
    }
    before = null;
    examples.clear();
    change();
  }

  /** One step back: to what was asked before the examples, else to nothing. Returns whether there was one. */
  function escape() {
    if (!input.value && !isAsking() && !examples.count()) return false;
    input.value = "";
    if (before) goBack();
    else clear();
    return true;
  }

  function clear() {
    pictures.clear();
    examples.clear();
    change();
  }

  /** The last example or picture goes; returns whether there was one. */
  function removeLast() {
    if (examples.count()) examples.removeLast();
    else if (pictures.current().length) pictures.removeLast();
    else return false;
    return true;
  }

  input.addEventListener("input", change);
  return {
    ...{ isAsking, current, change, write, writeFilter, writeMeant, removeChip, chooseKind, escape, removeLast },
    ...{ askForMore, askForLess },
    hasExamples: () => Boolean(before),
    /** These filters were understood. */
    follow: (newChips) => (chips = newChips),
  };
}
