// The messages of a space: drawn once, touched only where something changed, so that a screen reader hears only what is new.

import { ask, asJson, button, date, drawRuns, element, face, fileSize, time } from "./dom.js";

const acts = (message, desk) => {
  const made = element("div", "message__acts");
  if (message.is_deleted) return made;
  const about = message.text.slice(0, 60);
  if (message.can_edit) made.append(button("Edit", "act", () => edit(message, desk)));
  if (message.is_own) made.append(button("Delete", "act", () => desk.act(`messages/${encodeURIComponent(message.id)}?as=${encodeURIComponent(desk.as)}`, { method: "DELETE" })));
  else made.append(button("Reply in thread", "act", () => desk.replyTo(message)));
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", `Message: ${about}`);
  return made;
};

function fileCard(file, desk) {
  const card = element("div", "file");
  const names = element("div", "file__names");
  names.append(element("span", "file__name", file.name), element("span", "file__size", fileSize(file.size)));
  const link = element("a", "file__link", "Download");
  Object.assign(link, { href: `/desk/api/contents/${encodeURIComponent(file.id)}?as=${encodeURIComponent(desk.as)}`, download: file.name });
  link.setAttribute("aria-label", `Download ${file.name}`);
  card.append(names, link);
  return card;
}

function answered({ author, text }) {
  const made = element("div", "message__answers");
  made.append(element("span", "message__answers-who", author ? `Reply to ${author}` : "Reply to a deleted message"), element("span", "message__answers-text", text));
  return made;
}

function words(message) {
  const made = element("div", "message__text");
  drawRuns(made, message.runs);
  return made;
}

function fill(item, message, desk) {
  const body = element("div", "message__body");
  const by = element("div", "message__by");
  const when = element("time", "message__time", time.format(new Date(message.created)));
  when.dateTime = message.created;
  by.append(element("span", "message__author", message.author), when);
  body.append(by);
  if (message.is_deleted) {
    body.append(element("p", "message__gone", message.is_own ? "You deleted your message." : "This message was deleted."));
  } else {
    if (message.answers) body.append(answered(message.answers));
    if (message.runs.length) body.append(words(message));
    body.append(...message.files.map((file) => fileCard(file, desk)));
    if (message.is_edited) body.append(element("span", "message__note", "edited"));
  }
  body.append(acts(message, desk));
  item.replaceChildren(face(message.author, message.is_guest), body);
}

// In its own place, so that what is being written below stays.
function edit(message, desk) {
  const item = desk.log.querySelector(`[data-id="${CSS.escape(message.id)}"]`);
  const text = item?.querySelector(".message__text");
  if (!text) return;
  const box = element("textarea", "edit__text");
  box.value = message.source ?? message.text;
  box.setAttribute("aria-label", "Edit message");
  const done = () => {
    item.dataset.drawn = "";
    delete item.dataset.editing;
    desk.refresh();
    item.querySelector(".act")?.focus();
  };
  const save = async () => {
    const changed = box.value.trim() && box.value !== message.source;
    const isSaved = !changed || await desk.act(`messages/${encodeURIComponent(message.id)}`, asJson("PUT", { as: desk.as, text: box.value }));
    if (isSaved) done();
  };
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") done();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    save();
  });
  const buttons = element("div", "edit__acts");
  buttons.append(button("Save", "act act--main", save), button("Cancel", "act", done));
  const form = element("div", "edit");
  form.append(box, buttons);
  text.replaceWith(form);
  item.querySelector(".message__acts").hidden = true;
  item.dataset.editing = "true";
  box.focus();
}

export function drawMessages(messages, desk) {
  const { log } = desk;
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
    const item = drawn.get(message.id) ?? element("article", "message");
    item.dataset.id = message.id;
    const now = JSON.stringify(message);
    if (item.dataset.drawn !== now && (!item.dataset.editing || message.is_deleted)) {
      const hadFocus = item.contains(document.activeElement);
      fill(item, message, desk);
      item.dataset.drawn = now;
      if (hadFocus) (item.querySelector(".act") ?? log).focus();
    }
    const isSame = former?.author === message.author && new Date(message.created) - new Date(former.created) < 300_000;
    item.classList.toggle("message--own", message.is_own);
    item.classList.toggle("message--same", Boolean(isSame));
    wanted.push(item);
    former = message;
  }
  for (const item of [...log.children]) if (!wanted.includes(item)) item.remove();
  wanted.forEach((item, index) => { if (log.children[index] !== item) log.insertBefore(item, log.children[index] ?? null); });
}

// One request about a message; what is refused is said under the text box.
export async function act(path, options, say) {
  try {
    await ask(path, options);
    say("");
    return true;
  } catch (error) {
    say(error.isRefusal ? error.message : "Not done: the simulator does not answer. Try again.");
    return false;
  }
}
