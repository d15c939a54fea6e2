// Takes a visit, joins it, or ends it. The address is replaced, so that "back" does not do it again.
const problem = document.getElementById("problem");
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
  button.addEventListener("click", async () => {
    if (button.dataset.sure && button.textContent !== button.dataset.sure) {
      button.textContent = button.dataset.sure;
      return;
    }
    const said = await ask(step ? `${here}/${step}` : here, button);
    if (said?.url && /^https?:/.test(said.url)) location[step === "join" ? "assign" : "replace"](said.url);
    else if (said) location.reload();
  });
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
    } catch {
      problem.textContent = button.dataset.copy;
    }
  });
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
