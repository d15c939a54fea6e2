// The same links opened with npm's jose, a library that shares no code with the simulator's or Python's.
//
//     node links.mjs SIMULATOR
//
// Node looks for packages beside the script, so `./run` copies it to where they are.

import { readFileSync } from "node:fs";
import { webcrypto } from "node:crypto";
import assert from "node:assert/strict";

// Node 18 has it, but not under this name.
globalThis.crypto ??= webcrypto;
const { compactDecrypt, jwtVerify } = await import("jose");

const AUDIENCE = "a4d886b0-979f-4e2c-a958-3e8c14605e51";
const KEY_ALGORITHMS = ["PBES2-HS256+A128KW", "PBES2-HS384+A192KW", "PBES2-HS512+A256KW"];
const CONTENT_ALGORITHMS = ["A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"];
const SIGNATURE_ALGORITHMS = ["HS256", "HS384", "HS512"];

const bytes = (text) => new TextEncoder().encode(text);

/** Decrypts and verifies; answers the outer header, the inner one and the claims. */
async function open(cipher, { jwe_password, jws_secret }, issuer, currentDate) {
    // The library refuses passwords unless they are asked for, and more than 10,000 rounds.
    const limits = { keyManagementAlgorithms: KEY_ALGORITHMS, contentEncryptionAlgorithms: CONTENT_ALGORITHMS, maxPBES2Count: 32767 };
    const { plaintext, protectedHeader } = await compactDecrypt(cipher, bytes(jwe_password), limits);
    const expected = { algorithms: SIGNATURE_ALGORITHMS, audience: AUDIENCE, issuer, currentDate };
    const inner = await jwtVerify(new TextDecoder().decode(plaintext), bytes(jws_secret), expected);
    return { outer: protectedHeader, inner: inner.protectedHeader, claims: inner.payload };
}

async function mint(broker, token, more) {
    const body = JSON.stringify({ aud: AUDIENCE, jwt: { sub: "Test meeting." }, ...more });
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await fetch(`${broker}/api/v2/joseencrypt`, { method: "POST", headers, body });
    assert.equal(answer.status, 200);
    return answer.json();
}

const vector = JSON.parse(readFileSync(new URL("vector.json", import.meta.url), "utf8"));
const opened = await open(vector.jwe, vector, vector.claims.iss, new Date(1700000100 * 1000));
assert.deepEqual(opened.outer, vector.outer_header);
assert.deepEqual(opened.inner, vector.inner_header);
assert.deepEqual(opened.claims, vector.claims);
await assert.rejects(open(vector.jwe, { ...vector, jwe_password: "another" }, vector.claims.iss, new Date(1700000100 * 1000)));
await assert.rejects(open(vector.jwe, vector, vector.claims.iss), /exp/, "it is past");

const credentials = await (await fetch(`${process.argv[2].replace(/\/$/, "")}/sandbox/credentials.json`)).json();
const { broker, bot, government, organisation } = credentials;
for (const [base, token, issuer] of [
    [broker.base, bot.access_token, organisation.uuid],
    [government.broker_base, government.bot.access_token, government.organisation.uuid],
]) {
    const links = await mint(base, token, { numHost: 2, numGuest: 2, provideShortUrls: true });
    for (const [role, isHost] of [["host", true], ["guest", false]]) {
        for (const { cipher } of links[role]) {
            const { claims } = await open(cipher, broker, issuer);
            assert.deepEqual([claims.sub, claims.isHost], ["Test meeting.", isHost]);
        }
    }
}
for (const jweAlg of KEY_ALGORITHMS) {
    for (const enc of CONTENT_ALGORITHMS) {
        for (const jwsAlg of SIGNATURE_ALGORITHMS) {
            const links = await mint(broker.base, bot.access_token, { numHost: 0, jweAlg, enc, jwsAlg, iterations: 1000 });
            const { outer, inner } = await open(links.guest[0].cipher, broker, organisation.uuid);
            assert.deepEqual([outer.alg, outer.enc, inner.alg], [jweAlg, enc, jwsAlg]);
        }
    }
}
console.log("links: npm jose: good");
