// The tag: reads its options, draws the launcher, and does what the page asked for before this script was there.

const METHODS = ["open", "close", "toggle", "show", "hide", "setLocale", "setTheme", "logout", "destroy", "on", "off"];

if (!customElements.get("guest-portal")) customElements.define("guest-portal", GuestPortalElement);

const { site, language, theme, position, greeting, open, hidden, name, title, closeTitle } = script.dataset;
const queued = window.GuestPortal?.q || [];

// A page with tags of two sites has two launchers; the last one is spoken to. Pages that run their scripts again have one.
if (site && !document.querySelector(`:root > [data-guest-portal="${CSS.escape(site)}"]`)) {
  const options = { origin: ORIGIN, site, language, theme, position, greeting, name, title: title || "Chat", closeTitle: closeTitle || "Close" };
  const launcher = new Launcher({ ...options, open: open !== undefined && open !== "false", hidden: hidden !== undefined && hidden !== "false" });
  window.GuestPortal = (method, ...values) => {
    if (!METHODS.includes(method)) throw new TypeError(`GuestPortal: there is no "${method}"; there are ${METHODS.join(", ")}`);
    return launcher[method](...values);
  };
  for (const [method, ...values] of queued) {
    // One wrong call must not lose the others.
    try {
      window.GuestPortal(method, ...values);
    } catch (error) {
      console.error(error);
    }
  }
}
