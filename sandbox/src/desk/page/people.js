// Choosing people by name: one, or several.

import { arrange, element, face, named } from "./dom.js";

const SHOWN = 100;
const KINDS = { staff: "Staff", bot: "Bot", guest: "Guest", stranger: "Stranger" };

let groups = 0;

function row(person, type, group, isHere) {
  const made = element("label", "person");
  const input = element("input", "person__choice");
  Object.assign(input, { type, name: group, value: person.id });
  const names = element("span", "person__names");
  names.append(named(person.name || person.email, "person__name"), element("span", "person__email", person.email));
  made.append(input, face(person.name || person.email, person.kind === "guest" ? "guest" : undefined), names);
  if (isHere) made.append(element("span", "person__here", "Here already"));
  made.append(element("span", "chip", KINDS[person.kind] ?? person.kind));
  return made;
}

// `here` are names of those who are in the space already.
export function peoplePicker(people, { isMany = false, here = [] } = {}) {
  groups += 1;
  const present = new Set(here);
  const rows = people.map((person) => ({ person, row: row(person, isMany ? "checkbox" : "radio", `people-${groups}`, present.has(person.name)) }));
  const made = element("fieldset", "people");
  made.append(element("legend", "labelled__name", isMany ? "People" : "To"));
  const find = element("input", "field");
  Object.assign(find, { type: "search", placeholder: "Find a name or address", autocomplete: "off", autofocus: true });
  find.setAttribute("aria-label", "Find somebody");
  const list = element("div", "people__list");
  const note = element("p", "people__note");
  note.setAttribute("role", "status");
  made.append(find, list, note);

  const isChosen = ({ row: { firstElementChild: input } }) => input.checked;
  function draw() {
    const words = find.value.trim().toLocaleLowerCase();
    const isMeant = ({ person }) => `${person.name} ${person.email}`.toLocaleLowerCase().includes(words);
    // Who is chosen stays in sight, whatever is looked for.
    const found = rows.filter((one) => isChosen(one) || isMeant(one));
    arrange(list, found.slice(0, SHOWN).map((one) => one.row));
    if (!found.length) note.textContent = people.length ? "Nobody of that name." : "There is nobody else yet.";
    else note.textContent = found.length > SHOWN ? `${(found.length - SHOWN).toLocaleString()} more: type a name.` : "";
    list.hidden = !found.length;
  }
  find.addEventListener("input", draw);
  find.addEventListener("keydown", (event) => {
    // Enter here would send what is not finished.
    if (event.key === "Enter") event.preventDefault();
    if (event.key !== "ArrowDown" && event.key !== "Enter") return;
    event.preventDefault();
    list.querySelector("input")?.focus();
  });
  draw();
  return {
    element: made,
    chosen: () => rows.filter(isChosen).map(({ person }) => person),
    forget: (person) => { rows.find((one) => one.person === person).row.firstElementChild.checked = false; },
  };
}
