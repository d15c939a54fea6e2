// One thread beside the conversation: what it answers, every reply, and a place to write the next.

import { makeComposer } from "./composer.js";
import { byId } from "./dom.js";
import { drawMessages } from "./entries.js";
import { EVERYBODY } from "./names.js";
import { keepPlace } from "./place.js";

export function makeThread(desk) {
  const [panel, log] = [byId("thread"), byId("thread-log")];
  const place = keepPlace(log);
  // What was pressed to come here.
  let cameFrom;
  const spaceNow = () => desk.spaces.find(({ id }) => id === desk.open);
  const composer = makeComposer(byId("thread-form"), {
    words: { text: "Reply in this thread", placeholder: "Reply in this thread", send: "Reply" },
    members: () => [...(spaceNow()?.members ?? []), ...(spaceNow()?.is_direct ? [] : [EVERYBODY])],
    sent: () => { place.toEnd(); desk.refresh(); },
  });

  // The first message may be gone, or older than what is shown: then its replies tell of it.
  function rootOf(messages, replies) {
    const root = messages.find(({ id }) => id === desk.thread);
    if (root || !replies.length) return root;
    const { answers, created } = replies[0];
    const isGone = !answers.author;
    return { id: desk.thread, author: answers.author ?? "Somebody", is_deleted: isGone, text: answers.text, runs: [answers.text], files: [], created };
  }

  function draw() {
    const replies = desk.messages.filter(({ answers }) => desk.thread && answers?.id === desk.thread);
    const root = rootOf(desk.messages, replies);
    if (desk.thread && !root) { close(); return; }
    const isOpen = Boolean(desk.thread);
    panel.hidden = !isOpen;
    byId("desk").classList.toggle("desk--thread", isOpen);
    if (!isOpen) { log.replaceChildren(); return; }
    byId("thread-where").textContent = spaceNow()?.title ?? "";
    drawMessages(log, [root, ...replies], desk, { isThread: true });
    place.restore();
  }

  function open(message) {
    cameFrom = document.activeElement?.closest("[data-id]")?.dataset.id ?? message.id;
    desk.thread = message.answers?.id ?? message.id;
    log.replaceChildren();
    place.toEnd();
    composer.writeTo({ as: desk.as, room: desk.open, parent: desk.thread });
    draw();
    composer.focus();
  }

  function close() {
    const back = cameFrom && byId("log").querySelector(`[data-id="${CSS.escape(cameFrom)}"] button`);
    const hadFocus = panel.contains(document.activeElement);
    desk.thread = undefined;
    cameFrom = undefined;
    composer.writeTo(undefined);
    draw();
    if (hadFocus) (back ?? byId("log")).focus();
  }

  byId("thread-close").addEventListener("click", close);
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  return { draw, open, close, say: composer.say };
}
