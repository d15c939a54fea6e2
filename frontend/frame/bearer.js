// A browser that keeps no cookie here: the session is a token in this page's memory, and gone with it. Every request of the
// page's carries it. Loaded only where a cookie was tried and not kept.

let bearer;
// A page that is loaded anew, as is offered where the portal is of a newer build, would lose it: this one is of no build.
document.querySelector('meta[name="guest-portal-build"]').remove();
const reach = window.fetch;
window.fetch = async (...asked) => {
  const request = new Request(...asked);
  if (bearer) request.headers.set("authorization", `Bearer ${bearer}`);
  const answer = await reach(request);
  bearer = answer.headers.get("x-gp-bearer") ?? bearer;
  return answer;
};

// Uploads, which tell how far they are.
const send = XMLHttpRequest.prototype.send;
XMLHttpRequest.prototype.send = function (body) {
  if (bearer) this.setRequestHeader("authorization", `Bearer ${bearer}`);
  send.call(this, body);
};
