//! The broker and the switches: requests that make sense.

use serde_json::{Value, json};

use super::fixture::Fixture;
use super::wire::{Body, Sketch};

const AUDIENCE: &str = "a4d886b0-979f-4e2c-a958-3e8c14605e51";

/// Derived in little time: the real count takes long, and is tested elsewhere.
fn mint(fixture: &mut Fixture, path: &str) -> Sketch {
    let mut jwt = json!({ "sub": fixture.words() });
    match fixture.rng.u32(..5) {
        0 => (jwt["nbf"], jwt["exp"]) = (json!(0), json!("4102444800")),
        1 => (jwt["nbf"], jwt["exp"]) = (json!(i64::MAX), json!(i64::MIN)),
        2 => jwt["flow"] = json!({ "id": "sip-no-knock", "data": [{ "uri": fixture.words() }] }),
        3 => jwt["Exp"] = json!([]),
        _ => {}
    }
    let mut fields = json!({ "aud": AUDIENCE, "jwt": jwt, "iterations": 1000 });
    for (name, value) in [
        ("numGuest", json!(fixture.rng.u32(..3))),
        ("numHost", json!("1")),
        ("provideShortUrls", fixture.one_of(&[json!(true), json!("false"), Value::Null])),
        ("verticalType", fixture.one_of(&[json!("gen"), json!("hc"), Value::Null])),
        ("saltLength", fixture.one_of(&[json!(8), json!("128"), json!(64.0)])),
        ("jwsAlg", fixture.one_of(&[json!("HS256"), json!("HS512")])),
        ("hostDisplayName", json!(fixture.words())),
    ] {
        if fixture.chance(30) {
            fields[name] = value;
        }
    }
    let Value::Object(fields) = fields else { return Sketch::new("POST", path) };
    let body = fixture.json(fields);
    Sketch::new("POST", path).bearer(&fixture.credentials.bot.access_token).body(body)
}

pub(super) fn mint_v1(fixture: &mut Fixture) -> Sketch {
    mint(fixture, "/api/v1/joseencrypt")
}

pub(super) fn mint_v2(fixture: &mut Fixture) -> Sketch {
    mint(fixture, "/api/v2/joseencrypt")
}

type Control = (&'static str, &'static str, fn(&mut Fixture) -> Sketch, &'static [&'static str], &'static [(&'static str, &'static str)]);

