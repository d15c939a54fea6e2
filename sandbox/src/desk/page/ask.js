// Requests: the desk's own calls, and the simulator's switches.

const refused = (words) => Object.assign(new Error(words), { isRefusal: true });

// The switches speak like a log, the field first; on a page it is a sentence.
function sentence(words) {
  const text = words.trim().replace(/^[a-z_]+: /, "");
  if (!text) return "";
  const begun = text[0].toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

export const asJson = (method, body) => ({ method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

export async function ask(path, options) {
  const response = await fetch(`/desk/api/${path}`, options);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw refused(answer.message ?? response.statusText);
  return answer;
}

export async function control(path, method = "GET", body) {
  const response = await fetch(`/sandbox/${path}`, body === undefined ? { method } : asJson(method, body));
  const answer = await response.text();
  if (!response.ok) throw refused(sentence(answer) || response.statusText);
  return answer ? JSON.parse(answer) : undefined;
}

// What to tell whoever pressed: the refusal, or that nobody answered.
export const whatWentWrong = (error, otherwise = "Not done: the simulator does not answer. Try again.") => (error.isRefusal ? error.message : otherwise);
