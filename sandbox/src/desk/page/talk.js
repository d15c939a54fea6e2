// The open space: what was said, how far one has read, and answering.

import { ask, asJson } from "./ask.js";
import { addPeople } from "./begin.js";
import { makeComposer } from "./composer.js";
import { byId, count, listed } from "./dom.js";
import { drawMessages } from "./entries.js";
import { EVERYBODY } from "./names.js";
import { keepPlace } from "./place.js";

// Whoever types says so again before this has passed.
const TYPING_LAPSES_AFTER_MS = 15_000;

const isLooking = () => document.visibilityState === "visible" && document.hasFocus();

// The server counts from the newest: so many at the end are unread.
function firstUnread(messages, unread) {
  const there = messages.filter((message) => !message.is_deleted);
  return unread ? there.at(-Math.min(unread, there.length))?.id : undefined;
}

export function makeTalk(desk) {
  const [log, jump, signs] = [byId("log"), byId("jump"), byId("signs")];
  const place = keepPlace(log);
  const places = new Map();
  // Where reading began, whether the space was only just opened, the newest when one last stood at the end, and what the server was told.
  let [newFrom, isFresh, seen, marked] = [undefined, true, undefined, undefined];

  const spaceNow = () => desk.spaces.find(({ id }) => id === desk.open);
  const composer = makeComposer(byId("form"), {
    words: { text: "Reply as staff", placeholder: "Write a reply", send: "Send reply" },
    members: () => [...(spaceNow()?.members ?? []), ...(spaceNow()?.is_direct ? [] : [EVERYBODY])],
    sent: () => { place.toEnd(); desk.refresh(); },
  });

  function drawHead() {
    const space = spaceNow();
    for (const id of ["head", "log", "signs", "form"]) byId(id).hidden = !space;
    byId("none").hidden = Boolean(space);
    byId("desk").classList.toggle("desk--open", Boolean(space));
    byId("title").textContent = space?.title ?? "";
    byId("members").textContent = space ? ["You", ...space.members].join(", ") : "";
    byId("members").title = byId("members").textContent;
    byId("add-people").hidden = !space || space.is_direct;
  }

  function drawJump() {
    const isAway = Boolean(spaceNow()) && !place.isAtEnd();
    if (!isAway) seen = desk.messages.at(-1)?.id;
    const missed = desk.messages.length - 1 - desk.messages.findIndex(({ id }) => id === seen);
    jump.hidden = !isAway;
    jump.textContent = missed > 0 && seen ? `${count(missed, "new message", "new messages")} ↓` : "To the newest ↓";
  }

  // Who is typing; otherwise who has seen what was said last.
  let lapse;
  function drawSigns() {
    const { typing = [], seen_by: seenBy = [] } = spaceNow() ?? {};
    clearTimeout(lapse);
    if (typing.length) lapse = setTimeout(desk.refresh, TYPING_LAPSES_AFTER_MS);
    const words = typing.length ? `${listed(typing)} ${typing.length > 1 ? "are" : "is"} typing…` : seenBy.length ? `Seen by ${listed(seenBy)}` : "";
    if (signs.textContent !== words) signs.textContent = words;
  }

  async function markRead() {
    const [space, last] = [spaceNow(), desk.messages.findLast((message) => !message.is_deleted)];
    if (!space?.unread || !last || !isLooking() || marked === last.id) return;
    marked = last.id;
    try {
      await ask(`rooms/${encodeURIComponent(space.id)}/read`, asJson("PUT", { as: desk.as, message_id: last.id }));
    } catch {
      marked = undefined;
    }
  }

  function draw() {
    const [space, messages] = [spaceNow(), desk.messages];
    drawHead();
    drawSigns();
    if (!space) { log.replaceChildren(); jump.hidden = true; return; }
    // A line for what came while nobody looked; what is seen coming needs none.
    if (space.unread && (isFresh || !isLooking())) newFrom = firstUnread(messages, space.unread);
    drawMessages(log, messages, desk, { newFrom });
    const first = isFresh && newFrom && log.querySelector(':scope > [data-id="new"]');
    if (first && first.offsetTop < log.scrollHeight - log.clientHeight) place.show(first);
    else place.restore();
    isFresh = false;
    drawJump();
    markRead();
  }

  function open(id) {
    if (desk.open) places.set(`${desk.as} ${desk.open}`, place.get());
    desk.open = id;
    [newFrom, isFresh, seen, marked] = [undefined, true, undefined, undefined];
    desk.messages = [];
    log.replaceChildren();
    place.set(places.get(`${desk.as} ${id}`));
    composer.writeTo(id ? { as: desk.as, room: id } : undefined);
    drawHead();
    if (!id) return;
    // On a phone the keyboard would cover what one came to read.
    if (matchMedia("(pointer: coarse)").matches) log.focus();
    else composer.focus();
  }

  byId("add-people").addEventListener("click", () => addPeople(desk, spaceNow()));
  log.addEventListener("scroll", drawJump, { passive: true });
  jump.addEventListener("click", () => { place.toEnd(); log.focus(); });
  for (const [target, event] of [[window, "focus"], [document, "visibilitychange"]]) target.addEventListener(event, markRead);
  const talk = log.parentElement;
  talk.addEventListener("dragover", (event) => { if (desk.open && event.dataTransfer.types.includes("Files")) event.preventDefault(); });
  talk.addEventListener("drop", (event) => {
    const [file] = event.dataTransfer.files;
    if (!file || !desk.open) return;
    event.preventDefault();
    composer.carry(file);
  });
  return { draw, open, say: composer.say, focus: composer.focus };
}