/// Method, path, a request that makes sense, fields it needs, values it refuses.
pub(super) const SUBJECTS: [Control; 34] = [
    ("GET", "/sandbox/credentials.json", |fixture| look(fixture, "credentials.json"), &[], &[]),
    ("GET", "/sandbox/clock", |fixture| look(fixture, "clock"), &[], &[]),
    (
        "POST",
        "/sandbox/clock",
        move_clock,
        &["advance_secs"],
        &[
            ("advance_secs", "-1"),
            ("advance_secs", "1.5"),
            ("advance_secs", "\"5\""),
            ("advance_secs", "18446744073709551615"),
            ("back", "5"),
        ],
    ),
    ("GET", "/sandbox/limits", |fixture| look(fixture, "limits"), &[], &[]),
    (
        "PUT",
        "/sandbox/limits",
        limit,
        &[],
        &[
            ("per_token", "{\"requests\":0,\"per_secs\":5}"),
            ("per_token", "{\"requests\":5}"),
            ("per_room", "{\"requests\":-1,\"per_secs\":5}"),
            ("per_room", "{\"requests\":4294967296,\"per_secs\":5}"),
            ("per_house", "{}"),
        ],
    ),
    ("GET", "/sandbox/webhooks", |fixture| look(fixture, "webhooks"), &[], &[]),
    (
        "PUT",
        "/sandbox/webhooks",
        rule_webhooks,
        &[],
        &[("failures", "-1"), ("failures", "4294967296"), ("per_secs", "\"1\""), ("fails", "1"), ("loses_percent", "101")],
    ),
    ("GET", "/sandbox/deliveries", |fixture| look(fixture, "deliveries"), &[], &[]),
    ("GET", "/sandbox/mercury", |fixture| look(fixture, "mercury"), &[], &[]),
    (
        "PUT",
        "/sandbox/mercury",
        trouble_mercury,
        &[],
        &[
            ("is_silent", "1"),
            ("is_refused", "\"true\""),
            ("loses_percent", "101"),
            ("loses_percent", "-1"),
            ("duplicates_percent", "256"),
            ("delay_ms", "4294967296"),
            ("is_loud", "true"),
        ],
    ),
    ("GET", "/sandbox/mercury/sockets", |fixture| look(fixture, "mercury/sockets"), &[], &[]),
    (
        "POST",
        "/sandbox/mercury/close",
        close_sockets,
        &["code"],
        &[("code", "999"), ("code", "5000"), ("code", "65536"), ("code", "\"1000\""), ("reason", "5"), ("why", "\"because\"")],
    ),
    ("GET", "/sandbox/mercury/typing", |fixture| look(fixture, "mercury/typing"), &[], &[]),
    ("GET", "/sandbox/guests", |fixture| look(fixture, "guests"), &[], &[]),
    ("PUT", "/sandbox/guests", rule_guests, &[], &[("may_write_to_guests", "5"), ("may_write_to_guests", "\"true\""), ("may_fly", "true")]),
    ("POST", "/sandbox/expire-tokens", |fixture| order(fixture, "POST", "expire-tokens"), &[], &[]),
    ("GET", "/sandbox/auto-responder", |fixture| look(fixture, "auto-responder"), &[], &[]),
    (
        "PUT",
        "/sandbox/auto-responder",
        answer_by_itself,
        &[],
        &[("text", "\" \""), ("text", "5"), ("after_ms", "-1"), ("is_on", "1"), ("is_off", "true")],
    ),
    ("GET", "/sandbox/faults", |fixture| look(fixture, "faults"), &[], &[]),
    (
        "POST",
        "/sandbox/faults",
        add_fault,
        &["path_prefix", "effect"],
        &[
            ("effect", "{\"kind\":\"answer\",\"status\":200}"),
            ("effect", "{\"kind\":\"answer\",\"status\":65536}"),
            ("effect", "{\"kind\":\"explode\"}"),
            ("effect", "{\"kind\":\"slow\",\"ms\":-1}"),
            ("effect", "\"slow\""),
            ("path_prefix", "\"v1\""),
            ("path_prefix", "5"),
            ("count", "-1"),
            ("count", "4294967296"),
            ("probability", "1.0001"),
            ("probability", "-1e-300"),
            ("seed", "-1"),
        ],
    ),
    ("DELETE", "/sandbox/faults", |fixture| order(fixture, "DELETE", "faults"), &[], &[]),
    ("GET", "/sandbox/scans", |fixture| look(fixture, "scans"), &[], &[]),
    (
        "POST",
        "/sandbox/scans",
        set_scan,
        &["file_name", "scan"],
        &[("file_name", "5"), ("scan", "\"odd\""), ("scan", "{}"), ("scan", "null")],
    ),
    ("DELETE", "/sandbox/scans", |fixture| order(fixture, "DELETE", "scans"), &[], &[]),
    ("GET", "/sandbox/journal", look_into_the_journal, &[], &[]),
    ("DELETE", "/sandbox/journal", |fixture| order(fixture, "DELETE", "journal"), &[], &[]),
    ("GET", "/sandbox/meetings", |fixture| look(fixture, "meetings"), &[], &[]),
    ("GET", "/sandbox/links", |fixture| look(fixture, "links"), &[], &[]),
    ("GET", "/sandbox/instant-connect", |fixture| look(fixture, "instant-connect"), &[], &[]),
    (
        "PUT",
        "/sandbox/instant-connect",
        switch_instant_connect,
        &[],
        &[
            ("activation", "\"perhaps\""),
            ("activation", "5"),
            ("is_strict", "\"true\""),
            ("latency_ms", "-1"),
            ("latency_ms", "1e3"),
            ("colour", "\"red\""),
        ],
    ),
    ("GET", "/sandbox/broker", |fixture| look(fixture, "broker"), &[], &[]),
    ("DELETE", "/sandbox/broker", |fixture| order(fixture, "DELETE", "broker"), &[], &[]),
    ("GET", "/sandbox/issued", |fixture| look(fixture, "issued"), &[], &[]),
    ("POST", "/sandbox/reset", |fixture| order(fixture, "POST", "reset"), &[], &[]),
];

fn order(fixture: &mut Fixture, method: &str, switch: &str) -> Sketch {
    let slash = if fixture.chance(10) { "/" } else { "" };
    let sketch = Sketch::new(method, format!("/sandbox/{switch}{slash}"));
    match fixture.rng.u32(..8) {
        0 => sketch.header("Host", "localhost:5"),
        1 => sketch.header("Host", "[::1]"),
        2 => sketch.header("Host", "a.LOCALHOST"),
        3 => sketch.header("Authorization", b"Bearer \xff\xfe"),
        4 => sketch.header("X-Long", "x".repeat(8000)),
        5 => sketch.query("nobodyReadsThis", "\u{202e}\u{0}"),
        _ => sketch,
    }
}

