// What was asked of the simulated Webex.

import { control } from "../ask.js";
import { element, seconds } from "../dom.js";
import { logList, statusMark } from "./log-list.js";

const WHO = { none: "No token", unknown: "Unknown token", staff: "Staff", bot: "Bot", service_app: "Service App", guest: "Guest" };

// As many as are drawn, and one that tells that there are more. Whoever looks for something looks among all.
const NEWEST = 201;

const who = ({ credential }) => WHO[credential] ?? credential;
const address = ({ path, query }) => (query ? `${path}?${query}` : path);
const ofClass = (hundred) => ({ status }) => Math.floor((status ?? 0) / 100) === hundred;

const KINDS = [
  ["Any answer", () => true],
  ["2xx: done", ofClass(2)],
  ["3xx: elsewhere", ofClass(3)],
  ["4xx: refused", ofClass(4)],
  ["5xx: failed", ofClass(5)],
  ["No answer", ({ status }) => status === undefined],
  ["Met by a fault", ({ is_fault: isFault }) => isFault],
];

// The page says already that the simulator does not answer.
const quietly = (work) => work.catch(() => {});

function row(entry) {
  const made = element("li", "log__row");
  const when = element("time", "log__time", seconds.format(new Date(entry.arrived_at)));
  when.dateTime = entry.arrived_at;
  when.title = entry.arrived_at;
  const path = element("span", "log__path");
  // Long addresses break at their parts.
  path.append(...address(entry).split(/(?=[/?&])/).flatMap((part) => [document.createElement("wbr"), part]));
  path.title = `${address(entry)}\ntrackingid ${entry.tracking_id}`;
  const status = element("span", "log__status");
  status.append(statusMark(entry.status, "lost"));
  const by = element("span", "log__who", who(entry));
  if (entry.is_fault) by.append(" ", element("span", "chip chip--bad", "Fault"));
  made.append(when, element("span", "log__method", entry.method), path, by, status);
  return made;
}

export function journalTab() {
  const log = logList({
    title: "journal",
    kinds: KINDS,
    heads: ["Time", "Method", "Path", "Who", "Status"],
    key: (entry) => `${entry.tracking_id} ${entry.arrived_at}`,
    words: (entry) => `${entry.method} ${address(entry)} ${who(entry)} ${entry.status ?? ""} ${entry.tracking_id}`,
    row,
    sought: () => quietly(look()),
    none: "Nothing was asked yet. Every request of a client appears here.",
    clear: () => quietly(control("journal", "DELETE").then(look)),
  });
  let isLooking = false;
  async function look() {
    if (isLooking) return;
    isLooking = true;
    let [entries, isWhole] = [[], false];
    try {
      do {
        isWhole = log.isSeeking();
        entries = await control(isWhole ? "journal" : `journal?newest=${NEWEST}`);
      } while (isWhole !== log.isSeeking());
      log.show(entries, !isWhole && entries.length >= NEWEST);
    } finally {
      isLooking = false;
    }
  }
  return { id: "journal", title: "Journal", panel: log.panel, look };
}
