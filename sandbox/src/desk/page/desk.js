// The desk: asks the sandbox what there is and draws it with text nodes only. The sandbox says when something changed; then it asks again.

import { ask, whatWentWrong } from "./ask.js";
import { newMessage, newSpace } from "./begin.js";
import { setUpDrawer } from "./controls/drawer.js";
import { byId } from "./dom.js";
import { drawSpaces, setUpSpaces } from "./spaces.js";
import { makeTalk } from "./talk.js";
import { makeThread } from "./thread.js";

const staffChoice = byId("staff");

// What all parts look at: who one is, what is open, and what the sandbox said last.
const desk = { as: "", spaces: [], messages: [], open: "", thread: undefined, refresh, openSpace };

// Memory stands in where the browser keeps nothing for us.
const memory = new Map();
const keep = (key, value) => { memory.set(key, value); try { localStorage.setItem(key, value); } catch { /* memory it is */ } };
const kept = (key) => { if (memory.has(key)) return memory.get(key); try { return localStorage.getItem(key); } catch { return null; } };

const talk = makeTalk(desk);
const thread = makeThread(desk);
desk.openThread = thread.open;
// One request about a message; what is refused is said under the text box.
desk.act = async (path, options) => {
  const say = desk.thread ? thread.say : talk.say;
  try {
    await ask(path, options);
    say("");
    return true;
  } catch (error) {
    say(whatWentWrong(error));
    return false;
  } finally {
    refresh();
  }
};
// What a card sends; the card itself says how it went.
desk.submit = (path, options) => ask(path, options);

let isRefreshing = false;
let isStale = false;

async function look() {
  const { as, open } = desk;
  const asQuery = `as=${encodeURIComponent(as)}`;
  const spaces = await ask(`rooms?${asQuery}`);
  const isThere = spaces.some(({ id }) => id === open);
  const messages = isThere ? await ask(`rooms/${encodeURIComponent(open)}/messages?${asQuery}`) : [];
  return { as, open, isThere, spaces, messages };
}

function draw({ open, isThere, spaces, messages }) {
  Object.assign(desk, { spaces, messages });
  if (open && !isThere) { thread.close(); talk.open(""); }
  talk.draw();
  thread.draw();
  drawSpaces(desk);
}

// One question at a time; what changes meanwhile is asked for right after.
async function refresh() {
  isStale = true;
  if (isRefreshing) return;
  isRefreshing = true;
  while (isStale) {
    isStale = false;
    // The event stream says when the sandbox is back.
    const seen = await look().catch(() => undefined);
    if (!seen) continue;
    if (seen.as === desk.as && seen.open === desk.open) draw(seen);
    else isStale = true;
  }
  isRefreshing = false;
}

function openSpace(id) {
  thread.close();
  talk.open(id);
  drawSpaces(desk);
  return refresh();
}

function chooseStaff(id) {
  // The space is left by the one who was in it.
  thread.close();
  talk.open("");
  desk.as = id;
  keep("desk-as", id);
  staffChoice.value = id;
  refresh();
}

staffChoice.addEventListener("change", () => chooseStaff(staffChoice.value));
byId("back").addEventListener("click", () => {
  const left = desk.open;
  openSpace("");
  document.querySelector(`[data-room="${CSS.escape(left)}"] button`)?.focus();
});
byId("new-message").addEventListener("click", () => newMessage(desk));
byId("new-space").addEventListener("click", () => newSpace(desk));
setUpSpaces(desk);
setUpDrawer(desk);

async function start() {
  const { staff, portal_url: portal } = await ask("desk");
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