fn look(fixture: &mut Fixture, switch: &str) -> Sketch {
    order(fixture, "GET", switch)
}

fn look_into_the_journal(fixture: &mut Fixture) -> Sketch {
    let newest = fixture.one_of(&["0", "3", "18446744073709551615"]);
    let asked = look(fixture, "journal");
    if fixture.chance(60) { asked.query("newest", newest) } else { asked }
}

fn send(fixture: &mut Fixture, method: &str, switch: &str, fields: Value) -> Sketch {
    let Value::Object(fields) = fields else { return order(fixture, method, switch) };
    order(fixture, method, switch).body(Body::Json(fields))
}

fn move_clock(fixture: &mut Fixture) -> Sketch {
    let secs = fixture.one_of(&[0, 1, 3600, 316_224_000_u64]);
    send(fixture, "POST", "clock", json!({ "advance_secs": secs }))
}

fn limit(fixture: &mut Fixture) -> Sketch {
    let limits = [
        json!({}),
        json!({ "per_token": { "requests": 4_294_967_295_u32, "per_secs": 1 } }),
        json!({ "per_token": null, "per_room": { "requests": 1, "per_secs": 4_294_967_295_u32 } }),
    ];
    let limits = fixture.one_of(&limits);
    send(fixture, "PUT", "limits", limits)
}

fn rule_webhooks(fixture: &mut Fixture) -> Sketch {
    let number = fixture.one_of(&[0, 1, 4_294_967_295_u32]);
    send(fixture, "PUT", "webhooks", json!({ "failures": number, "per_secs": number, "answer_within_ms": number }))
}

fn trouble_mercury(fixture: &mut Fixture) -> Sketch {
    let percent = fixture.one_of(&[0, 100]);
    let fields =
        json!({ "is_refused": fixture.rng.bool(), "is_silent": fixture.rng.bool(), "loses_percent": percent, "delay_ms": u32::MAX });
    send(fixture, "PUT", "mercury", fields)
}

fn close_sockets(fixture: &mut Fixture) -> Sketch {
    let fields = json!({ "code": fixture.one_of(&[1000, 1006, 4999]), "reason": fixture.one_of(&["", "on purpose", "\u{202e}"]) });
    send(fixture, "POST", "mercury/close", fields)
}

fn rule_guests(fixture: &mut Fixture) -> Sketch {
    let rules = fixture.one_of(&[json!({}), json!({ "may_write_to_guests": true }), json!({ "may_write_to_guests": false })]);
    send(fixture, "PUT", "guests", rules)
}

fn answer_by_itself(fixture: &mut Fixture) -> Sketch {
    let fields = json!({ "is_on": fixture.rng.bool(), "text": fixture.words(), "after_ms": fixture.one_of(&[0, u64::MAX]) });
    send(fixture, "PUT", "auto-responder", fields)
}

/// None of them meets anybody.
fn add_fault(fixture: &mut Fixture) -> Sketch {
    let effect = fixture.one_of(&[
        json!({ "kind": "drop_before" }),
        json!({ "kind": "slow", "ms": u64::MAX }),
        json!({ "kind": "answer", "status": 599, "retry_after_secs": u64::MAX }),
        json!({ "kind": "not_json" }),
    ]);
    let mut fault = json!({ "path_prefix": format!("/nowhere{}", fixture.words()), "effect": effect });
    match fixture.rng.u32(..4) {
        0 => fault["method"] = json!(fixture.words()),
        1 => fault["count"] = json!(fixture.one_of(&[0, u32::MAX])),
        2 => (fault["probability"], fault["seed"]) = (json!(1e-300), json!(u64::MAX)),
        _ => {}
    }
    send(fixture, "POST", "faults", fault)
}

fn set_scan(fixture: &mut Fixture) -> Sketch {
    let mut rule = json!({ "file_name": fixture.words(), "scan": fixture.one_of(&["clean", "infected", "unscannable", "scanning"]) });
    if rule["scan"] == "scanning" {
        rule["retry_after_secs"] = json!(fixture.one_of(&[0, u64::MAX]));
    }
    send(fixture, "POST", "scans", rule)
}

fn switch_instant_connect(fixture: &mut Fixture) -> Sketch {
    let activation = fixture.one_of(&["active", "not_activated", "no_guest_to_guest_site"]);
    let fields = json!({ "activation": activation, "is_strict": fixture.rng.bool(), "latency_ms": fixture.one_of(&[json!(0), json!(u64::MAX), Value::Null]) });
    send(fixture, "PUT", "instant-connect", fields)
}
