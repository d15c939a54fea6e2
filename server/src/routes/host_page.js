// Takes the visit and goes to the meeting. The address is replaced, so that "back" does not take it again.
const problem = document.getElementById("problem");

async function ask(path, button) {
  button.disabled = true;
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
  button.disabled = false;
  button.focus();
}

const here = location.pathname.replace(/\/$/, "");
const take = document.getElementById("take");
take?.addEventListener("click", async () => {
  const said = await ask(here, take);
  if (said?.url && /^https?:/.test(said.url)) location.replace(said.url);
});
const end = document.getElementById("end");
end?.addEventListener("click", async () => {
  if (await ask(`${here}/end`, end)) location.reload();
});
