// Where one writes: words, one file, and what is said where sending failed. Below a space and below a thread.

import { ask, asJson, whatWentWrong } from "./ask.js";
import { byId, fileSize } from "./dom.js";
import { offerNames } from "./names.js";
import { makeTyping } from "./typing.js";

const MAX_FILE_BYTES = 100 * 1024 * 1024;

function post({ as, room, parent }, words, file) {
  const path = `rooms/${encodeURIComponent(room)}`;
  if (!file) return ask(`${path}/messages`, asJson("POST", { as, text: words, parent_id: parent }));
  const query = new URLSearchParams({ as, name: file.name, text: words });
  if (parent) query.set("parent_id", parent);
  const headers = { "content-type": file.type || "application/octet-stream" };
  return ask(`${path}/files?${query}`, { method: "POST", headers, body: file });
}

// `words` names the parts, `members` tells whom one may mention, `sent` is called after each message.
export function makeComposer(form, { words, members, sent }) {
  form.append(byId("composer").content.cloneNode(true));
  const part = (name) => form.querySelector(name);
  const [text, send, problem, picker, attached] =
    [".reply__text", ".reply__send", ".reply__problem", ".reply__picker", ".reply__attached"].map(part);
  text.setAttribute("aria-label", words.text);
  text.placeholder = words.placeholder;
  send.textContent = words.send;
  const keyTaken = offerNames(text, part(".names"), members);
  const typing = makeTyping();

  const drafts = new Map();
  let [target, file] = [undefined, undefined];
  const keyOf = ({ as, room, parent }) => [as, room, parent].join(" ");

  function carry(chosen) {
    const isTooLarge = chosen && chosen.size > MAX_FILE_BYTES;
    problem.textContent = isTooLarge ? "A file may have 100 MB at most." : "";
    file = isTooLarge ? undefined : chosen;
    if (!file) picker.value = "";
    attached.hidden = !file;
    part(".reply__what").textContent = file ? `${file.name}, ${fileSize(file.size)}` : "";
  }

  // What was begun in one place waits there.
  function writeTo(next) {
    typing.stop();
    if (target) drafts.set(keyOf(target), { words: text.value, file });
    target = next;
    const draft = next && drafts.get(keyOf(next));
    text.value = draft?.words ?? "";
    carry(draft?.file);
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [to, said, carried] = [target, text.value, file];
    if (!to || (!said.trim() && !carried) || send.disabled) return;
    send.disabled = true;
    problem.textContent = "";
    typing.stop();
    const isHere = () => target && keyOf(target) === keyOf(to);
    try {
      await post(to, said, carried);
      drafts.delete(keyOf(to));
      if (isHere()) {
        if (text.value === said) text.value = "";
        carry(undefined);
      }
      sent();
    } catch (error) {
      const words = whatWentWrong(error, "Not sent: the simulator does not answer. Your words are still here; send them again.");
      if (isHere()) problem.textContent = words;
    }
    send.disabled = false;
    if (isHere()) text.focus();
  });
  text.addEventListener("input", () => { if (target && text.value.trim()) typing.goOn(target); else typing.stop(); });
  text.addEventListener("keydown", (event) => {
    if (keyTaken(event)) return;
    if (event.key === "Escape" && file) { carry(undefined); event.stopPropagation(); }
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  text.addEventListener("paste", (event) => {
    const [pasted] = event.clipboardData.files;
    // A copied table comes as text and as a picture of it: the words are meant.
    if (!pasted || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    carry(pasted);
  });
  part(".reply__attach").addEventListener("click", () => picker.click());
  part(".reply__remove").addEventListener("click", () => { carry(undefined); text.focus(); });
  picker.addEventListener("change", () => {
    const [chosen] = picker.files;
    if (chosen) carry(chosen);
    text.focus();
  });

  return { writeTo, focus: () => text.focus(), say: (words) => { problem.textContent = words; }, carry: (dropped) => { carry(dropped); text.focus(); } };
}
