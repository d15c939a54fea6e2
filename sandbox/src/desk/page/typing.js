// While one writes, the others see it: said again every few seconds, and taken back when nothing more comes.

import { ask, asJson } from "./ask.js";

const AGAIN_AFTER_MS = 5_000;
const STOPS_AFTER_MS = 8_000;

export function makeTyping() {
  let [where, saidAt, timer] = [undefined, 0, undefined];

  // Nobody misses it where the simulator does not answer.
  const say = ({ as, room }, isTyping) =>
    ask(`rooms/${encodeURIComponent(room)}/typing`, asJson("PUT", { as, is_typing: isTyping })).catch(() => {});

  function stop() {
    clearTimeout(timer);
    if (where) say(where, false);
    where = undefined;
  }

  function goOn(target) {
    clearTimeout(timer);
    timer = setTimeout(stop, STOPS_AFTER_MS);
    if (where && performance.now() - saidAt < AGAIN_AFTER_MS) return;
    [where, saidAt] = [target, performance.now()];
    say(where, true);
  }

  return { goOn, stop };
}
