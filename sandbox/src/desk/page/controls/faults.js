// Trouble for the next requests: what is to come, some of it ready to press, and a form for the rest.

import { control } from "../ask.js";
import { arrange, button, count, element } from "../dom.js";
import { choiceField, lineField, numberField } from "./fields.js";
import { describe, effectsOf, METHODS, READY, REQUESTS } from "./fault-words.js";
import { fold } from "./fold.js";

// `add` sends the fault and answers whether it was taken.
function ownFault(add, say) {
  const usual = REQUESTS.map(({ id, many }) => [id, `${many[0].toUpperCase()}${many.slice(1)}`]);
  const which = choiceField({ label: "Which requests", options: [...usual, ["own", "Others…"]] });
  const method = choiceField({ label: "Method", options: METHODS.map((name) => [name, { "*": "Any", WEBHOOK: "Webhook" }[name] ?? name]) });
  const path = lineField({ label: "Path begins with", placeholder: "/v1/rooms" });
  const own = element("div", "row");
  own.append(method.element, path.element);
  const effect = choiceField({ label: "What happens", options: [] });
  const details = element("div", "row");
  const times = numberField({ label: "How many", min: 1, max: 100_000 });
  const likely = numberField({ label: "How likely", unit: "%", min: 0, max: 100 });
  const seed = numberField({ label: "Seed", isOptional: true, hint: "The same seed hits the same ones." });
  const odds = element("div", "row");
  odds.append(times.element, likely.element, seed.element);
  times.write(1);
  likely.write(100);

  const request = () => REQUESTS.find(({ id }) => id === which.read()) ?? { method: method.read(), path_prefix: path.read() || path.control.placeholder };
  const chosen = () => effectsOf(request().method).find(({ kind }) => kind === effect.read());
  let numbers = [];

  function drawDetails() {
    numbers = (chosen()?.fields ?? []).map((described) => {
      const one = numberField(described);
      one.write(described.usual);
      return { key: described.key, ...one };
    });
    details.replaceChildren(...numbers.map((one) => one.element));
    details.hidden = !numbers.length;
  }

  function drawEffects() {
    own.hidden = which.read() !== "own";
    const former = effect.read();
    const possible = effectsOf(request().method);
    effect.control.replaceChildren(...possible.map(({ kind, words }) => new Option(words, kind)));
    if (possible.some(({ kind }) => kind === former)) effect.write(former);
    if (effect.read() !== former || !former) drawDetails();
  }

  // Dice are thrown only where something is left to chance.
  const drawOdds = () => { seed.element.hidden = !(likely.read() < 100); };

  const form = element("form", "settings");
  form.noValidate = true;
  const go = element("button", "press press--small", "Add");
  go.type = "submit";
  form.append(which.element, own, effect.element, details, odds, go);
  for (const one of [which, method]) one.control.addEventListener("change", drawEffects);
  effect.control.addEventListener("change", drawDetails);
  likely.control.addEventListener("input", drawOdds);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wrong = [times, likely, seed, ...numbers].find((one) => !one.control.validity.valid);
    if (wrong) { say(wrong.control.validationMessage, true); wrong.control.focus(); return; }
    if (!request().path_prefix.startsWith("/")) { say("The path begins with a slash.", true); path.control.focus(); return; }
    const { method: asked, path_prefix: begin } = request();
    const given = numbers.map(({ key, read }) => [key, read()]).filter(([, value]) => value !== undefined);
    add({
      method: asked,
      path_prefix: begin,
      count: times.read(),
      probability: likely.read() / 100,
      ...(likely.read() < 100 && seed.read() !== undefined ? { seed: seed.read() } : {}),
      effect: { kind: effect.read(), ...Object.fromEntries(given) },
    });
  });
  drawEffects();
  drawOdds();
  return form;
}

export function faults() {
  const part = fold("Faults", true);
  const list = element("ul", "list");
  const none = element("p", "fold__text", "Nothing goes wrong on purpose. Choose what the next requests shall meet:");
  const clear = button("Remove all", "press press--quiet press--small", async () => {
    if (await part.doing(() => control("faults", "DELETE"), "Removed.")) look();
    ready.firstElementChild.focus();
  });
  const add = async (fault) => { if (await part.doing(() => control("faults", "POST", fault), "Added.")) look(); };

  const ready = element("div", "ready");
  ready.append(...READY.map(([words, fault]) => button(words, "ready__one", () => add(fault))));
  const own = element("details", "inner");
  own.append(element("summary", "inner__head", "Another fault"), ownFault(add, part.say));
  part.body.append(none, list, clear, ready, own);

  let drawn;
  async function look() {
    const all = await control("faults");
    const requests = all.reduce((sum, fault) => sum + fault.count, 0);
    part.state(requests ? count(requests, "to come", "to come") : "None", requests > 0);
    none.hidden = all.length > 0;
    list.hidden = !all.length;
    clear.hidden = !all.length;
    const now = JSON.stringify(all);
    if (now === drawn) return;
    // "Added." is not true any more once the last one was met.
    if (drawn && !all.length) part.say("");
    drawn = now;
    arrange(list, all.map((fault) => {
      const { title, text } = describe(fault);
      const item = element("li", "list__item");
      item.append(element("span", "list__title", title), element("span", "list__text", text));
      return item;
    }));
  }
  return { element: part.element, look };
}
