// The button in the corner of an owner's page, and the panel with the chat above it. Nothing is fetched or kept before the
// guest opens it for the first time.

// Where the chat fills the screen.
const SMALL = "(width < 480px), (height < 480px)";
const THEMES = ["light", "dark"];
const SVG = "http://www.w3.org/2000/svg";
const CHAT = "M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-6l-5 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z";
const DOWN = "M6 9.5l6 6 6-6";
const CLOSE = "M6 6l12 12M18 6 6 18";

// What begins with --guest-portal can be set by the page, on :root.
const SHEET = `
:host { all: initial !important; }
[hidden] { display: none !important; }
.whole { position: fixed; z-index: var(--guest-portal-z-index, 2147483000); font: 15px/1.4 system-ui, sans-serif; color-scheme: light dark;
  --x: var(--guest-portal-offset-x, 20px); --y: calc(var(--guest-portal-offset-y, 20px) + env(safe-area-inset-bottom)); --accent: var(--guest-portal-accent, var(--site, #2f5fde));
  --on: var(--guest-portal-on-accent, var(--on-site, #fff)); }
button { font: inherit; cursor: pointer; border: 1px solid transparent; }
.panel, .greeting { border: 1px solid light-dark(transparent, #444b5a); }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
svg { inline-size: 26px; block-size: 26px; fill: none; stroke: currentColor; stroke-width: 1.9; stroke-linecap: round; stroke-linejoin: round; }
.whole > * { position: fixed; inset-inline-end: var(--x); }
.left > * { inset-inline: var(--x) auto; }
.launcher { inset-block-end: var(--y); display: grid; place-items: center; inline-size: 56px; block-size: 56px; padding: 0; border-radius: 50%; background: var(--accent);
  color: var(--on); box-shadow: 0 4px 16px rgb(16 20 32 / 24%); }
.count { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-inline-size: 12px; padding: 1px 5px; border-radius: 11px;
  background: #c42b2b; color: #fff; font-size: 12px; font-weight: 600; text-align: center; }
.panel { inset-block-end: calc(var(--y) + 72px);
  inline-size: min(375px, calc(100vw - 2 * var(--x))); block-size: min(600px, calc(100dvh - var(--y) - 96px));
  overflow: hidden; border-radius: 16px; background: Canvas; box-shadow: 0 12px 48px rgb(16 20 32 / 28%); }
iframe { display: block; inline-size: 100%; block-size: 100%; border: 0; color-scheme: normal; }
a { display: block; padding: 40px; }
.away { position: absolute; inset-block-start: calc(10px + env(safe-area-inset-top)); right: 8px; display: grid; place-items: center;
  inline-size: 36px; block-size: 36px; padding: 0; border-radius: 10px; background: none; color: CanvasText; }
.away svg { inline-size: 20px; block-size: 20px; }
.greeting { inset-block-end: calc(var(--y) + 72px);
  max-inline-size: min(260px, calc(100vw - 2 * var(--x))); padding: 12px 16px; border-radius: 14px; background: Canvas; color: CanvasText;
  box-shadow: 0 4px 20px rgb(16 20 32 / 20%); text-align: start; }
@media ${SMALL} {
  .panel { inset: 0 !important; inline-size: auto; block-size: 100dvh; border: 0; border-radius: 0; }
  .open .launcher { display: none; }
}
@media (prefers-reduced-motion: no-preference) {
  .panel:not([hidden]) { animation: rise 160ms ease-out; }
  @keyframes rise { from { opacity: 0; translate: 0 12px; } }
}
@media print { .whole { display: none; } }
`;

const make = (tag, className, parent) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (tag === "button") made.type = "button";
  parent.append(made);
  return made;
};

const draw = (button, path) => {
  const picture = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "path");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  picture.append(line);
  button.querySelector("svg")?.remove();
  button.prepend(picture);
};

class Launcher {
  #listeners = new Listeners();
  #key;

