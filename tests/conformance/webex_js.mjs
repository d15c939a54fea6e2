// Webex's own JavaScript client as it comes from npm, as a guest: REST, and Mercury, on which it hears at once what happens.
//
//     node webex_js.mjs SIMULATOR
//
// Node looks for packages beside the script, so `./run` copies it to where they are.

import { createHmac } from "node:crypto";
import { createRequire } from "node:module";
import assert from "node:assert/strict";

const simulator = process.argv[2].replace(/\/$/, "");
// A room comes to the client within this or never; it is for a machine that is busy with something else.
const PATIENCE_MS = 20_000;

// The client reads where Webex is when it is loaded.
Object.assign(process.env, {
    HYDRA_SERVICE_URL: `${simulator}/v1`,
    U2C_SERVICE_URL: `${simulator}/u2c/api/v1`,
    SQDISCOVERY_SERVICE_URL: `${simulator}/v1/region`,
    CONVERSATION_SERVICE_URL: `${simulator}/conversation/api/v1`,
});
const require = createRequire(import.meta.url);
const { default: WebexCore } = require("@webex/webex-core");
for (const plugin of ["authorization", "logger", "people", "rooms", "messages", "memberships"]) require(`@webex/plugin-${plugin}`);
for (const plugin of ["mercury", "device", "conversation"]) require(`@webex/internal-plugin-${plugin}`);

const credentials = await (await fetch(`${simulator}/sandbox/credentials.json`)).json();
const grace = credentials.staff[0];

/** What the staff asks of Webex, by other means than the client. */
async function asStaff(method, path, body) {
    const headers = { authorization: `Bearer ${grace.access_token}`, "content-type": "application/json" };
    const answer = await fetch(`${simulator}${path}`, { method, headers, body: body && JSON.stringify(body) });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
    const text = await answer.text();
    return text ? JSON.parse(text) : undefined;
}

function guestJwt({ issuer_id: iss, secret }, sub, name) {
    const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ iss, sub, name })}`;
    return `${signed}.${createHmac("sha256", Buffer.from(secret, "base64")).update(signed).digest("base64url")}`;
}

const uuidOf = (id) => Buffer.from(id, "base64").toString().split("/").pop();

/** The next event for which this holds. */
function next(emitter, name, holds = () => true) {
    return new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`never heard: ${name}`)), PATIENCE_MS);
        const hear = (event) => {
            if (!holds(event)) return;
            clearTimeout(late);
            emitter.off(name, hear);
            resolve(event);
        };
        emitter.on(name, hear);
    });
}

const webex = new WebexCore({ config: { logger: { level: "error" }, services: { allowedDomains: ["127.0.0.1", "localhost"] } } });
await webex.authorization.requestAccessTokenFromJwt({ jwt: guestJwt(credentials.guest_issuer, "webex-js", "Ada") });
const me = await webex.people.get("me");
assert.equal(me.displayName, "Ada");

// REST.
const room = await webex.rooms.create({ title: "From JavaScript" });
await webex.memberships.create({ roomId: room.id, personEmail: grace.email });
const question = await webex.messages.create({ roomId: room.id, markdown: "**Anybody** there?" });
assert.equal((await webex.messages.get(question.id)).html, "<p><strong>Anybody</strong> there?</p>");
const listed = await webex.messages.list({ roomId: room.id });
assert.deepEqual(listed.items.map(({ id }) => id), [question.id]);

// Mercury.
await webex.messages.listen();
await webex.memberships.listen();
assert.ok(webex.internal.mercury.connected);
const isHere = ({ data }) => data.roomId === room.id;

const created = next(webex.messages, "created", isHere);
const answer = await asStaff("POST", "/v1/messages", { roomId: room.id, text: "Yes!" });
const heard = await created;
assert.deepEqual([heard.data.id, heard.data.text, heard.data.personEmail], [answer.id, "Yes!", grace.email]);

const joined = next(webex.memberships, "created", isHere);
const linus = credentials.staff[1];
await asStaff("POST", "/v1/memberships", { roomId: room.id, personId: linus.person_id });
const { data: membership } = await joined;
assert.deepEqual([uuidOf(membership.personId), membership.personEmail], [uuidOf(linus.person_id), linus.email]);

const deleted = next(webex.messages, "deleted", isHere);
await asStaff("DELETE", `/v1/messages/${answer.id}`);
assert.equal((await deleted).data.id, answer.id);

const conversation = `/conversation/api/v1/conversations/${uuidOf(room.id)}`;
const typing = next(webex.internal.mercury, "event:status.start_typing");
await asStaff("POST", `${conversation}/status/typing`, { conversationId: uuidOf(room.id), eventType: "status.start_typing" });
const { data: typed } = await typing;
assert.deepEqual([typed.actor.id, typed.conversationId], [uuidOf(grace.person_id), uuidOf(room.id)]);

// The guest types and reads, and the staff learns of it.
const convo = { id: uuidOf(room.id), url: `${simulator}${conversation}` };
await webex.internal.conversation.updateTypingStatus(convo, { typing: true });
const told = await (await fetch(`${simulator}/sandbox/mercury/typing`)).json();
assert.deepEqual(told.at(-1), { room_id: room.id, person_id: me.id, is_typing: true });

const second = await asStaff("POST", "/v1/messages", { roomId: room.id, text: "Read this." });
const seen = next(webex.memberships, "seen", isHere);
const mark = await webex.memberships.updateLastSeen(second);
assert.equal(mark.lastSeenId, second.id);
assert.equal((await seen).data.lastSeenId, second.id);
const { participants } = await asStaff("GET", `${conversation}?participantAckFilter=all&activitiesLimit=0`);
const own = participants.items.find(({ entryUUID }) => entryUUID === uuidOf(me.id));
assert.equal(own.roomProperties.lastSeenActivityUUID, uuidOf(second.id));

await webex.internal.mercury.disconnect();
await webex.internal.device.unregister();
assert.ok(!(await (await fetch(`${simulator}/sandbox/mercury/sockets`)).json()).some(({ person_id: id }) => id === me.id));
console.log("webex_js: @webex/webex-core and its plugins: good");
// Its timers would go on.
process.exit(0);
