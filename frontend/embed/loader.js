// The tag: reads its options, draws the launcher, and does what the page asked for before this script was there.

// The server puts an object here.
const SERVED = "__SERVED__";
// What a page can call: all that is public of the launcher.
const METHODS = Object.getOwnPropertyNames(Launcher.prototype).filter((name) => name !== "constructor");

if (!customElements.get("guest-portal")) customElements.define("guest-portal", GuestPortalElement);

// What the site's owner set in the portal, the page in an object, and the tag itself, each before the one before it.
const options = { title: "Chat", closeTitle: "Close", ...SERVED, ...window.guestPortalSettings, ...script.dataset, origin: ORIGIN };
const { site } = options;
for (const name of ["open", "hidden"]) options[name] = ![undefined, false, "false"].includes(options[name]);
const queued = window.GuestPortal?.q || [];

// A page with tags of two sites has two launchers; the last one is spoken to. Pages that run their scripts again have one.
if (site && !document.querySelector(`:root > [data-guest-portal="${CSS.escape(site)}"]`)) {
  const launcher = new Launcher(options);
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
  Launcher.begin(launcher);
}
