// What can be filled in on a card. Each input tells its value as text, as Webex sends it, or what is missing.

import { element } from "./dom.js";

let fields = 0;

const TYPES = { email: "email", tel: "tel", url: "url" };

function control(tag, properties) {
  fields += 1;
  const made = element(tag, "field");
  Object.assign(made, { id: `card-field-${fields}` }, properties);
  return made;
}

const has = (value) => value !== undefined && value !== null;
const set = (made, name, value) => { if (has(value)) made[name] = value; };

function text(input) {
  const made = input.isMultiline ? control("textarea", { rows: 3 }) : control("input", { type: TYPES[input.style?.toLowerCase()] ?? "text" });
  set(made, "maxLength", input.maxLength > 0 ? input.maxLength : undefined);
  made.dir = "auto";
  return simple(input, made);
}

function simple(input, made) {
  set(made, "placeholder", input.placeholder);
  set(made, "value", has(input.value) ? String(input.value) : undefined);
  return { made, read: () => made.value };
}

function ranged(type) {
  return (input) => {
    const made = control("input", { type });
    set(made, "min", has(input.min) ? String(input.min) : undefined);
    set(made, "max", has(input.max) ? String(input.max) : undefined);
    if (type === "number") made.step = "any";
    return simple(input, made);
  };
}

function choiceRow(type, group, title) {
  const made = element("label", "check");
  const box = element("input", "check__box");
  Object.assign(box, { type, name: group });
  made.append(box, element("span", undefined, title));
  return { made, box };
}

function toggle(input) {
  const { made, box } = choiceRow("checkbox", "", input.title ?? "");
  const [on, off] = [input.valueOn ?? "true", input.valueOff ?? "false"];
  box.checked = input.value === on;
  return { made, isGroup: true, read: () => (box.checked ? on : off), isEmpty: () => !box.checked };
}

function choices(input) {
  const wanted = String(input.value ?? "").split(",");
  const all = (input.choices ?? []).filter((choice) => has(choice.value));
  if (!input.isMultiSelect && input.style !== "expanded") {
    const made = control("select", { className: "select" });
    if (!all.some(({ value }) => wanted.includes(value))) made.append(new Option(input.placeholder ?? "", ""));
    made.append(...all.map(({ title, value }) => new Option(title ?? value, value, false, wanted.includes(value))));
    return { made, read: () => made.value };
  }
  fields += 1;
  const made = element("div", "card__choices");
  const [type, group] = [input.isMultiSelect ? "checkbox" : "radio", `card-choices-${fields}`];
  const rows = all.map((choice) => ({ choice, ...choiceRow(type, group, choice.title ?? choice.value) }));
  for (const { choice, box } of rows) box.checked = wanted.includes(choice.value);
  made.append(...rows.map((row) => row.made));
  return { made, isGroup: true, read: () => rows.filter(({ box }) => box.checked).map(({ choice }) => choice.value).join(",") };
}

const KINDS = {
  "Input.Text": text,
  "Input.Number": ranged("number"),
  "Input.Date": ranged("date"),
  "Input.Time": ranged("time"),
  "Input.Toggle": toggle,
  "Input.ChoiceSet": choices,
};

export const isInput = (type) => Object.hasOwn(KINDS, type);

// `inputs` collects what can be read when the card is sent.
export function drawInput(input, inputs) {
  const { made, isGroup, read, isEmpty = () => read() === "" } = KINDS[input.type](input);
  const whole = element(isGroup ? "fieldset" : "div", "card__input");
  const label = input.label ?? (isGroup ? "" : input.placeholder ?? input.id);
  if (label) {
    const named = element(isGroup ? "legend" : "label", input.label ? "labelled__name" : "unseen", label);
    if (input.isRequired) named.append(element("span", "card__must", " (required)"));
    if (!isGroup) named.htmlFor = made.id;
    whole.append(named);
  }
  const problem = element("p", "problem");
  problem.setAttribute("role", "alert");
  whole.append(made, problem);
  const check = () => {
    const isBad = (input.isRequired && isEmpty()) || made.validity?.valid === false;
    problem.textContent = isBad ? input.errorMessage ?? "Please fill this in." : "";
    return !isBad;
  };
  if (input.id) inputs.push({ id: input.id, read, check, focus: () => (isGroup ? made.querySelector("input") : made)?.focus() });
  return whole;
}
