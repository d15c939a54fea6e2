// Makes the built page smaller, after trunk has built a release. wasm-bindgen names each thing the program asks of the browser
// by some thirty letters that no compression can shorten, in the program and in its JavaScript: here they become one or two.
// Trunk's own minifier does not read modules, so the JavaScript goes through terser.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { chain } from "./alike.mjs";
import { bodies, named, without } from "./wasm.mjs";

const { TRUNK_PROFILE, TRUNK_STAGING_DIR: folder } = process.env;
const run = (program, args) => execFileSync(program, args, { encoding: "utf8", maxBuffer: 64 << 20 });
const page = join(folder, "index.html");
const smaller = (sheet) =>
  sheet.replace(/\/\*[^]*?\*\//g, "").replace(/\s*\n\s*/g, " ").replace(/ ?([{};]) ?/g, "$1").replace(/([:,]) (?!")/g, "$1").replace(/;}/g, "}").trim();
const FEATURES = [
  "bulk-memory",
  "nontrapping-float-to-int",
  "sign-ext",
  "mutable-globals",
  "multivalue",
  "reference-types",
].map((feature) => `--enable-${feature}`);

if (TRUNK_PROFILE === "release") {
  const find = (end) => join(folder, readdirSync(folder).find((name) => name.endsWith(end)));
  const [wasm, glue] = [find("_bg.wasm"), find(".js")];
  let text = readFileSync(glue, "utf8");

  // Leptos brings classes by which browsers would read streams of the program's. The page has none: they go, and with them what
  // only they need.
  writeFileSync(wasm, without(readFileSync(wasm), (name) => /^(__wbg_)?intounderlying/.test(name)));
  const whole = text;
  text = text
    .replace(/^export class (IntoUnderlying\w+) {$[^]*?^}$/gm, "")
    .replace(/^if \(Symbol\.dispose\) IntoUnderlying.*$/gm, "")
    .replace(/^const IntoUnderlying\w+Finalization = [^]*?;$/gm, "");
  if (text === whole || text.includes("IntoUnderlying")) throw new Error(`${glue}: the classes of streams are not where they were`);

  // The first kilobyte is the far end of the stack: no address a program could add to lies there.
  const low = ["--low-memory-unused", "--optimize-added-constants-propagate"];
  const passes = ["--minify-imports-and-exports-and-modules", ...low, "--flatten", "--rereloop", "-Oz", "-Oz"];
  const { imports, exports } = JSON.parse(run("wasm-opt", [...FEATURES, ...passes, wasm, "-o", wasm]));
  // What looks alike compresses better side by side.
  const program = readFileSync(wasm);
  const names = [];
  chain(bodies(program)).forEach((index, rank) => (names[index] = String(rank).padStart(6, "0")));
  writeFileSync(wasm, named(program, names));
  run("wasm-opt", [...FEATURES, "--reorder-functions-by-name", wasm, "-o", wasm]);

  const rename = (pattern, name) => {
    const renamed = text.replace(pattern, name);
    if (renamed === text) throw new Error(`${glue}: ${pattern} is not there`);
    text = renamed;
  };
  const quoted = (name) => name.replace(/[$.]/g, "\\$&");
  const used = new Set(imports.map(([, before]) => before));
  text = text.replace(/^ {8}(\w+): function[^]*?^ {8}},$/gm, (all, name) => (used.has(name) ? all : ""));
  // The object of imports has each as a key; exports are read from `wasm`.
  for (const [, before, after] of imports) rename(new RegExp(`^( +)${quoted(before)}(?=: |\\()`, "m"), `$1${after.replace(/\$/g, "$$$$")}`);
  for (const module of new Set(imports.map(([module]) => module))) rename(`"${module}":`, '"a":');
  for (const [before, after] of exports) {
    text = text.replace(new RegExp(`\\bwasm\\.${quoted(before)}\\b(?!\\$)`, "g"), `wasm.${after.replace(/\$/g, "$$$$")}`);
  }
  writeFileSync(glue, text);
  const sheet = find(".css");
  writeFileSync(sheet, smaller(readFileSync(sheet, "utf8")));
  run("terser", [glue, "--compress", "--mangle", "--module", "-o", glue]);

  // The page goes out anew with each answer, less well compressed than what never changes.
  const script = join(folder, "index.js");
  const shrunk = readFileSync(page, "utf8")
    .replace(/<!--[^]*?-->/g, "")
    .replace(/(<script nonce="__CSP_NONCE__">)([^]*?)(<\/script>)/g, (_, before, inside, after) => {
      writeFileSync(script, inside);
      return before + run("terser", [script, "--compress", "--mangle", "--toplevel"]).trim() + after;
    })
    .replace(/\n\s*/g, "\n");
  rmSync(script);
  writeFileSync(page, shrunk);

  // Trunk has named them by what they were before; browsers keep whatever has a name for ever.
  for (const files of [[wasm, glue], [sheet]]) {
    const before = /-([0-9a-f]{16})[._]/.exec(files[0])[1];
    const hash = createHash("sha256");
    files.forEach((file) => hash.update(readFileSync(file)));
    const after = hash.digest("hex").slice(0, 16);
    for (const file of [...files.slice(1), page]) writeFileSync(file, readFileSync(file, "utf8").replaceAll(before, after));
    files.forEach((file) => renameSync(file, file.replace(before, after)));
  }
}

// What the page loads only where it is needed. The names change with what is in them: browsers keep these files for ever.
for (const name of ["bearer", "identity", "kiosk", "proof"]) {
  const shrunk = run("terser", [`frontend/frame/${name}.js`, "--compress", "--mangle", "--module"]);
  const file = `${name}-${createHash("sha256").update(shrunk).digest("hex").slice(0, 16)}.js`;
  writeFileSync(join(folder, file), shrunk);
  const before = readFileSync(page, "utf8");
  if (!before.includes(`/${name}.js`)) throw new Error(`${page} does not load ${name}.js`);
  writeFileSync(page, before.replace(`/${name}.js`, `/${file}`));
}

// What owners put on their pages, each one script that shares no name with the page's own.
const SCRIPTS = { embed: ["protocol", "launcher", "element", "loader"], "space-widget": ["protocol", "space_widget"] };
for (const [name, parts] of Object.entries(SCRIPTS)) {
  const texts = parts.map((part) =>
    // The sheet is text to terser.
    readFileSync(`frontend/embed/${part}.js`, "utf8").replace(/const SHEET = `([^]*?)`/, (_, sheet) => `const SHEET = \`${smaller(sheet)}\``),
  );
  const file = join(folder, `${name}.js`);
  writeFileSync(file, `(() => {\n"use strict";\n${texts.join("\n")}\n})();\n`);
  run("terser", [file, "--compress", "--mangle", "-o", file]);
}
