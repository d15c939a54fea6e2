// The messages of a space or a thread: drawn once, touched only where something changed, so that a screen reader hears only what is new.

import { asJson } from "./ask.js";
import { drawCard } from "./card.js";
import { arrange, button, count, date, drawRuns, element, face, named, time } from "./dom.js";
import { edit } from "./edit.js";
import { fileCard } from "./files.js";

const SAME_FOR_MS = 300_000;
const FACES = 3;

const pathOf = (message, what = "") => `messages/${encodeURIComponent(message.id)}${what}`;

function acts(message, item, desk, isThread) {
  const made = element("div", "message__acts");
  if (message.is_deleted) return made;
  if (!isThread) made.append(button("Reply in thread", "act", () => desk.openThread(message)));
  if (message.can_edit) made.append(button("Edit", "act", () => edit(message, item, desk)));
  if (message.is_own) made.append(button("Delete", "act", () => desk.act(`${pathOf(message)}?as=${encodeURIComponent(desk.as)}`, { method: "DELETE" })));
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", `Message: ${message.text.slice(0, 60)}`);
  return made;
}

function answered(message, desk) {
  const { author, text } = message.answers;
  const made = button(undefined, "message__answers", () => desk.openThread(message));
  const who = element("span", "message__answers-who", author ? "Reply to " : "Reply to a deleted message");
  if (author) who.append(named(author));
  made.append(who);
  if (text) made.append(element("span", "message__answers-text", text));
  return made;
}

function repliesTo(message, replies, desk) {
  const made = button(undefined, "replies", () => desk.openThread(message));
  const authors = [...new Map(replies.map((reply) => [reply.author, reply])).values()].slice(0, FACES);
  const faces = element("span", "replies__faces");
  faces.append(...authors.map(({ author }) => face(author)));
  made.append(faces, element("span", "replies__count", count(replies.length, "reply", "replies")));
  made.append(element("span", "replies__last", `last at ${time.format(new Date(replies.at(-1).created))}`));
  return made;
}

function words(message) {
  const made = element("div", "message__text");
  made.dir = "auto";
  drawRuns(made, message.runs);
  return made;
}

function heading(message) {
  const by = element("div", "message__by");
  const when = element("time", "message__time", time.format(new Date(message.created)));
  when.dateTime = message.created;
  by.append(named(message.author, "message__author"));
  if (message.is_guest) by.append(element("span", "chip", "Guest"));
  by.append(when);
  return by;
}

function fill(item, message, replies, desk, isThread) {
  const body = element("div", "message__body");
  body.append(heading(message));
  const cards = message.cards ?? [];
  if (message.is_deleted) {
    body.append(element("p", "message__gone", message.is_own ? "You deleted your message." : "This message was deleted."));
  } else {
    if (message.answers && !isThread) body.append(answered(message, desk));
    // With a card the words are for those who cannot see cards.
    if (message.runs.length && !cards.length) body.append(words(message));
    const submit = (inputs) => desk.submit(pathOf(message, "/actions"), asJson("POST", { as: desk.as, inputs }));
    body.append(...cards.map((card) => drawCard(card, submit)));
    body.append(...message.files.map((file) => fileCard(file, desk.as)));
    if (message.is_edited) body.append(element("span", "message__note", "edited"));
  }
  body.append(acts(message, item, desk, isThread));
  if (replies.length && !isThread) body.append(repliesTo(message, replies, desk));
  item.replaceChildren(face(message.author, message.is_guest ? "guest" : undefined), body);
}

function drawEntry(item, message, replies, desk, isThread) {
  const now = JSON.stringify([message, replies.map(({ author, created }) => [author, created])]);
  if (item.dataset.drawn === now || (item.dataset.editing && !message.is_deleted)) return;
  const hadFocus = item.contains(document.activeElement);
  fill(item, message, replies, desk, isThread);
  delete item.dataset.editing;
  item.dataset.drawn = now;
  if (hadFocus) (item.querySelector(".act") ?? item.parentElement)?.focus();
}

const line = (id, className, content) => {
  const made = element("p", className, content);
  made.dataset.id = id;
  return made;
};

// `newFrom` is the first unread message; a line stands above it.
export function drawMessages(log, messages, desk, { newFrom, isThread = false } = {}) {
  const drawn = new Map([...log.children].map((item) => [item.dataset.id, item]));
  const replies = Map.groupBy(messages.filter(({ answers }) => answers), ({ answers }) => answers.id);
  const wanted = [];
  let former;
  for (const message of messages) {
    const when = new Date(message.created);
    const day = when.toDateString();
    if (!former || new Date(former.created).toDateString() !== day) {
      wanted.push(drawn.get(day) ?? line(day, "day", date.format(when)));
      former = undefined;
    }
    if (message.id === newFrom) {
      wanted.push(drawn.get("new") ?? line("new", "new", "New"));
      former = undefined;
    }
    const item = drawn.get(message.id) ?? element("article", "message");
    item.dataset.id = message.id;
    drawEntry(item, message, replies.get(message.id) ?? [], desk, isThread);
    const isSame = former?.author === message.author && when - new Date(former.created) < SAME_FOR_MS;
    item.classList.toggle("message--own", message.is_own);
    item.classList.toggle("message--same", isSame);
    wanted.push(item);
    former = message;
  }
  arrange(log, wanted);
}
