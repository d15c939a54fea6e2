// The little formatting that texts of cards have: **bold**, _italic_ and [links](https://…).

import { element } from "./dom.js";

const MARKS = /\*\*(.+?)\*\*|\*([^*\s][^*]*)\*|(?<![\p{L}\p{N}])_([^_]+)_(?![\p{L}\p{N}])|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/u;

export function webLink(href, className, content) {
  const made = element("a", className, content);
  Object.assign(made, { href, target: "_blank", rel: "noopener noreferrer" });
  return made;
}

export function drawText(into, text) {
  let rest = text;
  for (let found = MARKS.exec(rest); found; found = MARKS.exec(rest)) {
    const [whole, bold, italic, alsoItalic, label, href] = found;
    into.append(rest.slice(0, found.index));
    if (href) into.append(webLink(href, "link", label));
    else {
      const marked = element(bold ? "strong" : "em");
      drawText(marked, bold ?? italic ?? alsoItalic);
      into.append(marked);
    }
    rest = rest.slice(found.index + whole.length);
  }
  into.append(rest);
}
