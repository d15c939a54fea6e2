// Everything that can be switched, one fold each.

import { control } from "../ask.js";
import { button, element } from "../dom.js";
import { openSheet } from "../sheet.js";
import { clock } from "./clock.js";
import { faults } from "./faults.js";
import { fold } from "./fold.js";
import { limits } from "./limits.js";
import { scans } from "./scans.js";
import { settings } from "./settings.js";

function autoResponder() {
  const part = fold("Auto-responder");
  part.body.append(element("p", "fold__text", "Answers every message of a guest, as the first of the staff in the space."));
  const set = settings(part, "auto-responder", [
    { key: "is_on", kind: "switch", label: "Answer by itself" },
    { key: "text", kind: "text", label: "Answer", hint: "{text} stands for what the guest wrote." },
    { key: "after_ms", kind: "number", label: "After", unit: "ms", max: 600_000 },
  ]);
  set.whenSeen(({ is_on: isOn }) => part.state(isOn ? "On" : "Off", isOn));
  return { element: part.element, look: set.look };
}

const ACTIVATIONS = [
  ["active", "Active"],
  ["not_activated", "Not activated: every request is refused (403)"],
  ["no_guest_to_guest_site", "No site for guests with guests (403)"],
];
const SHORT = { active: "Active", not_activated: "Not activated", no_guest_to_guest_site: "No site" };

function meetingLinks() {
  const part = fold("Meeting links");
  const set = settings(part, "instant-connect", [
    { key: "activation", kind: "choice", label: "Instant Connect is", options: ACTIVATIONS },
    { key: "is_strict", kind: "switch", label: "Refuse unknown fields", hint: "Instead of ignoring them." },
    { key: "latency_ms", kind: "number", label: "An answer takes", unit: "ms", isOptional: true, max: 600_000, hint: "Left empty, as long as at first." },
  ]);
  set.whenSeen(({ activation, is_strict: isStrict, latency_ms: latency }) => {
    const words = [SHORT[activation] ?? activation];
    if (isStrict) words.push("strict");
    if (typeof latency === "number") words.push(`${latency.toLocaleString()} ms`);
    part.state(words.join(", "), words.length > 1 || activation !== "active");
  });
  return { element: part.element, look: set.look };
}

function meetingPages() {
  const part = fold("Meeting pages");
  const set = settings(part, "visit-pages", [
    { key: "refuses_frames", kind: "switch", label: "Refuse to be shown in a frame" },
    { key: "refuses_firefox_on_android", kind: "switch", label: "Turn Firefox on Android away" },
    { key: "asks_permission", kind: "switch", label: "Ask for camera and microphone first" },
  ]);
  set.whenSeen((now) => {
    const isUsual = Object.values(now).every((value) => !value);
    part.state(isUsual ? "As usual" : "Changed", !isUsual);
  });
  return { element: part.element, look: set.look };
}

function guests() {
  const part = fold("Guests");
  const set = settings(part, "guests", [
    { key: "may_write_to_guests", kind: "switch", label: "May write to each other", hint: "Webex sells this as guest-to-guest." },
  ]);
  set.whenSeen(({ may_write_to_guests: mayWrite }) => part.state(mayWrite ? "To everybody" : "To staff only", mayWrite));
  const end = () => part.doing(() => control("expire-tokens", "POST"), "Every token that can run out has.");
  part.body.append(
    element("p", "fold__text", "Ends the access tokens of guests and of the Service App at once, so that a portal has to get new ones."),
    button("Let tokens run out now", "press press--quiet press--small", end),
  );
  return { element: part.element, look: set.look };
}

// Trouble on the way to whoever is told.
const LOSSES = [
  { key: "loses_percent", kind: "number", label: "Lost", unit: "%", max: 100 },
  { key: "duplicates_percent", kind: "number", label: "Told twice", unit: "%", max: 100 },
  { key: "delay_ms", kind: "number", label: "Told later by", unit: "ms", max: 600_000 },
];
const isLossy = (now) => LOSSES.some(({ key }) => now[key]);

function mercury() {
  const part = fold("Mercury");
  part.body.append(element("p", "fold__text", "The sockets on which clients hear at once what happens, who is typing, and who has read."));
  const set = settings(part, "mercury", [
    { key: "is_refused", kind: "switch", label: "Refuse new devices and sockets", hint: "With 503; those that are there stay." },
    { key: "is_silent", kind: "switch", label: "Stay open and tell nothing" },
    ...LOSSES,
  ]);
  set.whenSeen(({ is_refused: isRefused, is_silent: isSilent, ...now }) => {
    const isTroubled = isRefused || isSilent || isLossy(now);
    part.state(isRefused ? "Refused" : isSilent ? "Silent" : isTroubled ? "In trouble" : "As usual", isTroubled);
  });
  // 1006 is never sent: it is what a client makes of a connection that just ends.
  const lose = () => part.doing(() => control("mercury/close", "POST", { code: 1006 }), "Every socket is gone.");
  part.body.append(button("Lose every socket now", "press press--quiet press--small", lose));
  return { element: part.element, look: set.look };
}

function webhooks() {
  const part = fold("Webhooks");
  part.body.append(element("p", "fold__text", "A webhook whose target fails too often is switched off. The numbers are an assumption: Webex tells none."));
  const set = settings(part, "webhooks", [
    { key: "failures", kind: "number", label: "Failures that are too many", hint: "0 never gives up." },
    { key: "per_secs", kind: "number", label: "Within", unit: "s" },
    { key: "answer_within_ms", kind: "number", label: "A target has to answer within", unit: "ms" },
    ...LOSSES,
  ]);
  set.whenSeen(({ failures, ...now }) => isLossy(now) ? part.state("In trouble", true) : part.state(failures ? `Off after ${failures.toLocaleString()} failures` : "Never off"));
  return { element: part.element, look: set.look };
}

function startAgain(desk) {
  const part = fold("Start again");
  const gone = "Back to the first day: every space, message, guest, token and webhook made since is gone, and every switch is as it was.";
  part.body.append(element("p", "fold__text", `${gone} A portal that uses this simulator keeps what it remembers of them.`));
  const reset = () => openSheet({
    title: "Start again?",
    text: "Everything that was said and made in this simulator is forgotten. That cannot be taken back.",
    label: "Forget everything",
    isBad: true,
    act: async () => {
      await control("reset", "POST");
      part.say("Everything is as on the first day.");
      desk.refresh();
    },
  });
  part.body.append(button("Start again…", "press press--quiet press--small", reset));
  return { element: part.element, look: async () => {} };
}

export function switchesTab(desk) {
  const panel = element("div", "folds");
  const parts = [faults(), autoResponder(), clock(), limits(), guests(), scans(), meetingLinks(), meetingPages(), webhooks(), mercury(), startAgain(desk)];
  panel.append(...parts.map((part) => part.element));
  return { id: "switches", title: "Controls", panel, look: () => Promise.all(parts.map((part) => part.look())) };
}
