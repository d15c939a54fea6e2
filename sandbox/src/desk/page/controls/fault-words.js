// Faults in plain words: which requests they meet, and what happens to those.

export const REQUESTS = [
  { id: "send", method: "POST", path_prefix: "/v1/messages", one: "message sent", many: "messages sent" },
  { id: "list", method: "GET", path_prefix: "/v1/messages", one: "list of messages", many: "lists of messages" },
  { id: "guests", method: "POST", path_prefix: "/v1/guests", one: "guest token (Service App)", many: "guest tokens (Service App)" },
  { id: "logins", method: "POST", path_prefix: "/v1/jwt/login", one: "guest login (Guest Issuer)", many: "guest logins (Guest Issuer)" },
  { id: "tokens", method: "POST", path_prefix: "/v1/access_token", one: "access token renewed", many: "access tokens renewed" },
  { id: "files", method: "*", path_prefix: "/v1/contents", one: "file fetched", many: "files fetched" },
  { id: "links", method: "POST", path_prefix: "/api", one: "request for meeting links", many: "requests for meeting links" },
  { id: "webhooks", method: "WEBHOOK", path_prefix: "/", one: "webhook told", many: "webhooks told" },
  { id: "all", method: "*", path_prefix: "/", one: "request of any kind", many: "requests of any kind" },
];

export const METHODS = ["*", "GET", "POST", "PUT", "DELETE", "WEBHOOK"];

const MS = { key: "ms", label: "How much later", unit: "ms", usual: 5000, max: 600_000 };

// `is_of` says whom it can meet: clients, webhooks, or both.
const EFFECTS = [
  {
    kind: "answer",
    is_of: "clients",
    words: "An error is answered; nothing is done",
    fields: [
      { key: "status", label: "Status", usual: 503, min: 400, max: 599 },
      { key: "retry_after_secs", label: "Retry-After", unit: "s", isOptional: true, max: 86_400 },
    ],
    says: ({ status, retry_after_secs: secs }) => `answered ${status}${secs === undefined ? "" : `, come back after ${secs} s`}; nothing is done`,
  },
  { kind: "drop_before", is_of: "both", words: "Connection lost; nothing is done", says: () => "connection lost before anything is done" },
  { kind: "drop_after", is_of: "clients", words: "Done, then connection lost", says: () => "done, then the connection is lost" },
  { kind: "slow", is_of: "both", words: "All is well, but late", fields: [MS], says: ({ ms }) => `answered ${ms.toLocaleString()} ms late` },
  { kind: "done_late", is_of: "clients", words: "Connection lost, and done later", fields: [MS], says: ({ ms }) => `connection lost, and done ${ms.toLocaleString()} ms later` },
  { kind: "slow_body", is_of: "clients", words: "Done; the answer trickles in", fields: [{ ...MS, label: "From first to last byte" }], says: ({ ms }) => `done; the answer takes ${ms.toLocaleString()} ms to arrive` },
  { kind: "drop_midway", is_of: "clients", words: "Done; connection lost in the middle of the answer", says: () => "done, but the connection is lost in the middle of the answer" },
  { kind: "empty_body", is_of: "clients", words: "Done; the answer is empty", says: () => "done, but the answer is empty" },
  { kind: "empty_list", is_of: "clients", words: "Done; the list is empty", says: () => "done, but the list in the answer is empty" },
  { kind: "not_json", is_of: "clients", words: "Done; the answer is a page of HTML", says: () => "done, but the answer is a page of HTML" },
  { kind: "truncated", is_of: "clients", words: "Done; the JSON ends in the middle", says: () => "done, but the JSON ends in the middle" },
  { kind: "empty_guests", is_of: "clients", words: "Meeting links: none for the guest", says: () => "done, but there is no link for the guest" },
  { kind: "twice", is_of: "webhooks", words: "Told twice", says: () => "told twice" },
  { kind: "forged", is_of: "webhooks", words: "Told with a wrong signature", says: () => "told with a wrong signature" },
];

export const effectsOf = (method) => EFFECTS.filter(({ is_of: of }) => of === "both" || (of === "webhooks") === (method === "WEBHOOK"));

export function describe({ method, path_prefix: path, count, probability = 1, seed, effect }) {
  const known = REQUESTS.find((request) => request.method === method && request.path_prefix === path);
  const own = `${method === "*" ? "" : `${method} `}${path}`;
  const which = known ? known[count === 1 ? "one" : "many"] : own;
  const title = count === 1 ? `Next ${which}` : `Next ${count.toLocaleString()} ${known ? which : `× ${own}`}`;
  const says = EFFECTS.find(({ kind }) => kind === effect.kind)?.says(effect) ?? effect.kind;
  const likely = probability < 1 ? ` Each with ${Math.round(probability * 1000) / 10} %${seed === undefined ? "" : `, seed ${seed}`}.` : "";
  return { title, text: `${says[0].toUpperCase()}${says.slice(1)}.${likely}` };
}

// What one wants most often, ready to press.
export const READY = [
  ["Next message fails (503)", { method: "POST", path_prefix: "/v1/messages", effect: { kind: "answer", status: 503 } }],
  ["Next message: connection lost after it was sent", { method: "POST", path_prefix: "/v1/messages", effect: { kind: "drop_after" } }],
  ["Next message comes 5 s late", { method: "POST", path_prefix: "/v1/messages", effect: { kind: "slow", ms: 5000 } }],
  ["Too many requests (429, 5 s)", { method: "*", path_prefix: "/", effect: { kind: "answer", status: 429, retry_after_secs: 5 } }],
  ["Next webhook is told twice", { method: "WEBHOOK", path_prefix: "/", effect: { kind: "twice" } }],
];
