// Prints which crates, and which rooms of the page's own, weigh most in a program that still has the names of its functions.
import { readFileSync } from "node:fs";

import { bodies, imported, reader } from "./wasm.mjs";

const HOW_MANY = 10;
const bytes = readFileSync(process.argv[2]);
const module = new WebAssembly.Module(bytes);
const [section] = WebAssembly.Module.customSections(module, "name");

const names = new Map();
for (const all = reader(new Uint8Array(section)); all.rest(); ) {
  const kind = all.byte();
  const part = reader(all.take());
  // The names of functions; the others name what is in them.
  if (kind !== 1) continue;
  for (let count = part.number(); count > 0; count--) {
    const index = part.number();
    names.set(index, new TextDecoder().decode(part.take()));
  }
}

const first = imported(bytes);
const sizes = bodies(bytes).map((body) => body.length);

const groups = new Map();
sizes.forEach((size, index) => {
  const name = names.get(first + index) ?? "";
  const [, crate, room] = /(?:^|[<&( ])([a-z]\w*)(?:\[\w+\])?::(\w+)/.exec(name) ?? [];
  const group = crate === "guest_portal_frontend" ? `the page's own ${room}` : (crate ?? "without a name");
  groups.set(group, (groups.get(group) ?? 0) + size);
});
const total = sizes.reduce((sum, size) => sum + size, 0);
console.log(`${total} bytes of code before they are compressed, in ${sizes.length} functions; the ${HOW_MANY} largest contributors:`);
for (const [group, size] of [...groups].sort((one, other) => other[1] - one[1]).slice(0, HOW_MANY)) {
  console.log(`${String(size).padStart(8)} ${((100 * size) / total).toFixed(1).padStart(5)} %  ${group}`);
}
