// Draws the chat as the choices at the top say, and begins anew whenever the file has changed.

const stage = document.getElementById("stage");
const LOOK_EVERY_MILLIS = 1000;

const draw = () => {
  const chosen = (name) => document.getElementById(name).value;
  const chat = document.createElement("guest-portal");
  chat.setAttribute("site", stage.dataset.site);
  if (chosen("language")) chat.setAttribute("lang", chosen("language"));
  if (chosen("theme")) chat.setAttribute("theme", chosen("theme"));
  stage.style.setProperty("--width", `${chosen("width")}px`);
  stage.replaceChildren(chat);
};

// What nobody has chosen stays as the settings say.
const dress = ({ target: { id, value } }) => {
  if (id === "theme") window.GuestPortal("setTheme", value);
  if (id === "language") window.GuestPortal("setLocale", value);
};

const version = async () => {
  try {
    return await (await fetch("/preview-version")).text();
  } catch {
    // The portal is being started again.
    return undefined;
  }
};

if (stage) {
  for (const name of ["language", "theme", "width"]) document.getElementById(name).addEventListener("change", (event) => (draw(), dress(event)));
  draw();
}
const shown = await version();
setInterval(async () => {
  const now = await version();
  if (now && now !== shown) location.reload();
}, LOOK_EVERY_MILLIS);
