// <guest-portal site="acme">: the chat as a part of the page.

class GuestPortalElement extends HTMLElement {
  static observedAttributes = ["lang", "theme"];
  #frame;
  #identify;

  connectedCallback() {
    const site = this.getAttribute("site");
    if (!site || this.#frame) return;
    const read = (name) => this.getAttribute(name) || undefined;
    // What was set before this script was there would hide the setter.
    const { identify } = this;
    delete this.identify;
    this.#identify ??= identify;
    const given = Object.fromEntries(["theme", "name", "email", "topic", "title"].map((name) => [name, read(name)]));
    const options = { ...given, origin: ORIGIN, site, language: read("lang"), identify: this.#identify };
    this.#frame = new Frame(options, telling(this));
    const root = this.shadowRoot || this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(":host { display: block; block-size: 600px; } iframe { display: block; inline-size: 100%; block-size: 100%; border: 0; }");
    root.adoptedStyleSheets = [sheet];
    root.append(this.#frame.element);
    this.#frame.show(true);
  }

  disconnectedCallback() {
    this.#frame?.destroy();
    this.#frame = undefined;
  }

  attributeChangedCallback(name, before, now) {
    if (this.#frame && before !== now) this.#frame.set(name === "lang" ? "language" : name, now || "");
  }

  /** Says who the visitor is: a token of the site's back end, or what answers one. */
  set identify(identify) {
    const isAnother = !identify !== !this.#identify;
    this.#identify = identify;
    // One function after another, as frameworks set them, is asked the next time; that there is one at all makes it begin anew.
    if (isAnother) this.#frame?.set("identify", identify);
    else if (this.#frame) this.#frame.options.identify = identify;
  }

  get identify() {
    return this.#identify;
  }

  /** Ends the guest's session. */
  logout() {
    this.#identify = null;
    this.#frame?.logout();
  }
}
