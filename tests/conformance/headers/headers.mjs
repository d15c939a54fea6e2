// Asks a portal for each kind of answer that it has, and has the headers judged: the policies by csp_evaluator, the pages by the
// tests and the score of the MDN HTTP Observatory, which are given what was answered in place of a site on the internet.
//
//   node headers.mjs PORTAL
import { execFile, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { CspEvaluator } from "csp_evaluator";
import { Severity } from "csp_evaluator/dist/finding.js";
import { CspParser } from "csp_evaluator/dist/parser.js";

const HOST = "chat.example.com";
// What these get without a cookie and without standing on the list that is built into browsers.
const LOWEST_SCORE = 130;

const [, , portal] = process.argv;
const require = createRequire(import.meta.url);
const observatory = path.dirname(require.resolve("@mdn/mdn-http-observatory/package.json"));
// It would be fetched when the package is installed; nobody of example.com stands on it.
const preloaded = path.join(observatory, "conf", "hsts-preload.json");
if (!existsSync(preloaded)) writeFileSync(preloaded, "{}");
const { ALL_TESTS } = await import("@mdn/mdn-http-observatory/src/constants.js");
const { MINIMUM_SCORE_FOR_EXTRA_CREDIT } = await import("@mdn/mdn-http-observatory/src/grader/charts.js");
const { getGradeForScore, getScoreModifier } = await import("@mdn/mdn-http-observatory/src/grader/grader.js");
const { parseHttpEquivHeaders } = await import("@mdn/mdn-http-observatory/src/retriever/utils.js");
const { Requests } = await import("@mdn/mdn-http-observatory/src/types.js");

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

const folder = await mkdtemp(path.join(tmpdir(), "headers-"));
const [port, simulatorPort] = [await freePort(), await freePort()];
const config = path.join(folder, "guest-portal.toml");
await writeFile(path.join(folder, "logo.svg"), '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><path d="M0 0h4v4H0z"/></svg>');
await writeFile(
  config,
  `
[server]
listen = "127.0.0.1:${port}"
public_url = "https://${HOST}"
trusted_proxies = ["127.0.0.1"]
data_dir = "${folder}/portal"
[log]
level = "error"
[webex]
sandbox_listen = "127.0.0.1:${simulatorPort}"
[webex.service_app]
[webex.bot]
[[site]]
id = "demo"
name = "Acme support"
staff = ["grace@sandbox.example"]
[site.theme]
logo = "${folder}/logo.svg"
[[site]]
id = "shop"
name = "Acme shop"
staff = ["maria@sandbox.example"]
allowed_origins = ["https://www.example.com"]
destinations = ["maria@sandbox.example"]
`,
);
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GUEST_PORTAL_")));

// One request, as it is written here and with nothing that a library adds.
const ask = (path, { method = "GET", headers = {}, body, isStream = false, to = port } = {}) =>
  new Promise((resolve, reject) => {
    const request = http.request({ host: "127.0.0.1", port: to, path, method, headers: { host: to === port ? HOST : `127.0.0.1:${to}`, ...headers } }, (response) => {
      const chunks = [];
      const done = () => resolve({ path, method, status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() });
      response.on("data", (chunk) => {
        chunks.push(chunk);
        if (isStream) (done(), request.destroy());
      });
      response.on("end", done);
    });
    request.on("error", (error) => (isStream ? undefined : reject(error)));
    request.end(body);
  });
const json = (value) => ({ headers: { "content-type": "application/json" }, body: JSON.stringify(value) });
const ours = { "x-gp": "demo", "sec-fetch-site": "same-origin" };

// Every kind of answer there is.
const answers = async () => {
  const signedIn = await ask("/api/session", { method: "POST", headers: { ...ours, "content-type": "application/json" }, body: '{"display_name":"Ada"}' });
  const cookie = signedIn.headers["set-cookie"].map((value) => value.split(";")[0]).join("; ");
  const words = ["key", "make", "--site", "demo", "--name", "headers", "--scope", "visits", "--sandbox", `--config=${config}`];
  const { stdout: key } = await promisify(execFile)(portal, words, { env: environment });
  const booking = { guest_name: "Ada", starts_at: new Date(Date.now() + 864e5).toISOString() };
  const booked = await ask("/api/v1/visits", { method: "POST", ...json(booking), headers: { authorization: `Bearer ${key.trim()}`, "content-type": "application/json" } });
  const invitation = JSON.parse(booked.body).guest_url.split("/").pop();
  const claim = await claimOfGrace();
  const page = await ask("/");
  const files = [...new Set(page.body.match(/\/[A-Za-z0-9_-]+-[0-9a-f]{8,}[A-Za-z0-9_]*\.(?:js|wasm|css)/g) ?? [])];
  const pages = ["/s/demo", "/embed/demo", "/embed/shop", "/embed?destination=maria@sandbox.example", `/host/${claim}`, `/visit/${invitation}`];
  const plain = ["/s/nowhere", "/host/nothing", "/visit/nothing", "/nothing", "/api/nothing", "/embed.js?site=shop", "/space-widget.js", "/logo/demo", "/favicon.ico"];
  plain.push("/openapi.json", `/visit/${invitation}/version`, `/visit/${invitation}/meeting.ics`, `/host/${claim}/version`, "/api/files/dl/nothing", ...files);
  return [
    signedIn,
    booked,
    page,
    ...(await Promise.all([...pages, ...plain].map((path) => ask(path)))),
    await ask("/api/rooms", { headers: { ...ours, cookie } }),
    await ask("/api/events", { headers: { ...ours, cookie }, isStream: true }),
    await ask("/api/rooms", { headers: ours }),
    await ask("/api/rooms", { headers: { ...ours, "sec-fetch-site": "cross-site" } }),
    await ask("/api/site"),
    await ask("/api/rooms", { method: "PUT", headers: ours }),
    await ask("/api/session", { method: "POST", headers: { ...ours, "content-type": "application/json", "content-length": 70000 }, isStream: true }),
    await ask("/hooks/webex/nothing", { method: "POST", ...json({}) }),
  ];
};

// What the bot has sent to one of staff.
const claimOfGrace = async () => {
  const { staff, bot } = JSON.parse((await ask("/sandbox/credentials.json", { to: simulatorPort })).body);
  const headers = { authorization: `Bearer ${staff.find(({ email }) => email === "grace@sandbox.example").access_token}` };
  for (let tries = 0; tries < 200; tries += 1) {
    const { body } = await ask(`/v1/messages/direct?personEmail=${encodeURIComponent(bot.email)}`, { headers, to: simulatorPort });
    const claim = body.match(/\/host\/([A-Za-z0-9_-]+)/)?.[1];
    if (claim) return claim;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("staff were not told of the meeting");
};

// The policy's weaknesses; those of severity INFO only inform.
const weaknesses = ({ headers }) => new CspEvaluator(new CspParser(headers["content-security-policy"]).csp).evaluate();

// The score as the Observatory's own `scan` works it out, of what was answered here.
const score = (answer) => {
  const requests = new Requests(HOST);
  const url = new URL(`https://${HOST}${answer.path}`);
  const response = { status: answer.status, headers: answer.headers, verified: true, request: { headers: {} }, data: answer.body };
  response.httpEquiv = parseHttpEquivHeaders(answer.body, url.href);
  // TLS is the proxy's, and so is plain HTTP: it is taken for closed.
  Object.assign(requests.responses, { auto: response, https: response, http: null, cors: response });
  requests.resources.path = answer.body;
  requests.session = { url, jar: { serializeSync: () => ({ cookies: [] }) } };
  const results = ALL_TESTS.map((test) => test(requests)).map((output) => ({ ...output, name: output.constructor.name, points: getScoreModifier(output.result) }));
  const lost = results.reduce((sum, { points }) => sum + Math.min(points, 0), 100);
  const all = results.reduce((sum, { points }) => sum + points, 100);
  return { ...getGradeForScore(lost >= MINIMUM_SCORE_FOR_EXTRA_CREDIT ? all : lost), results };
};

const judge = (all) => {
  const wrong = [];
  const kinds = new Map();
  for (const answer of all) {
    const where = `${answer.method} ${answer.path.replace(/(?<=^\/(?:host|visit)\/)[^/]{20,}/, "…")} (${answer.status})`;
    for (const name of ["content-security-policy", "strict-transport-security", "x-content-type-options", "referrer-policy", "cache-control"]) {
      if (!answer.headers[name]) wrong.push(`${where} has no ${name}`);
    }
    for (const name of ["server", "x-powered-by"]) if (answer.headers[name]) wrong.push(`${where} tells its ${name}`);
    for (const { severity, description, directive, value } of weaknesses(answer)) {
      const text = `${where}: ${directive} ${value ?? ""}: ${description} (${Severity[severity]})`;
      if (severity < Severity.INFO) wrong.push(text);
      else console.log(`  ${text}`);
    }
    const policy = answer.headers["content-security-policy"]?.replace(/nonce-[^']+/g, "nonce-…");
    kinds.set(policy, (kinds.get(policy) ?? 0) + 1);
  }
  console.log(`headers: ${all.length} answers with ${kinds.size} policies`);
  for (const [policy, count] of kinds) console.log(`  ${String(count).padStart(3)}  ${policy}`);
  for (const { path, lowest } of [
    { path: "/", lowest: LOWEST_SCORE },
    { path: "/s/demo", lowest: LOWEST_SCORE },
    { path: "/embed/demo", lowest: LOWEST_SCORE },
    // Others may frame it: the ten points for keeping to one's own origin cannot be had.
    { path: "/embed/shop", lowest: LOWEST_SCORE - 10 },
  ]) {
    const { score: points, grade, results } = score(all.find((answer) => answer.path === path));
    const parts = results.filter(({ points: part }) => part !== 0).map(({ name, points: part }) => `${name} ${part > 0 ? "+" : ""}${part}`);
    console.log(`  ${path}: ${points} (${grade}): ${parts.join(", ")}`);
    for (const { name, pass, result } of results) if (!pass) wrong.push(`${path}: ${name}: ${result}`);
    if (points < lowest) wrong.push(`${path} gets ${points} points, which is less than ${lowest}`);
  }
  return wrong;
};

const program = spawn(portal, ["serve", "--sandbox", `--config=${config}`], { env: environment, stdio: ["ignore", "pipe", "inherit"] });
let wrong;
try {
  const { value: line } = await createInterface(program.stdout)[Symbol.asyncIterator]().next();
  if (line !== "The portal is ready.") throw new Error(`the portal did not start: ${line}`);
  wrong = judge(await answers());
} finally {
  program.kill();
  await new Promise((resolve) => program.once("exit", resolve));
  await rm(folder, { recursive: true });
}
for (const text of wrong) console.error(`headers: ${text}`);
if (wrong.length > 0) process.exit(1);
console.log("csp_evaluator and MDN HTTP Observatory from npm: good");
