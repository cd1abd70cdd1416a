/** What a person does with the hits that are selected, and what is said about it. */

import { copy, openersOf, perform } from "./actions.js";
import { openMenu } from "./menu.js";
import { TEXTS } from "./texts.js";

const MANY = 10; // more than these are opened only when that is asked for twice

/** @param page its `list`, `preview`, `search`, `status`, `history`, `input`, `frame`; `ask(hits, isLike)`, `look()` */
export function createActing(page) {
  const { list, preview, search, status, history, input } = page;
  let confirmed = null; // the hits that were to be opened, until that is said again

  const special = {
    like: (hits) => page.ask(hits, true),
    unlike: (hits) => page.ask(hits, false),
    look: () => page.look(),
    copy_text: copyText,
    open_with: ([hit]) => openWith(hit),
    reveal: ([hit]) => run("reveal", [hit]),
    open,
  };

  async function act(action) {
    const isSame = await search.settled(); // act on the hits of what is typed, not of its first letters
    const hits = list.meant();
    if (!isSame || !hits.length) return;
    await (special[action] || ((chosen) => run(action, chosen)))(hits);
  }

  function open(hits) {
    const ids = hits.map(({ id }) => id).join();
    if (hits.length > MANY && confirmed !== ids) {
      confirmed = ids;
      return status.say(TEXTS.actions.askMany(hits.length));
    }
    confirmed = null;
    return run("open", hits);
  }

  async function run(action, hits, program) {
    status.say(TEXTS.actions.doing(hits[0].name));
    try {
      const { said, isElsewhere } = await perform(action, hits, program);
      status.say(said);
      history.note(input.value);
      if (isElsewhere) page.frame.hide();
    } catch (problem) {
      status.warn(problem);
      if (problem.status === 410 && hits.length === 1) list.markMissing(hits[0].id);
    }
  }

  async function copyText() {
    const text = await preview.text();
    if (text) await copy(text);
    status.say(text ? TEXTS.actions.copiedText : TEXTS.actions.noText);
  }

  async function openWith(hit) {
    const openers = await openersOf(hit).catch((problem) => status.warn(problem));
    if (openers === undefined) return undefined;
    if (openers === null) return run("open_with", [hit]);
    if (!openers.length) return status.say(TEXTS.actions.noOpeners);
    const choices = openers.map(({ id, name }) => ({ label: name, act: () => run("open_with", [hit], id) }));
    const sections = [{ title: TEXTS.actions.openWith, choices }];
    return openMenu(preview.anchor(), { label: TEXTS.actions.openWith, sections, onClose: () => input.focus() });
  }

  return act;
}
