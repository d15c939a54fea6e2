// How much is too much: the simulator limits nothing until somebody says so.

import { control } from "../ask.js";
import { element } from "../dom.js";
import { makeField, numberField } from "./fields.js";
import { fold } from "./fold.js";
import { TYPED_FOR_MS } from "./settings.js";

const LIMITS = [
  { key: "per_token", label: "Limit each token", hint: "Requests with one access token, whatever they ask for.", what: "Requests", usual: { requests: 100, per_secs: 60 } },
  { key: "per_room", label: "Limit each space", hint: "Messages that anybody writes or edits in one space.", what: "Messages", usual: { requests: 10, per_secs: 10 } },
];

export function limits() {
  const part = fold("Limits");
  let [timer, isHeld] = [undefined, false];

  const rows = LIMITS.map(({ key, label, hint, what, usual }) => {
    const isOn = makeField({ kind: "switch", label, hint });
    const numbers = { requests: numberField({ label: what, min: 1 }), per_secs: numberField({ label: "Within", unit: "s", min: 1 }) };
    const pair = element("div", "row");
    pair.append(numbers.requests.element, numbers.per_secs.element);
    const whole = element("div", "settings");
    whole.append(isOn.element, pair);
    part.body.append(whole);
    const write = (limit) => {
      isOn.write(Boolean(limit));
      pair.hidden = !limit;
      for (const [name, one] of Object.entries(numbers)) one.write((limit ?? usual)[name]);
    };
    isOn.control.addEventListener("change", () => { pair.hidden = !isOn.read(); save(); });
    const typed = () => { isHeld = true; clearTimeout(timer); timer = setTimeout(save, TYPED_FOR_MS); };
    for (const one of Object.values(numbers)) for (const event of ["input", "change"]) one.control.addEventListener(event, typed);
    const isWrong = () => isOn.read() && Object.values(numbers).find((one) => !one.control.validity.valid);
    return { key, write, isWrong, read: () => (isOn.read() ? { requests: numbers.requests.read(), per_secs: numbers.per_secs.read() } : null) };
  });

  async function save() {
    clearTimeout(timer);
    isHeld = true;
    const wrong = rows.map((row) => row.isWrong()).find(Boolean);
    if (wrong) { part.say(wrong.control.validationMessage, true); return; }
    const wanted = Object.fromEntries(rows.map(({ key, read }) => [key, read()]));
    const isSaved = await part.doing(() => control("limits", "PUT", wanted), "Saved. Counting begins anew.");
    if (isSaved) { isHeld = false; look(); }
  }

  async function look() {
    const now = await control("limits");
    if (isHeld) return;
    for (const { key, write, read } of rows) if (JSON.stringify(read()) !== JSON.stringify(now[key])) write(now[key]);
    const set = Object.values(now).filter(Boolean).length;
    part.state(set ? "Set" : "None", set > 0);
  }
  for (const row of rows) row.write(null);
  return { element: part.element, look };
}
