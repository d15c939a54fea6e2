// The desk: asks the sandbox what there is and draws it with text nodes only. The sandbox says when something changed; then it asks again.

import { ask, asJson, byId, element, face, fileSize, isToday, shortDate, time } from "./dom.js";
import { act, drawMessages } from "./entries.js";

const [staffChoice, spaceList, log, form, text, send, problem, attach, picker] =
  ["staff", "spaces", "log", "form", "text", "send", "problem", "attach", "picker"].map(byId);

const MAX_FILE_BYTES = 100 * 1024 * 1024;

const desk = {
  staff: [], as: "", spaces: [], open: "", drafts: new Map(), log, answering: undefined, file: undefined,
  refresh,
  replyTo: (message) => { desk.answering = message; drawContext(); text.focus(); },
  act: async (path, options) => {
    const isDone = await act(path, options, (words) => { problem.textContent = words; });
    refresh();
    return isDone;
  },
};

// Memory stands in where the browser keeps nothing for us.
const memory = new Map();
const keep = (key, value) => { memory.set(key, value); try { localStorage.setItem(key, value); } catch { /* memory it is */ } };
const kept = (key) => { if (memory.has(key)) return memory.get(key); try { return localStorage.getItem(key); } catch { return null; } };

const roomPath = (room, what) => `rooms/${encodeURIComponent(room)}/${what}`;
const asQuery = () => `as=${encodeURIComponent(desk.as)}`;
const readKey = (room) => `desk-read:${desk.as}:${room}`;
const isUnread = ({ id, last_message: last }) => last && !last.is_own && id !== desk.open && kept(readKey(id)) !== last.id;

function spaceItem(space) {
  const item = element("li");
  const button = element("button", isUnread(space) ? "space space--unread" : "space");
  button.type = "button";
  button.dataset.room = space.id;
  if (space.id === desk.open) button.setAttribute("aria-current", "true");
  const last = space.last_message;
  const when = new Date(space.last_activity);
  const picture = face(space.title, space.is_direct);
  picture.classList.add("space__face");
  button.append(picture, element("span", "space__title", space.title), element("span", "space__time", (isToday(when) ? time : shortDate).format(when)));
  button.append(element("span", "space__last", last ? `${last.is_own ? "You" : last.author}: ${last.text}` : "Nothing said yet"));
  if (isUnread(space)) {
    const mark = element("span", "space__mark");
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", "Unread");
    button.append(mark);
  }
  button.addEventListener("click", () => openSpace(space.id));
  item.append(button);
  return item;
}

function drawSpaces() {
  const focused = document.activeElement?.dataset?.room;
  spaceList.replaceChildren(...desk.spaces.map(spaceItem));
  byId("no-spaces").hidden = desk.spaces.length > 0;
  if (focused) [...spaceList.querySelectorAll("button")].find((button) => button.dataset.room === focused)?.focus();
  const unread = desk.spaces.filter(isUnread).length;
  document.title = unread ? `(${unread}) Desk · Webex simulator` : "Desk · Webex simulator";
}

function drawHead() {
  const space = desk.spaces.find(({ id }) => id === desk.open);
  for (const id of ["head", "log", "form"]) byId(id).hidden = !space;
  byId("none").hidden = Boolean(space);
  byId("desk").classList.toggle("desk--open", Boolean(space));
  byId("title").textContent = space?.title ?? "";
  byId("members").textContent = space ? ["You", ...space.members].join(", ") : "";
}

// What the next message answers and carries.
function drawContext() {
  const { answering, file } = desk;
  byId("answering").hidden = !answering;
  byId("answering-what").textContent = answering ? `Replying to ${answering.author}: ${answering.text}` : "";
  byId("attached").hidden = !file;
  byId("attached-what").textContent = file ? `${file.name}, ${fileSize(file.size)}` : "";
}

function clearContext() {
  desk.answering = undefined;
  desk.file = undefined;
  picker.value = "";
  drawContext();
}

const isAtEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;

// What stands at the top of the window, so that it can stand there again.
let place = { isEnd: true };
function notePlace() {
  const top = [...log.children].find((item) => item.offsetTop + item.offsetHeight > log.scrollTop);
  place = isAtEnd() ? { isEnd: true } : { item: top, above: (top?.offsetTop ?? 0) - log.scrollTop };
}
function keepPlace() {
  if (place.isEnd) log.scrollTop = log.scrollHeight;
  else if (place.item?.isConnected) log.scrollTop = place.item.offsetTop - place.above;
}

