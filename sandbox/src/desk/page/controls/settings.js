// Settings that are one object of the simulator: read, changed, put back whole. A change counts at once.

import { control } from "../ask.js";
import { element } from "../dom.js";
import { makeField, unknownField } from "./fields.js";

// So long after the last key what was typed counts.
export const TYPED_FOR_MS = 500;

// `into` is the fold it lives in.
export function settings(into, path, described) {
  const fields = described.map(makeField);
  // What somebody changed and the simulator has not taken yet: not to be overwritten by what was before.
  const held = new Set();
  let [known, timer, saves] = [{}, undefined, 0];
  const form = element("div", "settings");
  form.append(...fields.map((one) => one.element));
  into.body.append(form);

  // What is left out and what is nothing are the same.
  const isKnown = ({ key, read }) => (read() ?? undefined) === (known[key] ?? undefined);

  async function save() {
    clearTimeout(timer);
    const there = fields.filter((one) => !one.element.hidden);
    const wrong = there.find(({ control: input }) => input.validity?.valid === false);
    if (wrong) { into.say(wrong.control.validationMessage, true); return; }
    saves += 1;
    const [mine, saving] = [saves, [...held]];
    const wanted = { ...known, ...Object.fromEntries(there.map(({ key, read }) => [key, read()])) };
    const isSaved = await into.doing(() => control(path, "PUT", wanted), "Saved.");
    if (!isSaved || mine !== saves) return;
    for (const one of saving) held.delete(one);
    known = wanted;
    look();
  }

  function watch(one) {
    const hold = () => { held.add(one); into.say(""); clearTimeout(timer); };
    // Whoever types is given a moment; whoever goes on to the next field is done.
    if (!one.isAtOnce) one.control.addEventListener("input", () => { hold(); timer = setTimeout(save, TYPED_FOR_MS); });
    one.control.addEventListener("change", () => {
      if (isKnown(one)) return;
      hold();
      save();
    });
  }
  fields.forEach(watch);

  let seen = () => {};
  async function look() {
    const before = saves;
    const now = await control(path);
    if (before !== saves) return;
    known = now;
    // This page may be older or newer than the simulator.
    for (const one of fields) one.element.hidden = !(one.key in now);
    for (const [key, value] of Object.entries(now)) {
      if (fields.some((one) => one.key === key)) continue;
      const one = unknownField(key, value);
      if (!one) continue;
      fields.push(one);
      form.append(one.element);
      watch(one);
    }
    for (const one of fields) if (!held.has(one) && !isKnown(one)) one.write(now[one.key]);
    seen(now);
  }
  // `seen` hears what the simulator has now.
  return { look, whenSeen: (hear) => { seen = hear; } };
}
