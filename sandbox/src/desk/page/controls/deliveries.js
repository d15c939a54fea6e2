// Which webhooks were told what, and how that went.

import { control } from "../ask.js";
import { element, seconds } from "../dom.js";
import { logList, statusMark } from "./log-list.js";

const isTaken = ({ outcome, status }) => outcome === "answered" && status >= 200 && status < 300;

const KINDS = [
  ["Any outcome", () => true],
  ["Taken", isTaken],
  ["Refused", (entry) => entry.outcome === "answered" && !isTaken(entry)],
  ["Not reached", ({ outcome }) => outcome === "failed"],
  ["Swallowed by a fault", ({ outcome }) => outcome === "lost"],
];

const outcome = ({ outcome: how, problem }) => ({ failed: problem ?? "not reached", lost: "Swallowed by a fault" }[how] ?? "");

function row(entry) {
  const made = element("li", "log__row");
  const when = element("time", "log__time", seconds.format(new Date(entry.at)));
  when.dateTime = entry.at;
  when.title = entry.at;
  const target = element("span", "log__path", entry.target_url);
  target.title = `${entry.target_url}\nwebhook ${entry.webhook_id}`;
  const status = element("span", "log__status");
  status.append(statusMark(entry.status, entry.outcome === "lost" ? "lost" : "failed"));
  const what = element("span", "log__method log__method--long", `${entry.resource} ${entry.event}`);
  made.append(when, what, target, element("span", "log__who", outcome(entry)), status);
  return made;
}

export function deliveriesTab() {
  const log = logList({
    title: "deliveries",
    kinds: KINDS,
    heads: ["Time", "What", "Told", "Outcome", "Status"],
    key: (entry) => entry.key,
    words: (entry) => `${entry.resource} ${entry.event} ${entry.target_url} ${entry.status ?? ""} ${outcome(entry)}`,
    row,
    none: "No webhook was told anything yet.",
  });
  const look = async () => {
    const entries = await control("deliveries");
    // They have no name of their own; told twice, they are alike but for their place.
    const seen = new Map();
    for (const entry of entries) {
      const alike = JSON.stringify(entry);
      seen.set(alike, (seen.get(alike) ?? 0) + 1);
      entry.key = `${alike} ${seen.get(alike)}`;
    }
    log.show(entries);
  };
  return { id: "deliveries", title: "Deliveries", panel: log.panel, look };
}