  constructor(options) {
    this.options = options;
    this.#key = `guest-portal-open-${options.site}`;
    this.host = document.createElement("div");
    this.host.dataset.guestPortal = options.site;
    const root = this.host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(SHEET);
    root.adoptedStyleSheets = [sheet];
    const whole = make("div", options.position === "left" ? "whole left" : "whole", root);
    // The site's own colours, which its pages may change.
    const [accent, onAccent] = options.accent || [];
    whole.style.setProperty("--site", accent || "");
    whole.style.setProperty("--on-site", onAccent || "");
    this.whole = whole;
    this.panel = make("div", "panel", whole);
    this.panel.id = "panel";
    this.panel.hidden = true;
    this.panel.setAttribute("role", "dialog");
    this.panel.setAttribute("aria-label", options.title);
    this.button = make("button", "launcher", whole);
    this.button.setAttribute("aria-label", options.title);
    this.button.setAttribute("aria-controls", "panel");
    this.count = make("span", "count", this.button);
    this.count.hidden = true;
    this.button.addEventListener("click", () => this.toggle());
    if (options.greeting) {
      this.greeting = make("button", "greeting", whole);
      this.greeting.textContent = options.greeting;
      this.greeting.addEventListener("click", () => this.open());
    }
    this.#draw(false);
    this.#dress();
    this.button.hidden = options.hidden;
    if (this.greeting) this.greeting.hidden = options.hidden;
    whole.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.close();
    });
    // Beside the body: pages that change their body by script leave it alone.
    document.documentElement.append(this.host);
  }

  // Who has talked here before hears of answers on every page, and sees the panel as they left it.
  static begin(launcher) {
    const before = launcher.#remembered();
    if (before !== null) launcher.greeting?.remove();
    if (before === "1" || (launcher.options.open && before === null)) launcher.open(false);
    else if (before === "0") launcher.#prepare();
  }

  #prepare() {
    if (!this.frame) {
      this.frame = new Frame({ ...this.options, place: "panel" }, (type, value) => this.#hear(type, value));
      this.panel.append(this.frame.element);
      const away = make("button", "away", this.panel);
      away.setAttribute("aria-label", this.options.closeTitle);
      draw(away, CLOSE);
      away.addEventListener("click", () => this.close());
    }
  }

  open(takesFocus = true) {
    this.#prepare();
    if (this.panel.hidden) {
      this.before = document.activeElement;
      this.#draw(true);
      // Where it fills the screen, Android's way back closes the chat and stays on the page.
      if (takesFocus && window.CloseWatcher && matchMedia(SMALL).matches) {
        this.watcher = new CloseWatcher();
        this.watcher.onclose = () => this.close();
      }
      this.takesFocus = takesFocus;
      this.#focus();
      this.#listeners.tell("open");
    }
  }

  // A frame that is still loading loses the focus: it gets it again once it is ready.
  #focus() {
    if (!this.takesFocus || this.panel.hidden) return;
    this.frame.element.focus();
    this.frame.say("focus");
    if (this.frame.port) this.takesFocus = false;
  }

  close() {
    if (this.panel.hidden) return;
    this.watcher?.destroy();
    // Only where the guest was in the chat does the focus go anywhere.
    const wasInside = document.activeElement === this.host;
    this.#draw(false);
    if (wasInside) (this.button.hidden ? this.before : this.button)?.focus();
    this.#listeners.tell("close");
  }

  toggle() {
    if (this.panel.hidden) this.open();
    else this.close();
  }

  show() {
    this.button.hidden = false;
    if (this.greeting) this.greeting.hidden = false;
  }

  hide() {
    this.button.hidden = true;
    if (this.greeting) this.greeting.hidden = true;
    this.close();
  }

  identify(identify) {
    this.options.identify = identify;
    this.frame?.set("identify", identify);
  }

  setLocale(language) {
    if (this.options.language === language) return;
    this.options.language = language;
    this.frame?.set("language", language);
  }

  setTheme(theme) {
    this.options.theme = theme;
    this.#dress();
    this.frame?.set("theme", theme);
  }

  logout() {
    // Where the chat was not opened on this page, its cookies are there all the same.
    this.options.identify = null;
    this.#prepare();
    this.frame.logout();
    this.close();
    this.#remember(null);
  }

  on(type, heard) {
    this.#listeners.on(type, heard);
  }

  off(type, heard) {
    this.#listeners.off(type, heard);
  }

  destroy() {
    this.watcher?.destroy();
    this.frame?.destroy();
    this.host.remove();
    this.#remember(null);
    // What is called from now on is for the next one.
    window.GuestPortal = function () {
      (window.GuestPortal.q ??= []).push(arguments);
    };
  }

  #draw(isOpen) {
    this.panel.hidden = !isOpen;
    this.whole.classList.toggle("open", isOpen);
    this.button.setAttribute("aria-expanded", isOpen);
    draw(this.button, isOpen ? DOWN : CHAT);
    if (isOpen) {
      this.greeting?.remove();
      this.#count(0);
    }
    if (this.frame) {
      this.frame.show(isOpen);
      this.#remember(isOpen ? "1" : "0");
    }
  }

  // What this script draws itself goes with the chat.
  #dress() {
    this.whole.style.colorScheme = THEMES.includes(this.options.theme) ? this.options.theme : "";
  }

  #count(unread) {
    this.count.hidden = !unread;
    this.count.textContent = unread > 9 ? "9+" : unread;
    this.button.setAttribute("aria-label", unread ? `${this.options.title} (${unread})` : this.options.title);
  }

  #hear(type, value) {
    if (type === "leave") return this.close();
    if (type === "ready") this.#focus();
    if (type === "unread") this.#count(this.panel.hidden ? value : 0);
    this.#listeners.tell(type, value);
  }

  // How it was on the page before, where the browser keeps anything.
  #remembered() {
    try {
      return sessionStorage.getItem(this.#key);
    } catch {
      return null;
    }
  }

  #remember(state) {
    try {
      if (state === null) sessionStorage.removeItem(this.#key);
      else sessionStorage.setItem(this.#key, state);
    } catch {
      // It is closed on the next page, then.
    }
  }
}