function showMessages(messages) {
  const wasAtEnd = isAtEnd();
  drawMessages(messages, desk);
  if (wasAtEnd) log.scrollTop = log.scrollHeight;
  if (messages.length) keep(readKey(desk.open), (messages.findLast((message) => !message.is_deleted) ?? messages.at(-1)).id);
}

let isRefreshing = false;
let isStale = false;

// One question at a time; what changes meanwhile is asked for right after.
async function refresh() {
  isStale = true;
  if (isRefreshing) return;
  isRefreshing = true;
  while (isStale) {
    isStale = false;
    try {
      const { as, open } = desk;
      const spaces = await ask(`rooms?${asQuery()}`);
      const isThere = spaces.some(({ id }) => id === open);
      const messages = isThere ? await ask(`${roomPath(open, "messages")}?${asQuery()}`) : [];
      if (as !== desk.as || open !== desk.open) { isStale = true; continue; }
      desk.spaces = spaces;
      if (!isThere) desk.open = "";
      drawHead();
      showMessages(messages);
      drawSpaces();
    } catch { /* the event stream says when the sandbox is back */ }
  }
  isRefreshing = false;
}

function openSpace(id) {
  if (desk.open) desk.drafts.set(desk.open, text.value);
  desk.open = id;
  text.value = desk.drafts.get(id) ?? "";
  problem.textContent = "";
  place = { isEnd: true };
  clearContext();
  log.replaceChildren();
  drawHead();
  drawSpaces();
  refresh();
  if (id) text.focus();
}

function chooseStaff(id) {
  desk.as = id;
  keep("desk-as", id);
  staffChoice.value = id;
  openSpace("");
}

function post(room, words) {
  const parent = desk.answering?.answers?.id ?? desk.answering?.id;
  if (!desk.file) return ask(roomPath(room, "messages"), asJson("POST", { as: desk.as, text: words, parent_id: parent }));
  const query = new URLSearchParams({ as: desk.as, name: desk.file.name, text: words });
  if (parent) query.set("parent_id", parent);
  const headers = { "content-type": desk.file.type || "application/octet-stream" };
  return ask(`${roomPath(room, "files")}?${query}`, { method: "POST", headers, body: desk.file });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const room = desk.open;
  const words = text.value;
  if ((!words.trim() && !desk.file) || send.disabled) return;
  send.disabled = true;
  problem.textContent = "";
  try {
    await post(room, words);
    desk.drafts.delete(room);
    if (desk.open === room) {
      if (text.value === words) text.value = "";
      clearContext();
    }
    log.scrollTop = log.scrollHeight;
    refresh();
  } catch (error) {
    problem.textContent = error.isRefusal ? error.message : "Not sent: the simulator does not answer. Your words are still here; send them again.";
  }
  send.disabled = false;
  text.focus();
});

text.addEventListener("keydown", (event) => {
  if (event.key === "Escape") clearContext();
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});
attach.addEventListener("click", () => picker.click());
picker.addEventListener("change", () => {
  const [file] = picker.files;
  const isTooLarge = file && file.size > MAX_FILE_BYTES;
  problem.textContent = isTooLarge ? "A file may have 100 MB at most." : "";
  desk.file = isTooLarge ? undefined : file;
  drawContext();
  text.focus();
});
byId("answering-cancel").addEventListener("click", () => { desk.answering = undefined; drawContext(); text.focus(); });
byId("attached-cancel").addEventListener("click", () => { desk.file = undefined; picker.value = ""; drawContext(); text.focus(); });
staffChoice.addEventListener("change", () => chooseStaff(staffChoice.value));
// Whoever reads stays where they are when the window or the text box changes its size.
log.addEventListener("scroll", notePlace);
new ResizeObserver(keepPlace).observe(log);
byId("back").addEventListener("click", () => openSpace(""));

async function start() {
  const { staff, portal_url: portal } = await ask("desk");
  desk.staff = staff;
  staffChoice.replaceChildren(...staff.map(({ id, name }) => new Option(name, id)));
  if (portal) Object.assign(byId("portal"), { href: portal, hidden: false });
  const former = kept("desk-as");
  chooseStaff((staff.find(({ id }) => id === former) ?? staff[0]).id);
  const events = new EventSource("/desk/api/events");
  events.addEventListener("changed", refresh);
  events.addEventListener("open", () => { byId("offline").hidden = true; refresh(); });
  events.addEventListener("error", () => { byId("offline").hidden = false; });
}

start().catch(() => { byId("offline").hidden = false; });
