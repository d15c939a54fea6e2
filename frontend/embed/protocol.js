// What an owner's page and the portal's frame in it say to each other. The frame's half is in index.html.
//
// The page hands the frame one end of a channel, addressed to the portal's origin alone; the frame takes it from its parent
// alone, and only where the site's owner lists the page's origin. All else is said through the channel: objects with the
// version `v`, a `type` and a `value`. Whatever is not understood is passed over.

// A page's own markup, such as an image named `currentScript`, can stand in the place of what a document says of itself. As a
// module, a script does not know which one it is.
const isScript = (it) => it instanceof HTMLScriptElement && /\/(embed|space-widget)\.js($|[?#])/.test(it.src);
const script = [document.currentScript, ...document.getElementsByTagName("script")].find(isScript);
const ORIGIN = new URL(script.src).origin;
const VERSION = 1;
// A page that is not allowed to show the frame hears nothing from it, once whatever is shown in its place has come. On a bad
// line that may take as long as it takes.
const PATIENCE_MILLIS = 5000;

class Frame {
  constructor(options, told) {
    this.options = options;
    this.told = told;
    this.round = 0;
    this.element = document.createElement("iframe");
    this.element.title = options.title || "Chat";
    this.element.addEventListener("load", () => this.greet());
    this.load();
  }

  load() {
    const { origin, site, destination, language, identify } = this.options;
    const address = new URL(site ? `/embed/${encodeURIComponent(site)}` : "/embed", origin);
    if (!site) address.searchParams.set("destination", destination);
    if (language) address.searchParams.set("lang", language);
    if (identify) address.searchParams.set("identity", "");
    // Another number makes a frame that is there already begin anew.
    if (this.round++) address.searchParams.set("round", this.round);
    // Behind the hash: what a guest is called is in no server's log.
    const given = ["name", "email", "topic"].filter((what) => this.options[what]).map((what) => [what, this.options[what]]);
    if (given[0]) address.hash = new URLSearchParams(given);
    // A page that goes back does not want to go back within the chat.
    this.port = this.port?.close();
    const view = this.element.contentWindow;
    if (view) view.location.replace(address.href);
    else this.element.src = address.href;
  }

  wait() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      const { site, destination, origin } = this.options;
      const which = site || `the site of ${destination}`;
      this.told("error", `The chat does not open: add "${location.origin}" to allowed_origins of ${which}, or see why ${origin} does not answer.`);
      // It does in a tab of its own.
      const link = document.createElement("a");
      Object.assign(link, { href: origin + (site ? "/s/" + site : ""), target: "_blank", textContent: this.element.title });
      this.element.replaceWith(link);
    }, PATIENCE_MILLIS);
  }

  greet() {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    port1.onmessage = ({ data }) => this.hear(data);
    this.element.contentWindow?.postMessage({ v: VERSION, type: "init", value: this.options.place }, this.options.origin, [port2]);
    this.say("theme", this.options.theme || "");
    this.say("shown", !!this.isShown);
    if (this.isLeaving) this.say("logout");
    this.isLeaving = false;
    this.wait();
  }

  hear(data) {
    if (data?.v !== VERSION) return;
    clearTimeout(this.waiting);
    if (data.type === "identity") this.identify();
    if (EVENTS.includes(data.type) || data.type === "leave") this.told(data.type, data.value);
  }

  // Who the visitor is, by a token of the site's own back end; an empty one if nobody is signed in there.
  async identify() {
    const { identify } = this.options;
    let said = null;
    try {
      said = { token: (await (typeof identify === "function" ? identify() : identify)) || "" };
    } catch (error) {
      this.told("error", `The chat does not learn who this is: ${error}.`);
    }
    this.say("identity", said);
  }

  say(type, value) {
    this.port?.postMessage({ v: VERSION, type, value });
  }

  logout() {
    this.options.identify = null;
    if (this.port) this.say("logout");
    else this.isLeaving = true;
  }

  show(isShown) {
    this.isShown = isShown;
    this.say("shown", isShown);
  }

  set(name, value) {
    this.options[name] = value;
    if (name === "theme") this.say("theme", value);
    else this.load();
  }

  destroy() {
    clearTimeout(this.waiting);
    this.port?.close();
    this.element.remove();
  }
}

// An element tells by an event of the page's own kind.
const telling = (element) => (type, value) => {
  if (type === "error") console.warn(value);
  element.dispatchEvent(new CustomEvent(type, { detail: value }));
};

// What a page can hear of.
const EVENTS = ["ready", "open", "close", "message", "unread", "visit", "error"];

class Listeners {
  #of = new Map();

  on(type, heard) {
    if (!EVENTS.includes(type)) throw new TypeError(`GuestPortal: there is no event "${type}"; there are ${EVENTS.join(", ")}`);
    this.#of.set(type, [...(this.#of.get(type) || []), heard]);
  }

  off(type, heard) {
    this.#of.set(type, heard ? (this.#of.get(type) || []).filter((other) => other !== heard) : []);
  }

  tell(type, value) {
    if (type === "error" && !this.#of.get(type)?.length) console.warn(value);
    for (const heard of this.#of.get(type) || []) {
      // A mistake in the page's own code is the page's, and keeps nobody else from hearing.
      try {
        heard(value);
      } catch (error) {
        setTimeout(() => {
          throw error;
        });
      }
    }
  }
}
