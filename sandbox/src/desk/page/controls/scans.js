// What the search for malware says of files.

import { control } from "../ask.js";
import { arrange, button, count, element } from "../dom.js";
import { choiceField, lineField, numberField } from "./fields.js";
import { fold } from "./fold.js";

const SCANS = [
  ["scanning", "Still being looked at (423)"],
  ["infected", "Found bad and removed (410)"],
  ["unscannable", "Cannot be looked into (428)"],
  ["clean", "Nothing wrong"],
];

function meaning({ scan, retry_after_secs: secs }) {
  const words = SCANS.find(([key]) => key === scan)?.[1] ?? scan;
  return secs === undefined ? words : `${words}, come back after ${secs} s`;
}

export function scans() {
  const part = fold("Files");
  const list = element("ul", "list");
  const clear = button("All files are clean again", "press press--quiet press--small", async () => {
    if (await part.doing(() => control("scans", "DELETE"))) look();
    name.control.focus();
  });

  const name = lineField({ label: "File", placeholder: "Any file", hint: "Its whole name." });
  const scan = choiceField({ label: "Is", options: SCANS });
  const secs = numberField({ label: "Come back after", unit: "s", max: 3600 });
  secs.write(5);
  scan.control.addEventListener("change", () => { secs.element.hidden = scan.read() !== "scanning"; });
  const set = element("button", "press press--quiet press--small", "Set");
  set.type = "submit";
  const form = element("form", "settings");
  form.noValidate = true;
  form.append(name.element, scan.element, secs.element, set);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const isScanning = scan.read() === "scanning";
    if (isScanning && !secs.control.validity.valid) { part.say(secs.control.validationMessage, true); return; }
    const rule = { file_name: name.read() || "*", scan: scan.read(), ...(isScanning ? { retry_after_secs: secs.read() } : {}) };
    if (await part.doing(() => control("scans", "POST", rule), "Set.")) look();
  });
  part.body.append(list, clear, form);

  let drawn;
  async function look() {
    const rules = await control("scans");
    part.state(rules.length ? count(rules.length, "rule", "rules") : "All clean", rules.length > 0);
    clear.hidden = !rules.length;
    list.hidden = !rules.length;
    const now = JSON.stringify(rules);
    if (now === drawn) return;
    drawn = now;
    arrange(list, rules.map((rule) => {
      const item = element("li", "list__item");
      const named = element("span", "list__title", rule.file_name === "*" ? "Any file" : rule.file_name);
      named.dir = "auto";
      item.append(named, element("span", "list__text", meaning(rule)));
      return item;
    }));
  }
  return { element: part.element, look };
}
