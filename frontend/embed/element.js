// <guest-portal site="acme">: the chat as a part of the page.

class GuestPortalElement extends HTMLElement {
  static observedAttributes = ["lang", "theme"];
  #frame;

  connectedCallback() {
    const site = this.getAttribute("site");
    if (!site || this.#frame) return;
    const read = (name) => this.getAttribute(name) || undefined;
    const options = { origin: ORIGIN, site, language: read("lang"), theme: read("theme"), name: read("name"), title: read("title") };
    this.#frame = new Frame(options, (type, value) => this.dispatchEvent(new CustomEvent(type, { detail: value })));
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

  /** Ends the guest's session. */
  logout() {
    this.#frame?.logout();
  }
}
