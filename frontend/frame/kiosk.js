// A device that many people use, one after another: whoever goes away without a word is signed out, and nothing of theirs stays.
// Loaded only where the site's owner says that it is one.

const { minutes } = document.querySelector("script[data-minutes]").dataset;
const IDLE_MILLIS = minutes * 60000;
// How long the question stands.
const GRACE_MILLIS = 20000;
// Leaving tells the portal first.
const LEAVING_MILLIS = 3000;

let timer, question;

const stay = () => {
  question?.remove();
  question = undefined;
  clearTimeout(timer);
  timer = setTimeout(ask, IDLE_MILLIS);
};

const ask = () => {
  question = document.createElement("dialog");
  question.className = "dialog kiosk";
  question.textContent = document.documentElement.dataset.stillThere;
  question.addEventListener("cancel", stay);
  document.body.append(question);
  question.showModal();
  timer = setTimeout(leave, GRACE_MILLIS);
};

const leave = () => {
  question?.remove();
  dispatchEvent(new Event("portal-logout"));
  // What was typed and not sent goes with the page.
  setTimeout(() => location.reload(), LEAVING_MILLIS);
};

if (IDLE_MILLIS > 0) {
  for (const sign of ["pointerdown", "keydown", "input", "wheel", "touchmove"]) addEventListener(sign, stay, { capture: true, passive: true });
  stay();
}
