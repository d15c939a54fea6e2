// The list of spaces: the newest first, with how many messages nobody has seen.

import { arrange, byId, element, face, isToday, named, shortDate, time } from "./dom.js";

const list = byId("spaces");
const find = byId("find");
// So many are seen at a glance.
const FEW = 8;
const MANY = 99;

const matches = ({ title, members }, words) => [title, ...members].some((text) => text.toLocaleLowerCase().includes(words));

function lastWords({ last_message: last, is_direct: isDirect }) {
  const made = element("span", "space__last");
  if (!last) { made.textContent = "Nothing said yet"; return made; }
  if (last.is_own) made.append("You: ");
  else if (!isDirect) made.append(named(last.author), ": ");
  made.append(named(last.text || (last.cards ? "A card" : "A file")));
  return made;
}

function unreadMark(unread) {
  const mark = element("span", "space__unread", unread > MANY ? `${MANY}+` : String(unread));
  mark.append(element("span", "unseen", " unread"));
  return mark;
}

function fill(open, space) {
  const when = new Date(space.last_activity);
  const title = element("span", "space__title", space.title);
  title.dir = "auto";
  const picture = face(space.title, space.is_direct ? undefined : "group");
  picture.classList.add("space__face");
  open.replaceChildren(picture, title, element("span", "space__time", (isToday(when) ? time : shortDate).format(when)), lastWords(space));
  if (space.unread) open.append(unreadMark(space.unread));
}

function spaceItem(item, space, desk) {
  const open = item.firstElementChild;
  open.className = space.unread ? "space space--unread" : "space";
  if (space.id === desk.open) open.setAttribute("aria-current", "true");
  else open.removeAttribute("aria-current");
  const now = JSON.stringify([space, new Date().toDateString()]);
  if (item.dataset.drawn !== now) fill(open, space);
  item.dataset.drawn = now;
}

function newItem(space, desk) {
  const item = element("li");
  const open = element("button");
  open.type = "button";
  open.addEventListener("click", () => desk.openSpace(space.id));
  item.append(open);
  item.dataset.room = space.id;
  return item;
}

export function drawSpaces(desk) {
  const words = find.value.trim().toLocaleLowerCase();
  const shown = words ? desk.spaces.filter((space) => matches(space, words)) : desk.spaces;
  const drawn = new Map([...list.children].map((item) => [item.dataset.room, item]));
  arrange(list, shown.map((space) => {
    const item = drawn.get(space.id) ?? newItem(space, desk);
    spaceItem(item, space, desk);
    return item;
  }));
  find.hidden = desk.spaces.length <= FEW && !words;
  const none = byId("no-spaces");
  none.hidden = shown.length > 0;
  none.textContent = words ? "No space of that name." : "No spaces yet. One appears here as soon as a guest writes to you.";
  const unread = desk.spaces.reduce((sum, space) => sum + space.unread, 0);
  document.title = unread ? `(${unread}) Desk · Webex simulator` : "Desk · Webex simulator";
}

// The arrows go from space to space.
list.addEventListener("keydown", (event) => {
  const steps = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const all = [...list.querySelectorAll("button")];
  const next = all.indexOf(document.activeElement) + step;
  all[Math.min(Math.max(next, 0), all.length - 1)]?.focus();
});

export const setUpSpaces = (desk) => {
  find.addEventListener("input", () => drawSpaces(desk));
  find.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    list.querySelector("button")?.focus();
  });
};
