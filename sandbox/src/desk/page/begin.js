// Beginning something: writing to somebody, making a space, bringing somebody in.

import { ask, asJson, whatWentWrong } from "./ask.js";
import { element } from "./dom.js";
import { peoplePicker } from "./people.js";
import { field, openSheet, unready } from "./sheet.js";

const everybody = ({ as }) => ask(`people?as=${encodeURIComponent(as)}`).catch(() => []);

export async function newMessage(desk) {
  const picker = peoplePicker(await everybody(desk));
  const text = element("textarea", "field");
  text.rows = 3;
  text.dir = "auto";
  openSheet({
    title: "New message",
    parts: [picker.element, field("Message", text)],
    label: "Send message",
    act: async () => {
      const [person] = picker.chosen();
      if (!person) throw unready("Choose who is to get it.");
      if (!text.value.trim()) throw unready("Write something.");
      const space = await ask("direct", asJson("POST", { as: desk.as, person_id: person.id, text: text.value }));
      await desk.refresh();
      desk.openSpace(space.id);
    },
  });
}

export async function newSpace(desk) {
  const picker = peoplePicker(await everybody(desk), { isMany: true });
  const title = element("input", "field");
  Object.assign(title, { type: "text", autocomplete: "off", autofocus: true, dir: "auto" });
  openSheet({
    title: "New space",
    parts: [field("Title", title), picker.element],
    label: "Create space",
    act: async () => {
      if (!title.value.trim()) throw unready("Give it a title.");
      const people = picker.chosen().map(({ id }) => id);
      const space = await ask("rooms", asJson("POST", { as: desk.as, title: title.value.trim(), person_ids: people }));
      await desk.refresh();
      desk.openSpace(space.id);
    },
  });
}

export async function addPeople(desk, space) {
  const picker = peoplePicker(await everybody(desk), { isMany: true, here: space.members });
  openSheet({
    title: "Add people",
    text: space.title,
    parts: [picker.element],
    label: "Add",
    act: async () => {
      const people = picker.chosen();
      if (!people.length) throw unready("Choose somebody.");
      // One after the other: who is in stays in, whatever becomes of the next.
      for (const person of people) {
        const add = ask(`rooms/${encodeURIComponent(space.id)}/members`, asJson("POST", { as: desk.as, person_id: person.id }));
        await add.catch((error) => { throw unready(`${person.name}: ${whatWentWrong(error)}`); });
        picker.forget(person);
      }
      desk.refresh();
    },
  });
}
