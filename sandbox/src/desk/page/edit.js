// Editing a message in its own place, so that what is being written below stays.

import { asJson } from "./ask.js";
import { button, element } from "./dom.js";

const BLOCKS = new Set(["p", "li", "pre", "blockquote"]);

// Mentions as they are typed here. The source names people by their ids, which nobody can read.
const typed = (runs) => runs.map((run) => {
  if (typeof run === "string") return run;
  if (run.tag === "br") return "\n";
  const inside = typed(run.runs ?? []);
  if (run.tag === "spark-mention") return `@${inside}`;
  return BLOCKS.has(run.tag) ? `${inside}\n` : inside;
}).join("");

const sourceOf = ({ source, runs, text }) => (source?.includes("<@") ? typed(runs).trimEnd() : source ?? text);

export function edit(message, item, desk) {
  const text = item.querySelector(".message__text");
  if (!text) return;
  const source = sourceOf(message);
  const box = element("textarea", "field edit__text");
  box.value = source;
  box.dir = "auto";
  box.setAttribute("aria-label", "Edit message");
  const done = () => {
    item.dataset.drawn = "";
    delete item.dataset.editing;
    desk.refresh();
    item.querySelector(".act")?.focus();
  };
  const save = async () => {
    const isChanged = box.value.trim() && box.value !== source;
    const isSaved = !isChanged || await desk.act(`messages/${encodeURIComponent(message.id)}`, asJson("PUT", { as: desk.as, text: box.value }));
    if (isSaved) done();
  };
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); done(); }
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    save();
  });
  const buttons = element("div", "edit__acts");
  buttons.append(button("Save", "press press--small", save), button("Cancel", "press press--small press--quiet", done));
  const form = element("div", "edit");
  form.append(box, buttons);
  text.replaceWith(form);
  item.querySelector(".message__acts").hidden = true;
  item.dataset.editing = "true";
  box.focus();
}
