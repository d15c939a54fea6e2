// The desk: asks the sandbox what there is and draws it with text nodes only. The sandbox says when something changed; then it asks again.

const byId = (id) => document.getElementById(id);
const [staffChoice, spaceList, log, form, text, send, problem] = ["staff", "spaces", "log", "form", "text", "send", "problem"].map(byId);

const desk = { staff: [], as: "", spaces: [], open: "", drafts: new Map() };

// Memory stands in where the browser keeps nothing for us.
const memory = new Map();
const keep = (key, value) => { memory.set(key, value); try { localStorage.setItem(key, value); } catch { /* memory it is */ } };
const kept = (key) => { if (memory.has(key)) return memory.get(key); try { return localStorage.getItem(key); } catch { return null; } };

const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const shortDate = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const isToday = (when) => when.toDateString() === new Date().toDateString();

function element(tag, className, content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (content !== undefined) made.textContent = content;
  return made;
}

function face(name, isGuest) {
  const initials = (name.match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, 2).map((word) => [...word][0].toUpperCase()).join("");
  const made = element("span", isGuest ? "face face--guest" : "face", initials);
  made.setAttribute("aria-hidden", "true");
  return made;
}

async function ask(path, options) {
  const response = await fetch(`/desk/api/${path}`, options);
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.message ?? response.statusText), { isRefusal: true });
  return answer;
}

const messagesPath = (room) => `rooms/${encodeURIComponent(room)}/messages`;
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

function messageItem(message) {
  const item = element("article", message.is_own ? "message message--own" : "message");
  const body = element("div", "message__body");
  const by = element("div", "message__by");
  const when = element("time", "message__time", time.format(new Date(message.created)));
  when.dateTime = message.created;
  by.append(element("span", "message__author", message.author), when);
  body.append(by, element("div", "message__text"), element("span", "message__note"));
  item.append(face(message.author, message.is_guest), body);
  item.dataset.id = message.id;
  return item;
}

// Touches only what changed, so that a screen reader hears only what is new.
function drawMessages(messages) {
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const drawn = new Map([...log.children].map((item) => [item.dataset.id, item]));
  const wanted = [];
  let former;
  for (const message of messages) {
    const day = new Date(message.created).toDateString();
    if (!former || new Date(former.created).toDateString() !== day) {
      const separator = drawn.get(day) ?? element("p", "day", date.format(new Date(message.created)));
      separator.dataset.id = day;
      wanted.push(separator);
      former = undefined;
    }
    const item = drawn.get(message.id) ?? messageItem(message);
    const isSame = former?.author === message.author && new Date(message.created) - new Date(former.created) < 300_000;
    item.classList.toggle("message--same", Boolean(isSame));
    const [words, note] = [item.querySelector(".message__text"), item.querySelector(".message__note")];
    const remark = [message.is_reply && "reply in a thread", message.is_edited && "edited"].filter(Boolean).join(" · ");
    if (words.textContent !== message.text) words.textContent = message.text;
    if (note.textContent !== remark) note.textContent = remark;
    note.hidden = !remark;
    wanted.push(item);
    former = message;
  }
  for (const item of [...log.children]) if (!wanted.includes(item)) item.remove();
  wanted.forEach((item, index) => { if (log.children[index] !== item) log.insertBefore(item, log.children[index] ?? null); });
  if (isAtEnd) log.scrollTop = log.scrollHeight;
  if (messages.length) keep(readKey(desk.open), messages.at(-1).id);
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
      const messages = isThere ? await ask(`${messagesPath(open)}?${asQuery()}`) : [];
      if (as !== desk.as || open !== desk.open) { isStale = true; continue; }
      desk.spaces = spaces;
      if (!isThere) desk.open = "";
      drawHead();
      drawMessages(messages);
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

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const room = desk.open;
  const words = text.value;
  if (!words.trim() || send.disabled) return;
  send.disabled = true;
  problem.textContent = "";
  try {
    const body = JSON.stringify({ as: desk.as, text: words });
    await ask(messagesPath(room), { method: "POST", headers: { "content-type": "application/json" }, body });
    desk.drafts.delete(room);
    if (desk.open === room && text.value === words) text.value = "";
    log.scrollTop = log.scrollHeight;
    refresh();
  } catch (error) {
    problem.textContent = error.isRefusal ? error.message : "Not sent: the simulator does not answer. Your words are still here; send them again.";
  }
  send.disabled = false;
  text.focus();
});

text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});
staffChoice.addEventListener("change", () => chooseStaff(staffChoice.value));
// Whoever was at the end stays there when the window or the text box changes its size.
let wasAtEnd = true;
log.addEventListener("scroll", () => { wasAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80; });
new ResizeObserver(() => { if (wasAtEnd) log.scrollTop = log.scrollHeight; }).observe(log);
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
