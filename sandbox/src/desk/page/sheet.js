// A sheet over the page with one thing to do. Escape, a press beside it and "Cancel" all leave it.

import { whatWentWrong } from "./ask.js";
import { button, element } from "./dom.js";

let sheets = 0;

// `act` does it; the sheet closes when that went well, and says what did not.
export function openSheet({ title, text, parts = [], label, isBad = false, act }) {
  sheets += 1;
  const dialog = element("dialog", "sheet");
  const heading = element("h2", "sheet__title", title);
  heading.id = `sheet-${sheets}`;
  dialog.setAttribute("aria-labelledby", heading.id);
  const form = element("form", "sheet__form");
  form.noValidate = true;
  const problem = element("p", "problem");
  problem.setAttribute("role", "alert");
  const go = element("button", isBad ? "press press--bad" : "press", label);
  go.type = "submit";
  const foot = element("footer", "sheet__foot");
  foot.append(button("Cancel", "press press--quiet", () => dialog.close()), go);
  form.append(heading);
  if (text) form.append(element("p", "sheet__text", text));
  form.append(...parts, problem, foot);
  dialog.append(form);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (go.disabled) return;
    go.disabled = true;
    problem.textContent = "";
    try {
      await act();
      dialog.close();
    } catch (error) {
      problem.textContent = whatWentWrong(error);
    }
    go.disabled = false;
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

// What the person has to put right before anything is asked.
export const unready = (words) => Object.assign(new Error(words), { isRefusal: true });

let fields = 0;

export function field(label, control, hint) {
  fields += 1;
  control.id ||= `field-${fields}`;
  const made = element("div", "labelled");
  const named = element("label", "labelled__name", label);
  named.htmlFor = control.id;
  made.append(named, control);
  if (hint) {
    const note = element("p", "labelled__hint", hint);
    note.id = `${control.id}-hint`;
    control.setAttribute("aria-describedby", note.id);
    made.append(note);
  }
  return made;
}
