// Names of members, offered after an @ while one types. The server makes mentions of them.

import { arrange, element, named } from "./dom.js";

// A name that means all members.
export const EVERYBODY = "all";
const SHOWN = 6;
let lists = 0;

const begins = (name, typed) => {
  const whole = name.toLocaleLowerCase();
  return whole.startsWith(typed) || whole.split(/\s+/).some((word) => word.startsWith(typed));
};

// Answers whether a key was taken by the list.
export function offerNames(text, list, namesOf) {
  lists += 1;
  list.id = `names-${lists}`;
  text.setAttribute("aria-autocomplete", "list");
  text.setAttribute("aria-controls", list.id);
  let [offered, chosen, from] = [[], 0, 0];

  const isOpen = () => !list.hidden;
  function close() {
    list.hidden = true;
    text.removeAttribute("aria-activedescendant");
  }

  function draw() {
    const items = offered.map((name, index) => {
      const item = element("li", index === chosen ? "names__name names__name--chosen" : "names__name");
      item.id = `${list.id}-${index}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(index === chosen));
      item.append(named(name));
      if (name === EVERYBODY) item.append(element("span", "names__note", "everybody here"));
      // The text box keeps the focus.
      item.addEventListener("pointerdown", (event) => event.preventDefault());
      item.addEventListener("click", () => take(index));
      return item;
    });
    arrange(list, items);
    list.hidden = false;
    text.setAttribute("aria-activedescendant", `${list.id}-${chosen}`);
  }

  function take(index) {
    text.setRangeText(`@${offered[index]} `, from, text.selectionStart, "end");
    close();
    text.focus();
  }

  function look() {
    const before = text.value.slice(0, text.selectionStart);
    const typed = /(^|\s)@([^@\n]{0,60})$/u.exec(before)?.[2].toLocaleLowerCase();
    offered = typed === undefined ? [] : namesOf().filter((name) => begins(name, typed)).slice(0, SHOWN);
    if (!offered.length || text.selectionStart !== text.selectionEnd) { close(); return; }
    from = before.length - typed.length - 1;
    chosen = 0;
    draw();
  }

  text.addEventListener("input", look);
  text.addEventListener("blur", close);
  return (event) => {
    if (!isOpen() || event.isComposing) return false;
    if (event.key === "Escape") close();
    else if (event.key === "Enter" || event.key === "Tab") take(chosen);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : offered.length - 1)) % offered.length;
      draw();
    } else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
}
