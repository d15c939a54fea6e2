// Takes a visit, joins it, or ends it. For staff the address is replaced, so that "back" does not do it again.
const problem = document.getElementById("problem");
const news = document.getElementById("news");
const here = location.pathname.replace(/\/$/, "");
let isAsking = false;

async function ask(path, button) {
  button.disabled = true;
  isAsking = true;
  problem.textContent = "";
  try {
    const answer = await fetch(path, { method: "POST" });
    const said = answer.status === 204 ? {} : await answer.json();
    if (answer.ok) return said;
    // It does not stand as this page says any more: the page is drawn anew.
    if (answer.status === 409) location.reload();
    problem.textContent = said.detail ?? "This did not work. Please try again.";
  } catch {
    problem.textContent = "The portal does not answer. Check your connection and press again.";
  }
  isAsking = false;
  button.disabled = false;
  button.focus();
}

for (const button of document.querySelectorAll("button[data-step]")) {
  const step = button.dataset.step;
  const { sure } = button.dataset;
  const isSure = () => !sure || button.classList.contains("sure");
  const name = button.textContent;
  button.addEventListener("click", async ({ detail }) => {
    // Who presses twice in a row has not read the question.
    if (sure && detail > 1) return;
    if (!isSure()) {
      button.classList.add("sure");
      button.textContent = sure;
      news.textContent = sure;
      return;
    }
    const said = await ask(step ? `${here}/${step}` : here, button);
    if (!said) return;
    if (!said.url || !/^https?:/.test(said.url)) location.reload();
    // A guest has this page only: "back" leads to it, and on to the meeting again.
    else if (step === "join") location.assign(said.url);
    else location.replace(said.url);
  });
  if (sure) {
    button.addEventListener("blur", () => {
      button.classList.remove("sure");
      button.textContent = name;
    });
  }
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
      news.textContent = "Copied";
    } catch {
      problem.textContent = button.dataset.copy;
    }
  });
}

// A page that was drawn anew says what it says now: to screen readers, whose place is lost by that.
if (performance.getEntriesByType("navigation")[0]?.type === "reload") {
  const text = document.getElementById("text");
  document.querySelector("h1").focus({ preventScroll: true });
  requestAnimationFrame(() => setTimeout(() => { text.textContent = `${text.textContent}`; }, 100));
}

// How long ago something was, as time goes by.
for (const since of document.querySelectorAll("[data-minutes]")) {
  setInterval(() => {
    const minutes = Number(since.dataset.minutes) + Math.floor(performance.now() / 60000);
    if (minutes === 1) since.textContent = "1 minute ago";
    else if (minutes > 1 && minutes < 120) since.textContent = `${minutes} minutes ago`;
  }, 10000);
}

// Times as this browser's owner reads them, beside the ones by the clock on the site's wall.
for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (!Number.isNaN(at.getTime())) time.textContent = at.toLocaleString([], { dateStyle: "full", timeStyle: "short" });
}

// Somebody else may change how it stands meanwhile.
const version = document.querySelector("main").dataset.version;
async function look() {
  if (isAsking || document.hidden) return;
  try {
    const answer = await fetch(`${here}/version`, { cache: "no-store" });
    if (answer.ok && !isAsking && (await answer.text()) !== version) location.reload();
  } catch {
    // It is asked again.
  }
}
if (version) {
  setInterval(look, 4000);
  document.addEventListener("visibilitychange", look);
}
