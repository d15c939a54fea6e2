// Elements and words that every part of the desk needs. Nothing here takes HTML.

export const byId = (id) => document.getElementById(id);

export const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
export const seconds = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
export const date = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
export const shortDate = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
export const isToday = (when) => when.toDateString() === new Date().toDateString();

// Ada, Ben, and Cora.
export const listed = (names) => new Intl.ListFormat("en").format(names);

export function element(tag, className, content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (content !== undefined) made.textContent = content;
  return made;
}

// A name may be written from right to left in a sentence that is not.
export const named = (content, className) => element("bdi", className, content);

export function button(content, className, act, label) {
  const made = element("button", className, content);
  made.type = "button";
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

const SHADES = 6;

// Initials; the same name always has the same shade. Spaces of several are square.
export function face(of, kind) {
  const words = of.match(/[\p{L}\p{N}]+/gu) ?? [];
  const initials = words.slice(0, 2).map((word) => [...word][0].toUpperCase()).join("");
  const shade = [...of].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 9973, 7) % SHADES;
  const made = element("span", `face face--${shade}${kind ? ` face--${kind}` : ""}`, initials);
  made.setAttribute("aria-hidden", "true");
  return made;
}

export function fileSize(bytes) {
  const units = ["bytes", "kB", "MB"];
  let [size, unit] = [bytes, 0];
  while (size >= 1000 && unit < units.length - 1) { size /= 1000; unit += 1; }
  return `${size.toLocaleString(undefined, { maximumFractionDigits: unit ? 1 : 0 })} ${size === 1 && !unit ? "byte" : units[unit]}`;
}

export const count = (number, one, many) => `${number.toLocaleString()} ${number === 1 ? one : many}`;

// What is wanted, in this order, and nothing else. What is there already is not touched, so that focus and pressing outlive a redraw.
export function arrange(parent, wanted) {
  const keep = new Set(wanted);
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
  let next = parent.firstElementChild;
  for (const child of wanted) {
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
}

// The server names every element; only these are made.
const made = new Set(["p", "br", "strong", "em", "u", "del", "code", "pre", "blockquote", "ul", "ol", "li", "hr"]);
const hasDirection = new Set(["p", "li", "pre", "blockquote"]);

// Something to press: taking a visit, or going to the meeting.
const isInvitation = (href) => /\/(host|claim|visit)\/[^/]/.test(URL.canParse(href) ? new URL(href).pathname : "");

export function drawRuns(into, runs = []) {
  for (const run of runs) {
    if (typeof run === "string") { into.append(run); continue; }
    let child;
    if (run.tag === "a" && run.href) {
      child = element("a", isInvitation(run.href) ? "link link--act" : "link");
      Object.assign(child, { href: run.href, target: "_blank", rel: "noopener noreferrer" });
    } else if (/^h[1-6]$/.test(run.tag)) {
      child = element("p", "message__heading");
    } else if (run.tag === "spark-mention") {
      child = element("span", "mention");
    } else {
      child = made.has(run.tag) ? element(run.tag) : element("span");
    }
    if (hasDirection.has(run.tag)) child.dir = "auto";
    drawRuns(child, run.runs);
    into.append(child);
  }
}
