// The simulator's clock: what it shows, and moving it forward. Tokens run out and waits end by it.

import { control } from "../ask.js";
import { button, element } from "../dom.js";
import { numberField } from "./fields.js";
import { fold } from "./fold.js";

const JUMPS = [["+1 min", 60], ["+15 min", 900], ["+1 h", 3600], ["+6 h", 21_600], ["+1 day", 86_400]];

const whole = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" });
const short = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const shortWithDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

export function clock() {
  const part = fold("Clock");
  const now = element("p", "clock__now");
  const why = element("p", "fold__text", "This simulator goes by a clock of somebody else. Move that one.");
  why.hidden = true;
  const forward = (secs) => part.doing(async () => show(await control("clock", "POST", { advance_secs: secs })), "Moved.");

  const row = element("div", "row");
  row.append(...JUMPS.map(([words, secs]) => button(words, "press press--quiet press--small", () => forward(secs))));
  const minutes = numberField({ label: "Forward by", unit: "minutes", min: 1, max: 5_270_400 });
  const move = element("button", "press press--quiet press--small", "Move");
  move.type = "submit";
  const form = element("form", "row row--end");
  form.noValidate = true;
  form.append(minutes.element, move);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!minutes.control.validity.valid) part.say(minutes.control.validationMessage, true);
    else forward(minutes.read() * 60);
  });
  const note = element("p", "fold__text", "It goes forward only. A portal beside it keeps its own time.");
  part.body.append(now, why, note, row, form);

  function show({ now: at, can_be_moved: canBeMoved }) {
    const when = new Date(at);
    // A minute more or less is nobody's doing.
    const isMoved = Math.abs(when - Date.now()) > 90_000;
    const isToday = when.toDateString() === new Date().toDateString();
    part.state((isToday ? short : shortWithDay).format(when), isMoved);
    now.textContent = whole.format(when);
    why.hidden = canBeMoved;
    row.hidden = !canBeMoved;
    form.hidden = !canBeMoved;
    note.hidden = !canBeMoved;
  }
  return { element: part.element, look: async () => show(await control("clock")) };
}
