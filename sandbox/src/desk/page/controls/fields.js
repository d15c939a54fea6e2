// Fields of the switches: each can be read, and written where nobody is typing in it.

import { element } from "../dom.js";
import { field } from "../sheet.js";

let fields = 0;

function switchField({ label, hint }) {
  const made = element("label", "switch");
  const box = element("input", "switch__box");
  fields += 1;
  Object.assign(box, { type: "checkbox", id: `switch-${fields}` });
  box.setAttribute("role", "switch");
  const words = element("span", "switch__words");
  words.append(element("span", "switch__label", label));
  if (hint) {
    const note = element("span", "labelled__hint", hint);
    note.id = `${box.id}-hint`;
    box.setAttribute("aria-describedby", note.id);
    words.append(note);
  }
  made.append(words, box);
  return { element: made, control: box, isAtOnce: true, read: () => box.checked, write: (value) => { box.checked = value; } };
}

export function numberField({ label, unit, hint, min = 0, max, isOptional = false }) {
  const input = element("input", "field field--number");
  Object.assign(input, { type: "number", min: String(min), step: "1", inputMode: "numeric", required: !isOptional });
  if (max !== undefined) input.max = String(max);
  const made = field(unit ? `${label} (${unit})` : label, input, hint);
  const read = () => (input.value === "" ? undefined : input.valueAsNumber);
  return { element: made, control: input, read, write: (value) => { input.value = value ?? ""; } };
}

function textField({ label, hint }) {
  const text = element("textarea", "field");
  text.rows = 3;
  text.dir = "auto";
  return { element: field(label, text, hint), control: text, read: () => text.value, write: (value) => { text.value = value; } };
}

export function choiceField({ label, options, hint }) {
  const select = element("select", "select");
  select.append(...options.map(([value, words]) => new Option(words, value)));
  return { element: field(label, select, hint), control: select, isAtOnce: true, read: () => select.value, write: (value) => { select.value = value; } };
}

export function lineField({ label, hint, placeholder = "" }) {
  const input = element("input", "field");
  Object.assign(input, { type: "text", placeholder, autocomplete: "off", spellcheck: false });
  return { element: field(label, input, hint), control: input, read: () => input.value.trim(), write: (value) => { input.value = value; } };
}

const KINDS = { switch: switchField, number: numberField, text: textField, choice: choiceField, line: lineField };
const UNITS = { ms: "ms", secs: "s" };

export const makeField = (described) => ({ key: described.key, ...KINDS[described.kind](described) });

// A switch that this page does not know yet, by its name.
export function unknownField(key, value) {
  const kind = { boolean: "switch", number: "number" }[typeof value];
  if (!kind) return undefined;
  const unit = UNITS[key.split("_").at(-1)];
  const words = (unit ? key.slice(0, key.lastIndexOf("_")) : key).replaceAll("_", " ");
  return makeField({ key, kind, unit, label: words[0].toUpperCase() + words.slice(1) });
}
