// A device that many people use, one after another: whoever goes away without a word is signed out, and nothing of theirs stays.
// Loaded only where the site's owner says that it is one.

const { minutes } = document.querySelector("script[data-minutes]").dataset;
const IDLE_MILLIS = minutes * 60000;
// How long the question stands.
const GRACE_MILLIS = 20000;
// So long the portal is waited for, and so soon asked again.
const PATIENCE_MILLIS = 10000;
const RETRY_MILLIS = 3000;

const meta = (name) => document.querySelector(`[name=guest-portal-${name}]`).content;
let timer, question, isLeaving;

const stay = () => {
  if (isLeaving) return;
  question?.remove();
  question = undefined;
  clearTimeout(timer);
  timer = setTimeout(ask, IDLE_MILLIS);
};

// Whoever comes by sees the question, and nothing of what was said.
const ask = () => {
  question = document.createElement("dialog");
  question.className = "dialog kiosk";
  question.textContent = document.documentElement.dataset.stillThere;
  question.addEventListener("close", stay);
  document.body.append(question);
  question.showModal();
  timer = setTimeout(leave, GRACE_MILLIS);
};

const leave = async () => {
  isLeaving = true;
  // Until the session has ended, nobody is to read what it said.
  document.getElementById("app").style.display = "none";
  try {
    const headers = { "x-gp": meta("site"), "x-gp-frame": meta("frame") };
    const answer = await fetch("/api/session", { method: "DELETE", headers, signal: AbortSignal.timeout(PATIENCE_MILLIS) });
    if (!answer.ok) throw new Error(answer.status);
  } catch {
    setTimeout(leave, RETRY_MILLIS);
    return;
  }
  try {
    const own = Object.keys(localStorage).filter((key) => key.startsWith(`gp:${meta("site")}:`));
    own.forEach((key) => localStorage.removeItem(key));
  } catch {
    // The browser keeps nothing anyway.
  }
  // What was typed and not sent goes with the page, and what a link said of the guest with its address.
  location.replace(location.pathname + location.search);
};

const SIGNS = ["pointerdown", "keydown", "input", "wheel", "touchmove"];
if (IDLE_MILLIS > 0) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(".kiosk::backdrop { background: Canvas; }");
  document.adoptedStyleSheets.push(sheet);
  for (const sign of SIGNS) addEventListener(sign, stay, { capture: true, passive: true });
  stay();
}
