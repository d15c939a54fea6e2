// Elements and words that every part of the desk needs. Nothing here takes HTML.

export const byId = (id) => document.getElementById(id);

export const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
export const date = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
export const shortDate = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
export const isToday = (when) => when.toDateString() === new Date().toDateString();

export function element(tag, className, content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (content !== undefined) made.textContent = content;
  return made;
}

export function button(content, className, act, label) {
  const made = element("button", className, content);
  made.type = "button";
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

export function face(name, isGuest) {
  const initials = (name.match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, 2).map((word) => [...word][0].toUpperCase()).join("");
  const made = element("span", isGuest ? "face face--guest" : "face", initials);
  made.setAttribute("aria-hidden", "true");
  return made;
}

export function fileSize(bytes) {
  const units = ["bytes", "kB", "MB"];
  let [size, unit] = [bytes, 0];
  while (size >= 1000 && unit < units.length - 1) { size /= 1000; unit += 1; }
  return `${size.toLocaleString(undefined, { maximumFractionDigits: unit ? 1 : 0 })} ${size === 1 && !unit ? "byte" : units[unit]}`;
}

export async function ask(path, options) {
  const response = await fetch(`/desk/api/${path}`, options);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw Object.assign(new Error(answer.message ?? response.statusText), { isRefusal: true });
  return answer;
}

export const asJson = (method, body) => ({ method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

// The server names every element; only these are made.
const made = new Set(["p", "br", "strong", "em", "u", "del", "code", "pre", "blockquote", "ul", "ol", "li", "hr"]);

export function drawRuns(into, runs = []) {
  for (const run of runs) {
    if (typeof run === "string") { into.append(run); continue; }
    let child;
    if (run.tag === "a" && run.href) {
      child = element("a", "link");
      Object.assign(child, { href: run.href, target: "_blank", rel: "noopener noreferrer" });
    } else if (/^h[1-6]$/.test(run.tag)) {
      child = element("p", "message__heading");
    } else if (run.tag === "spark-mention") {
      child = element("span", "mention");
    } else {
      child = made.has(run.tag) ? element(run.tag) : element("span");
    }
    drawRuns(child, run.runs);
    into.append(child);
  }
}
