// Reads the binary format of WebAssembly, as far as the tools beside this file need it.

/** Reads a part of it from the front. */
export const reader = (view) => {
  let place = 0;
  const byte = () => view[place++];
  // Numbers stand in groups of seven bits, the lowest first.
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const next = byte();
      value |= (next & 127) << shift;
      if (next < 128) return value >>> 0;
    }
  };
  const take = () => {
    const length = number();
    const part = view.subarray(place, place + length);
    place += length;
    return part;
  };
  return { byte, number, take, rest: () => place < view.length };
};

/** The parts of a program: the number of each one's kind, and what is in it. */
export const sections = (bytes) => {
  const found = [];
  for (const all = reader(bytes.subarray(8)); all.rest(); ) found.push([all.byte(), all.take()]);
  return found;
};

/** The bodies of a program's own functions. */
export const bodies = (bytes) => {
  const found = [];
  for (const [kind, content] of sections(bytes)) {
    if (kind !== 10) continue;
    const part = reader(content);
    for (let count = part.number(); count > 0; count--) found.push(part.take());
  }
  return found;
};

/** How many functions it imports; they are counted before its own. */
export const imported = (bytes) => WebAssembly.Module.imports(new WebAssembly.Module(bytes)).filter((one) => one.kind === "function").length;

const numbered = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...numbered(value >>> 7)]);
const sized = (bytes) => [...numbered(bytes.length), ...bytes];

/** The program with a name for each of its own functions; `names` in their order. */
export const named = (bytes, names) => {
  const first = imported(bytes);
  const entries = names.flatMap((name, index) => [...numbered(first + index), ...sized(Buffer.from(name))]);
  const section = [...sized(Buffer.from("name")), 1, ...sized([...numbered(names.length), ...entries])];
  return Buffer.concat([bytes, Buffer.from([0, ...sized(section)])]);
};

/** The program without the exports of these names. */
export const without = (bytes, isGone) => {
  const parts = sections(bytes).map(([kind, content]) => {
    if (kind !== 7) return [kind, ...sized(content)];
    const part = reader(content);
    const kept = [];
    for (let count = part.number(); count > 0; count--) {
      const [name, of, index] = [part.take(), part.byte(), part.number()];
      if (!isGone(Buffer.from(name).toString())) kept.push([...sized(name), of, ...numbered(index)]);
    }
    return [kind, ...sized([...numbered(kept.length), ...kept.flat()])];
  });
  return Buffer.concat([bytes.subarray(0, 8), ...parts.map((part) => Buffer.from(part))]);
};
