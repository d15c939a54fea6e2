// A log of the simulator: the newest first, found by words and by what came of it.

import { arrange, button, count, element } from "../dom.js";

// So many are drawn.
const SHOWN = 200;

// `kinds` are choices with what belongs to each, `row` draws one entry, `key` names it, `words` is what is searched.
// `sought` is called when something is looked for and not all of it is here.
export function logList({ title, kinds, heads, key, words, row, none, clear, sought = () => {} }) {
  const panel = element("div", "log");
  const find = element("input", "field");
  Object.assign(find, { type: "search", placeholder: "Find", autocomplete: "off", spellcheck: false });
  find.setAttribute("aria-label", `Find in the ${title}`);
  const kind = element("select", "select");
  kind.append(...kinds.map(([name], index) => new Option(name, index)));
  kind.setAttribute("aria-label", "Outcome");
  const bar = element("div", "log__bar");
  bar.append(find, kind);
  if (clear) bar.append(button("Empty", "press press--quiet press--small", clear, `Empty the ${title}`));
  const head = element("div", "log__heads");
  head.setAttribute("aria-hidden", "true");
  head.append(...heads.map((name) => element("span", undefined, name)));
  const list = element("ol", "log__list");
  list.setAttribute("aria-label", title);
  // It scrolls: a keyboard has to reach it.
  list.tabIndex = 0;
  const note = element("p", "log__note");
  note.setAttribute("role", "status");
  panel.append(bar, note, head, list);

  let [entries, isPart] = [[], false];
  let drawn = new Map();
  function draw() {
    const looked = find.value.trim().toLocaleLowerCase();
    const [, belongs] = kinds[kind.value];
    const found = entries.filter((entry) => belongs(entry) && (!looked || words(entry).toLocaleLowerCase().includes(looked)));
    const shown = found.slice(-SHOWN).reverse();
    const now = new Map(shown.map((entry) => { const name = key(entry); return [name, drawn.get(name) ?? row(entry)]; }));
    arrange(list, [...now.values()]);
    drawn = now;
    head.hidden = !shown.length;
    note.textContent = entries.length ? summary(found.length, shown.length) : none;
  }
  function summary(found, shown) {
    if (isPart) return isSeeking() ? "Looking…" : `The newest ${shown}. What you look for is found among all.`;
    if (!found) return `None of ${count(entries.length, "entry", "entries")} matches.`;
    const isAll = found === entries.length;
    if (found > shown) return `The newest ${shown} of ${isAll ? count(found, "entry", "entries") : `${found.toLocaleString()} that match`}`;
    return isAll ? count(found, "entry", "entries") : `${found.toLocaleString()} of ${count(entries.length, "entry", "entries")}`;
  }
  const isSeeking = () => Boolean(find.value.trim() || Number(kind.value));
  const seek = () => { draw(); if (isPart) sought(); };
  find.addEventListener("input", seek);
  kind.addEventListener("change", seek);
  return {
    panel,
    isSeeking,
    show: (now, isOnlyPart = false) => { [entries, isPart] = [now, isOnlyPart]; draw(); },
  };
}

// A status as one reads it at a glance.
export function statusMark(status, otherwise) {
  const made = element("span", "status", status === undefined ? otherwise : String(status));
  made.classList.add(`status--${status === undefined ? "none" : Math.floor(status / 100)}`);
  return made;
}
