// A visit page: hears what is so, draws it with text nodes only, and says what its buttons are for.

import { drawChat, onChat } from "./chat.js";

const main = document.getElementById("visit");
const { calls, login, staff, mediatest } = main.dataset;
const isClinic = main.dataset.vertical === "hc";

const words = isClinic
  ? {
      waiting: "Patient's waiting room",
      stay: "Please stay on this screen while waiting for your provider, or you may miss your appointment.",
      ready: "Start consultation when ready",
      start: "Start Consultation",
      alone: "Waiting for your patient to join",
      here: "Your provider is here and starts soon.",
      one: "Your patient is waiting.",
      many: (count) => `${count} people are waiting.`,
    }
  : {
      waiting: "Waiting room",
      stay: "Please stay on this screen. The meeting starts when your host is here.",
      ready: "Start the meeting when ready",
      start: "Start meeting",
      alone: "Waiting for others to join",
      here: "Your host is here and starts soon.",
      one: "One person is waiting.",
      many: (count) => `${count} people are waiting.`,
    };

// The same participant after a reload. A frame may have no storage: then a reload is somebody new.
function ownId() {
  const key = `visit:${calls}`;
  try {
    const known = sessionStorage.getItem(key);
    if (known) return known;
    const made = crypto.randomUUID();
    sessionStorage.setItem(key, made);
    return made;
  } catch {
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}

const query = `participant=${encodeURIComponent(ownId())}`;

function element(tag, className, content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (content !== undefined) made.textContent = content;
  return made;
}

const heading = (content) => Object.assign(element("h1", "visit__heading", content), { tabIndex: -1 });
const text = (content) => element("p", "visit__text", content);
const row = (...children) => { const made = element("div", "buttons"); made.append(...children); return made; };

function button(content, kind, act) {
  const made = element("button", `button button--${kind}`, content);
  made.type = "button";
  made.addEventListener("click", async () => {
    made.disabled = true;
    await act();
    made.disabled = false;
  });
  return made;
}

async function tell(what, body = {}) {
  const options = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  try {
    const response = await fetch(`${calls}/${what}?${query}`, options);
    if (!response.ok) problem.textContent = (await response.json().catch(() => ({}))).message ?? "That did not work. Try again.";
  } catch {
    problem.textContent = "The simulator does not answer. Try again.";
  }
}

const problem = element("p", "visit__problem");
problem.setAttribute("role", "alert");

const initials = (name) => [...name.matchAll(/[\p{L}\p{N}]+/gu)].slice(0, 2).map(([word]) => [...word][0].toUpperCase()).join("");

function face(name) {
  const made = element("span", "face", initials(name));
  made.setAttribute("aria-hidden", "true");
  return made;
}

// Where one's own picture would be.
function selfView(name) {
  const made = element("div", "self");
  made.append(face(name), element("p", "self__note", "Your camera is off."));
  return made;
}

function testLink() {
  const made = element("a", "visit__link", "Test camera and microphone");
  Object.assign(made, { href: mediatest, target: "_blank", rel: "noopener noreferrer" });
  return made;
}

// Webex offers many; here there is one to choose.
function languages() {
  const label = element("label", "language", "Language");
  const choice = element("select", "choice__who");
  choice.append(new Option("English (US)", "en-US"));
  label.append(choice);
  return label;
}

const shown = ({ name, is_you: isYou }) => (isYou ? `${name} (You)` : name);

function meeting(scene) {
  const stage = element("div", "stage");
  stage.append(...scene.participants.map((participant) => {
    const tile = element("div", participant.is_you ? "tile tile--own" : "tile");
    tile.setAttribute("aria-hidden", "true");
    tile.append(face(participant.name), element("span", "tile__name", shown(participant)));
    return tile;
  }));
  const list = element("ul", "people__list");
  list.setAttribute("aria-labelledby", "people");
  list.append(...scene.participants.map((participant) => element("li", "people__one", shown(participant))));
  const people = element("section", "people");
  people.append(Object.assign(element("h2", "people__title", "Participants"), { id: "people" }), list);
  const room = element("div", "room");
  room.append(stage, people);
  const status = element("p", "visit__text", scene.state === "alone" ? words.alone : "");
  status.setAttribute("role", "status");
  status.hidden = scene.state !== "alone";
  const ending = scene.is_host ? [button("End for all", "danger", () => tell("end"))] : [];
  return [heading("In the meeting"), element("p", "visit__title", scene.title), status, room, row(button("Leave", "danger-quiet", () => tell("leave")), ...ending)];
}

function loginChoice() {
  const who = element("select", "choice__who");
  who.setAttribute("aria-label", "Log in as");
  who.append(...staff.split("|").map((name) => new Option(name, name)));
  const more = row(who, button("Continue", "main", () => tell("login", { name: who.value })));
  more.hidden = true;
  const logIn = button("Log In with Webex", "main", async () => { more.hidden = false; who.focus(); });
  const asGuest = login === "forced" ? [] : [button("Join as Guest", "quiet", () => tell("login"))];
  const forced = "Please use your Cisco Webex credentials to log in.";
  const offered = "Please use your Cisco Webex credentials to log in or join as a Guest user.";
  return [heading("Join the meeting"), text(login === "forced" ? forced : offered), row(logIn, ...asGuest), more];
}

const scenes = {
  login: loginChoice,
  waiting: (scene) => [heading(words.waiting), text(words.stay), selfView("You"), Object.assign(text(scene.is_host_here ? words.here : ""), { hidden: !scene.is_host_here }), testLink(), languages()],
  ready: (scene) => [
    heading(words.ready),
    ...(scene.greeting ? [text(scene.greeting)] : []),
    selfView(scene.greeting?.replace("Hello, ", "") ?? "Host"),
    text(scene.waiting === 0 ? "Nobody is waiting yet." : scene.waiting === 1 ? words.one : words.many(scene.waiting)),
    row(button(words.start, "go", () => tell("start"))),
    testLink(),
    languages(),
  ],
  alone: meeting,
  meeting,
  left: (scene) => [heading("Thanks for participating in the meeting."), ...(scene.can_rejoin ? [row(button("Rejoin Meeting", "main", () => tell("rejoin")))] : [text("The link has expired meanwhile.")])],
  ended: () => [heading("The meeting has ended."), text("You can close this page.")],
  expired: () => [heading("This link has expired."), text("Ask whoever sent it for a new one.")],
  early: () => [heading("The meeting is not scheduled to start at this time."), text("This page opens by itself when it is time.")],
  invalid: () => [heading("This link is not valid."), text("Ask whoever sent it for a new one.")],
};

let before = "";

function draw(scene) {
  drawChat(scene);
  // What only the chat has of a scene changes nothing else.
  const now = JSON.stringify({ ...scene, chat: undefined });
  if (now === before) return;
  before = now;
  const isNew = main.dataset.state !== scene.state;
  const focused = document.activeElement?.textContent;
  problem.textContent = "";
  main.replaceChildren(...scenes[scene.state](scene), problem);
  main.dataset.state = scene.state;
  const title = main.querySelector("h1").textContent;
  document.title = `${title} · Webex Instant Connect · Simulator`;
  if (isNew) main.querySelector("h1").focus({ preventScroll: true });
  else [...main.querySelectorAll("button")].find((made) => made.textContent === focused)?.focus({ preventScroll: true });
}

onChat((text) => tell("chat", { text }));

function connect() {
  const events = new EventSource(`${calls}/events?${query}&login=${login !== "skipped"}`);
  events.addEventListener("scene", ({ data }) => draw(JSON.parse(data)));
  events.addEventListener("open", () => document.body.classList.remove("is-offline"));
  events.addEventListener("error", () => {
    // A link that is known no more is answered with an error, and the browser gives up.
    if (events.readyState === EventSource.CLOSED) draw({ state: "invalid" });
    else document.body.classList.add("is-offline");
  });
}

// Pictures and sound are never needed, so whatever the browser says, the page goes on.
async function askPermission() {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    stream.getTracks().forEach((track) => track.stop());
  } catch { /* denied, or there is no camera */ }
  connect();
}

if (main.dataset.permission === "asked") {
  const choices = row(button("Allow", "main", askPermission), button("Continue without", "quiet", async () => connect()));
  main.replaceChildren(heading("Allow access to microphone and camera"), text("Press Allow when your browser asks."), choices);
  main.dataset.state = "permission";
} else {
  connect();
}
