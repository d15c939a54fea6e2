// One part of the switches: its name, in what state it is, and what can be changed once it is opened.

import { whatWentWrong } from "../ask.js";
import { element } from "../dom.js";

export function fold(title, isOpen = false) {
  const made = element("details", "fold");
  made.open = isOpen;
  const summary = element("summary", "fold__head");
  const state = element("span", "fold__state");
  summary.append(element("span", "fold__title", title), state);
  const body = element("div", "fold__body");
  const said = element("p", "fold__said");
  said.setAttribute("role", "status");
  made.append(summary, body, said);

  const say = (words, isBad = false) => {
    said.textContent = words;
    said.classList.toggle("problem", isBad);
  };
  return {
    element: made,
    body,
    say,
    // What is unlike the first day stands out.
    state: (words, isUnusual = false) => {
      if (state.textContent !== words) state.textContent = words;
      state.classList.toggle("fold__state--unusual", isUnusual);
    },
    // Does something and tells how it went, here.
    doing: async (work, done = "") => {
      try {
        await work();
        say(done);
        return true;
      } catch (error) {
        say(whatWentWrong(error), true);
        return false;
      }
    },
  };
}
