// Signed identities: the owner's page says who its visitor is, by a token of its back end, and the portal is told. Loaded only
// where that page wants to.

// Longer than this no back end is waited for.
const PATIENCE_MILLIS = 10000;
// Longer than this the portal is not waited for.
const PORTAL_PATIENCE_MILLIS = 20000;
// A page that has begun anew and whose session is over within this would go round and round.
const YOUNG_MILLIS = 10000;

const root = document.documentElement;
const meta = (name) => document.querySelector(`[name=guest-portal-${name}]`).content;

const answerOf = async (ask) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(reject, PATIENCE_MILLIS, new Error("The page does not say in time who its visitor is."));
  });
  const answer = await Promise.race([ask("identity"), late]);
  clearTimeout(timer);
  return answer;
};

const present = async ({ value, origin }) => {
  if (!value) throw new Error("The page could not say who its visitor is.");
  const answer = await fetch("/api/identity", {
    method: "POST",
    headers: { "content-type": "application/json", "x-gp": meta("site"), "x-gp-frame": meta("frame") },
    body: JSON.stringify({ token: value.token, origin }),
    signal: AbortSignal.timeout(PORTAL_PATIENCE_MILLIS),
  });
  const said = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw new Error(said.detail);
  if (said.display_name) {
    root.dataset.name = said.display_name;
    root.dataset.identified = "";
    keepIdentity();
  }
};

// From here on the page signs in as whom it was vouched for, or not at all: a session that is over meanwhile begins anew.
const keepIdentity = () => {
  const reach = window.fetch;
  window.fetch = async (...asked) => {
    const request = new Request(...asked);
    const isSignIn = request.method === "POST" && new URL(request.url).pathname === "/api/session";
    if (isSignIn) request.headers.set("x-gp-identified", "1");
    const answer = await reach(request);
    if (isSignIn && answer.status === 401) location.reload();
    return answer;
  };
};

/** Asks the page around this one who is there, and tells the portal. Throws where nobody is believed. */
export const identify = async (ask) => {
  const tell = window.tellHost;
  const [{ type: begun }] = performance.getEntriesByType("navigation");
  const isRound = () => begun === "reload" && performance.now() < YOUNG_MILLIS;
  window.tellHost = (type, value) => {
    // Whoever was vouched for is vouched for again, by a page that begins anew.
    if (type === "over" && !isRound()) location.reload();
    else tell(type, value);
  };
  await present(await answerOf(ask));
};
