// Adaptive Cards, as far as they are simple. What is not drawn says so quietly; a picture is its description, for nothing is loaded from elsewhere.

import { whatWentWrong } from "./ask.js";
import { drawInput, isInput } from "./card-inputs.js";
import { drawText, webLink } from "./card-text.js";
import { button, element } from "./dom.js";

const isWeb = (url) => /^https?:\/\//i.test(url ?? "");
const word = (value) => String(value ?? "").toLowerCase().replaceAll(/[^a-z]/g, "");

function text(item, inline = false) {
  const made = element(inline ? "span" : "p", "card__text");
  for (const [key, value] of [["size", item.size], ["weight", item.weight], ["color", item.color], ["at", item.horizontalAlignment], ["font", item.fontType]]) {
    if (value) made.classList.add(`card__text--${key}-${word(value)}`);
  }
  made.classList.toggle("card__text--subtle", item.isSubtle === true);
  if (!inline) made.dir = "auto";
  drawText(made, String(item.text ?? ""));
  return made;
}

function richText({ inlines = [] }) {
  const made = element("p", "card__text");
  made.dir = "auto";
  made.append(...inlines.map((run) => (typeof run === "string" ? run : text(run, true))));
  return made;
}

function facts({ facts: rows = [] }) {
  const made = element("dl", "card__facts");
  for (const { title, value } of rows) {
    const what = element("dd");
    drawText(what, String(value ?? ""));
    made.append(element("dt", undefined, title), what);
  }
  return made;
}

function container(item, scope) {
  const made = element("div", `card__block card__block--${word(item.style) || "default"}`);
  drawItems(made, item.items, scope);
  if (item.selectAction) drawActions(made, [item.selectAction], scope);
  return made;
}

function columns({ columns: all = [] }, scope) {
  const made = element("div", "card__columns");
  for (const column of all) {
    const one = container(column, scope);
    if (word(column.width) === "auto") one.classList.add("card__block--auto");
    made.append(one);
  }
  return made;
}

const picture = ({ altText }) => element("p", "card__picture", altText ? `Picture: ${altText}` : "A picture");
const pictures = ({ images = [] }) => { const made = element("div", "card__columns"); made.append(...images.map(picture)); return made; };
const actionSet = ({ actions }, scope) => { const made = element("div"); drawActions(made, actions, scope); return made; };
const note = (what) => element("p", "card__note", `${what} is not shown here.`);

const KINDS = {
  TextBlock: (item) => text(item),
  RichTextBlock: richText,
  FactSet: facts,
  Container: container,
  ColumnSet: columns,
  Image: picture,
  ImageSet: pictures,
  ActionSet: actionSet,
};

function drawItem(item, scope) {
  if (isInput(item.type)) return drawInput(item, scope.inputs);
  if (Object.hasOwn(KINDS, item.type)) return KINDS[item.type](item, scope);
  if (item.fallback === "drop") return undefined;
  return item.fallback?.type ? drawItem(item.fallback, scope) : note(item.type ?? "Something");
}

function drawItems(into, items, scope) {
  for (const item of Array.isArray(items) ? items : []) {
    const made = item && drawItem(item, scope);
    if (!made) continue;
    made.hidden = item.isVisible === false;
    if (item.separator) made.classList.add("card__separated");
    into.append(made);
  }
}

// A button sends what its own card and the cards around it hold.
const inputsOf = (scope) => (scope ? [...inputsOf(scope.around), ...scope.inputs] : []);

async function send(action, scope, pressed) {
  const inputs = inputsOf(scope);
  const wrong = inputs.filter((input) => !input.check());
  scope.say("");
  if (wrong.length) { wrong[0].focus(); return; }
  const fixed = typeof action.data === "object" ? action.data : {};
  pressed.disabled = true;
  try {
    await scope.submit({ ...fixed, ...Object.fromEntries(inputs.map(({ id, read }) => [id, read()])) });
    scope.say("Sent.");
  } catch (error) {
    scope.say(whatWentWrong(error), true);
  }
  pressed.disabled = false;
  pressed.focus();
}

const LOOKS = { positive: "press press--small", destructive: "press press--small press--bad" };

function drawActions(into, actions, scope) {
  const row = element("div", "card__actions");
  const under = [];
  for (const action of Array.isArray(actions) ? actions : []) {
    const [title, look] = [action.title ?? "Send", LOOKS[action.style] ?? "press press--small press--quiet"];
    if (action.type === "Action.Submit") row.append(button(title, look, (event) => send(action, scope, event.currentTarget)));
    else if (action.type === "Action.OpenUrl" && isWeb(action.url)) row.append(webLink(action.url, look, action.title ?? action.url));
    else if (action.type === "Action.ShowCard" && action.card) {
      const inner = element("div", "card__inner");
      inner.hidden = true;
      fill(inner, action.card, { ...scope, inputs: [], around: scope });
      const opener = button(title, look, () => {
        inner.hidden = !inner.hidden;
        scope.say("");
        opener.setAttribute("aria-expanded", String(!inner.hidden));
      });
      opener.setAttribute("aria-expanded", "false");
      row.append(opener);
      under.push(inner);
    } else under.push(note(action.title ? `“${action.title}”` : action.type ?? "A button"));
  }
  if (row.firstChild) into.append(row);
  into.append(...under);
}

function fill(into, card, scope) {
  drawItems(into, card.body, scope);
  if (card.actions) drawActions(into, card.actions, scope);
}

// `submit` sends the inputs and fails with what was refused.
export function drawCard(card, submit) {
  const made = element("div", "card");
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", "Card");
  const said = element("p", "card__said");
  said.setAttribute("role", "status");
  const say = (words, isBad = false) => { said.textContent = words; said.classList.toggle("problem", isBad); };
  fill(made, card, { inputs: [], around: undefined, submit, say });
  made.append(said);
  return made;
}
