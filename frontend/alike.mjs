// Puts pieces of bytes into an order in which each stands beside those it looks like: what a packer has seen a moment ago costs
// it the least.

const WINDOW = 5;

/** All that stands in a piece, each once, as sorted numbers. */
const parts = (bytes) => {
  const found = new Set();
  for (let at = 0; at === 0 || at + WINDOW <= bytes.length; at++) {
    let hash = 0x811c9dc5;
    for (const byte of bytes.subarray(at, at + WINDOW)) hash = Math.imul(hash ^ byte, 0x01000193);
    found.add(hash >>> 0);
  }
  return Uint32Array.from(found).sort();
};

/** What stands in both of what stands in either. */
const likeness = (one, other) => {
  let [here, there, both] = [0, 0, 0];
  while (here < one.length && there < other.length) {
    const [a, b] = [one[here], other[there]];
    both += a === b ? 1 : 0;
    here += a <= b ? 1 : 0;
    there += b <= a ? 1 : 0;
  }
  return both / (one.length + other.length - both + 1);
};

/** The numbers of the pieces: from the longest on, each one followed by the one most like it of those that are left. */
export const chain = (pieces) => {
  const known = pieces.map(parts);
  const left = pieces.map((_, index) => index);
  const longest = left.reduce((one, other) => (pieces[other].length > pieces[one].length ? other : one), 0);
  const order = [longest];
  left.splice(longest, 1);
  while (left.length) {
    const last = known[order.at(-1)];
    let [best, likest] = [0, -1];
    left.forEach((index, place) => {
      const how = likeness(last, known[index]);
      if (how > likest) [best, likest] = [place, how];
    });
    order.push(...left.splice(best, 1));
  }
  return order;
};
