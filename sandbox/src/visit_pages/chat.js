// The chat beside the meeting. It stays in the document while the page around it changes, so that what is being typed stays too.

const [chat, toggle, panel, log, form, text] = ["chat", "chat-toggle", "chat-panel", "chat-log", "chat-form", "chat-text"].map((id) => document.getElementById(id));

const hearing = new Set(["waiting", "ready", "alone", "meeting"]);
let drawn = 0;
let seen = 0;

const nameToggle = () => {
  const unread = panel.hidden ? drawn - seen : 0;
  toggle.textContent = unread > 0 ? `Chat (${unread})` : "Chat";
};

toggle.addEventListener("click", () => {
  panel.hidden = !panel.hidden;
  toggle.setAttribute("aria-expanded", String(!panel.hidden));
  seen = drawn;
  nameToggle();
  if (!panel.hidden) text.focus();
});

function line({ name, is_you: isYou, text: words }) {
  const made = document.createElement("p");
  made.className = isYou ? "chat__line chat__line--own" : "chat__line";
  const who = document.createElement("span");
  who.className = "chat__who";
  who.textContent = isYou ? "You" : name;
  made.append(who, ` ${words}`);
  return made;
}

export function drawChat(scene) {
  chat.hidden = !hearing.has(scene.state);
  const lines = scene.chat ?? [];
  if (chat.hidden) return;
  if (lines.length < drawn) { log.replaceChildren(); drawn = 0; }
  log.append(...lines.slice(drawn).map(line));
  if (lines.length !== drawn) log.scrollTop = log.scrollHeight;
  drawn = lines.length;
  if (!panel.hidden) seen = drawn;
  nameToggle();
}

export function onChat(send) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = text.value.trim();
    if (!words) return;
    text.value = "";
    await send(words);
  });
}
