// A device that many people use, one after another: whoever goes away without a word is signed out, and nothing of theirs stays.
// Loaded only where the site's owner says that it is one.

const { minutes } = document.querySelector("script[data-minutes]").dataset;
const IDLE_MILLIS = minutes * 60000;
// How long the question stands.
const GRACE_MILLIS = 20000;
// Until the portal is asked again that could not be reached.
const RETRY_MILLIS = 3000;

const meta = (name) => document.querySelector(`[name=guest-portal-${name}]`).content;
let timer, question;

const stay = () => {
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
  question.addEventListener("cancel", stay);
  document.body.append(question);
  question.showModal();
  timer = setTimeout(leave, GRACE_MILLIS);
};

const leave = async () => {
  for (const sign of SIGNS) removeEventListener(sign, stay, true);
  try {
    await fetch("/api/session", { method: "DELETE", headers: { "x-gp": meta("site"), "x-gp-frame": meta("frame") } });
    localStorage.clear();
  } catch {
    // Off the line the session cannot be ended. The question lies over it until it is.
    setTimeout(leave, RETRY_MILLIS);
    return;
  }
  // What was typed and not sent goes with the page.
  location.reload();
};

const SIGNS = ["pointerdown", "keydown", "input", "wheel", "touchmove"];
if (IDLE_MILLIS > 0) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(".kiosk::backdrop { background: Canvas; }");
  document.adoptedStyleSheets.push(sheet);
  for (const sign of SIGNS) addEventListener(sign, stay, { capture: true, passive: true });
  stay();
}
