//! What is asked of the broker: read, checked, and completed with the defaults.
//!
//! Real code makes mistakes that the real broker does not complain about. They are accepted here too, each with a lint
//! that says what is wrong.

use serde_json::{Map, Value};

use super::jose::{ContentAlgorithm, KeyAlgorithm, Recipe, SignatureAlgorithm};
use super::lenient;
use crate::state::Vertical;

/// The same for every customer of both clouds.
pub(crate) const AUDIENCE: &str = "a4d886b0-979f-4e2c-a958-3e8c14605e51";
/// Without `exp`, a link is good for this long.
pub(crate) const DEFAULT_LIFE_SECS: i64 = 15 * 60;
/// Hosts and guests together.
const MAX_LINKS: i64 = 25;
/// Seconds beyond this are milliseconds by mistake.
const LATEST_SECS: i64 = 100_000_000_000;

const FIELDS: [&str; 12] = [
    "aud",
    "jwt",
    "numHost",
    "numGuest",
    "provideShortUrls",
    "verticalType",
    "loginUrlForHost",
    "jweAlg",
    "saltLength",
    "iterations",
    "enc",
    "jwsAlg",
];
const CLAIMS: [&str; 4] = ["sub", "nbf", "exp", "flow"];

/// What is asked for, nothing left open but what is random.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LinkRequest {
    pub(super) subject: String,
    pub(super) not_before: Option<i64>,
    pub(super) expires_at: i64,
    /// As it came, for the claims.
    pub(super) flow: Option<Value>,
    /// The devices that are called once a host has joined.
    pub(super) devices: Vec<String>,
    pub(super) hosts: usize,
    pub(super) guests: usize,
    pub(super) wants_shorts: bool,
    pub(super) vertical: Vertical,
    pub(super) asks_hosts_to_log_in: bool,
    pub(super) recipe: Recipe,
    pub(super) salt_length: Option<usize>,
    pub(super) iterations: Option<u32>,
}

/// Why a body is refused.
pub(super) type Problem = String;

/// Reads a body. The lints are worth having even when it is refused.
pub(super) fn read(body: &[u8], is_strict: bool, now_secs: i64, lints: &mut Vec<String>) -> Result<LinkRequest, Problem> {
    let Ok(Value::Object(body)) = serde_json::from_slice(body) else {
        return Err("The request could not be understood by the server due to malformed syntax.".to_owned());
    };
    match body.get("aud") {
        Some(Value::String(aud)) if aud == AUDIENCE => {}
        Some(Value::String(_)) => return Err("aud is not a known audience.".to_owned()),
        _ => return Err("aud is required.".to_owned()),
    }
    let Some(Value::Object(jwt)) = body.get("jwt") else { return Err("jwt is required and must be an object.".to_owned()) };
    let unknown = unknown_fields(&body, jwt, lints);
    if is_strict && let Some(name) = unknown {
        return Err(format!("{name} is not a known field."));
    }
    let subject = match jwt.get("sub") {
        Some(Value::String(subject)) if !subject.trim().is_empty() => subject.clone(),
        _ => return Err("jwt.sub is required and must be a string that is not empty.".to_owned()),
    };
    if subject.contains('@') {
        lints.push("jwt.sub looks like an e-mail address: it is the visible title of the meeting".to_owned());
    }
    let (not_before, expires_at) = window(jwt, now_secs, lints)?;
    let (flow, devices) = flow(jwt)?;
    let (hosts, guests) = counts(&body, lints)?;
    let word = |name: &str, default: &'static str| match body.get(name) {
        None | Some(Value::Null) => Ok(default.to_owned()),
        Some(Value::String(word)) => Ok(word.clone()),
        Some(_) => Err(format!("{name} must be a string.")),
    };
    let vertical = word("verticalType", Vertical::default().word())?;
    let vertical = Vertical::of_word(&vertical).ok_or("verticalType must be gen or hc.")?;
    let recipe = Recipe {
        key: KeyAlgorithm::named(&word("jweAlg", KeyAlgorithm::default().name())?).ok_or("jweAlg is not a known algorithm.")?,
        content: ContentAlgorithm::named(&word("enc", ContentAlgorithm::default().name())?).ok_or("enc is not a known algorithm.")?,
        signature: SignatureAlgorithm::named(&word("jwsAlg", SignatureAlgorithm::default().name())?)
            .ok_or("jwsAlg is not a known algorithm.")?,
    };
    let within = |name: &str, least: i64, most: i64, lints: &mut Vec<String>| match lenient::number(&body, name, "", lints)? {
        Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
        Some(_) => Err(format!("{name} must be from {least} to {most}.")),
        None => Ok(None),
    };
    let salt_length = within("saltLength", 8, 128, lints)?.and_then(|number| usize::try_from(number).ok());
    let iterations = within("iterations", 1000, 32_767, lints)?.and_then(|number| u32::try_from(number).ok());
    let wants_shorts = lenient::flag(&body, "provideShortUrls", lints)?.unwrap_or(false);
    let asks_hosts_to_log_in = lenient::flag(&body, "loginUrlForHost", lints)?.unwrap_or(true);
    Ok(LinkRequest {
        subject,
        not_before,
        expires_at,
        flow,
        devices,
        hosts,
        guests,
        wants_shorts,
        vertical,
        asks_hosts_to_log_in,
        recipe,
        salt_length,
        iterations,
    })
}

/// Names nobody reads; the first is returned.
fn unknown_fields(body: &Map<String, Value>, jwt: &Map<String, Value>, lints: &mut Vec<String>) -> Option<String> {
    let mut unknown: Vec<String> = body.keys().filter(|name| !FIELDS.contains(&name.as_str())).cloned().collect();
    unknown.extend(jwt.keys().filter(|name| !CLAIMS.contains(&name.as_str())).map(|name| format!("jwt.{name}")));
    for name in &unknown {
        lints.push(match name.as_str() {
            "jwt.Exp" => "jwt.Exp is ignored: the name is exp, in seconds; without it the link is good for 15 minutes only".to_owned(),
            "jwt.Nbf" => "jwt.Nbf is ignored: the name is nbf, in seconds".to_owned(),
            "flow" => "flow is ignored: it belongs inside jwt".to_owned(),
            "exp" | "nbf" | "sub" => format!("{name} is ignored: it belongs inside jwt"),
            _ => format!("{name} is not a known field and is ignored"),
        });
    }
    unknown.into_iter().next()
}

fn window(jwt: &Map<String, Value>, now_secs: i64, lints: &mut Vec<String>) -> Result<(Option<i64>, i64), Problem> {
    let not_before = lenient::number(jwt, "nbf", "jwt.", lints)?;
    let given = lenient::number(jwt, "exp", "jwt.", lints)?;
    for (name, value) in [("nbf", not_before), ("exp", given)] {
        if value.is_some_and(|value| value > LATEST_SECS) {
            lints.push(format!("jwt.{name} is in milliseconds: it is read as seconds, tens of thousands of years ahead"));
        }
    }
    let expires_at = given.unwrap_or_else(|| now_secs.saturating_add(DEFAULT_LIFE_SECS));
    if not_before.is_some_and(|not_before| expires_at <= not_before) {
        lints.push("jwt.exp is not after jwt.nbf: the links never open".to_owned());
    } else if expires_at <= now_secs {
        lints.push("jwt.exp is past: the links never open".to_owned());
    }
    Ok((not_before, expires_at))
}

fn flow(jwt: &Map<String, Value>) -> Result<(Option<Value>, Vec<String>), Problem> {
    let flow = match jwt.get("flow") {
        None | Some(Value::Null) => return Ok((None, Vec::new())),
        Some(flow) => flow,
    };
    if flow.get("id").and_then(Value::as_str) != Some("sip-no-knock") {
        return Err("jwt.flow.id must be sip-no-knock.".to_owned());
    }
    let wanted = || "jwt.flow.data must be an array of objects with a uri.".to_owned();
    let data = flow.get("data").and_then(Value::as_array).filter(|data| !data.is_empty()).ok_or_else(wanted)?;
    let uri = |device: &Value| device.get("uri").and_then(Value::as_str).filter(|uri| !uri.trim().is_empty()).map(str::to_owned);
    let devices = data.iter().map(|device| uri(device).ok_or_else(wanted)).collect::<Result<_, _>>()?;
    Ok((Some(flow.clone()), devices))
}

fn counts(body: &Map<String, Value>, lints: &mut Vec<String>) -> Result<(usize, usize), Problem> {
    let mut count = |name: &str| match lenient::number(body, name, "", lints)?.unwrap_or(1) {
        number if (0..=MAX_LINKS).contains(&number) => Ok(number),
        _ => Err(format!("{name} must be from 0 to {MAX_LINKS}.")),
    };
    let (hosts, guests) = (count("numHost")?, count("numGuest")?);
    if hosts + guests > MAX_LINKS {
        return Err(format!("numHost and numGuest must not be more than {MAX_LINKS} together."));
    }
    if hosts + guests == 0 {
        return Err("numHost and numGuest must not both be 0.".to_owned());
    }
    let whole = |number: i64| usize::try_from(number).unwrap_or_default();
    Ok((whole(hosts), whole(guests)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: i64 = 1_767_262_800;

    fn with(more: Value) -> (Result<LinkRequest, Problem>, Vec<String>) {
        let mut body = json!({ "aud": AUDIENCE, "jwt": { "sub": "a-1" } });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let mut lints = Vec::new();
        let read = read(body.to_string().as_bytes(), false, NOW, &mut lints);
        (read, lints)
    }

    fn good(more: Value) -> LinkRequest {
        let (request, lints) = with(more);
        assert_eq!(lints, Vec::<String>::new());
        request.unwrap()
    }

    #[test]
    fn the_defaults_are_those_of_a_hospital() {
        let expected = LinkRequest {
            subject: "a-1".to_owned(),
            not_before: None,
            expires_at: NOW + 900,
            flow: None,
            devices: Vec::new(),
            hosts: 1,
            guests: 1,
            wants_shorts: false,
            vertical: Vertical::Hc,
            asks_hosts_to_log_in: true,
            recipe: Recipe::default(),
            salt_length: None,
            iterations: None,
        };
        assert_eq!(good(json!({})), expected);
    }

    #[test]
    fn everything_can_be_said() {
        let flow = json!({ "id": "sip-no-knock", "data": [{ "uri": "room@acme.rooms.example" }] });
        let request = good(json!({
            "jwt": { "sub": "a-1", "nbf": NOW, "exp": NOW + 60, "flow": flow }, "numHost": 2, "numGuest": 23, "provideShortUrls": true,
            "verticalType": "gen", "loginUrlForHost": false, "jweAlg": "PBES2-HS256+A128KW", "saltLength": 8, "iterations": 1000,
            "enc": "A128CBC-HS256", "jwsAlg": "HS256"
        }));
        assert_eq!((request.not_before, request.expires_at, request.hosts, request.guests), (Some(NOW), NOW + 60, 2, 23));
        assert_eq!(
            (request.devices, request.salt_length, request.iterations),
            (vec!["room@acme.rooms.example".to_owned()], Some(8), Some(1000))
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let cases = [
            json!({ "aud": "add886b0-979f-4e2c-a958-3e8c14605e51" }),
            json!({ "aud": null }),
            json!({ "jwt": null }),
            json!({ "jwt": { "sub": "" } }),
            json!({ "jwt": { "sub": 5 } }),
            json!({ "jwt": { "sub": "a", "exp": "soon" } }),
            json!({ "jwt": { "sub": "a", "exp": 1.5 } }),
            json!({ "jwt": { "sub": "a", "flow": { "id": "knock", "data": [{ "uri": "a" }] } } }),
            json!({ "jwt": { "sub": "a", "flow": { "id": "sip-no-knock", "data": { "uri": "a" } } } }),
            json!({ "numHost": 26 }),
            json!({ "numHost": -1 }),
            json!({ "numHost": 25 }),
            json!({ "numHost": 20, "numGuest": 6 }),
            json!({ "numHost": 0, "numGuest": 0 }),
            json!({ "verticalType": "cc" }),
            json!({ "jweAlg": "RSA-OAEP" }),
            json!({ "enc": "A256" }),
            json!({ "jwsAlg": "none" }),
            json!({ "saltLength": 7 }),
            json!({ "saltLength": 129 }),
            json!({ "iterations": 999 }),
            json!({ "iterations": 32_768 }),
            json!({ "provideShortUrls": "yes" }),
        ];
        for case in cases {
            assert!(with(case.clone()).0.is_err(), "{case}");
        }
        assert!(read(b"[]", false, NOW, &mut Vec::new()).is_err());
    }

    #[test]
    fn the_mistakes_of_real_code_are_accepted_and_named() {
        let cases = [
            (json!({ "jwt": { "sub": "a", "Nbf": 1_671_480_433_000_i64, "Exp": 1_671_480_433_000_i64 } }), "jwt.Exp is ignored"),
            (json!({ "jwt": { "sub": "a", "exp": (NOW + 60) * 1000 } }), "milliseconds"),
            (json!({ "jwt": { "sub": "a", "exp": 0, "nbf": 0 } }), "never open"),
            (json!({ "jwt": { "sub": "a", "exp": NOW } }), "never open"),
            (json!({ "jwt": { "sub": "a", "exp": (NOW + 60).to_string() } }), "jwt.exp is a string"),
            (json!({ "provideShortUrls": "true" }), "provideShortUrls is a string"),
            (json!({ "numGuest": "2" }), "numGuest is a string"),
            (json!({ "hostDisplayName": "Grace" }), "hostDisplayName is not a known field"),
            (json!({ "flow": {} }), "belongs inside jwt"),
            (json!({ "jwt": { "sub": "ada@example.com" } }), "e-mail address"),
        ];
        for (case, expected) in cases {
            let (request, lints) = with(case.clone());
            assert!(request.is_ok(), "{case}");
            assert!(lints.iter().any(|lint| lint.contains(expected)), "{case}: {lints:?}");
        }
        let ignored = with(json!({ "jwt": { "sub": "a", "Exp": NOW + 60 } })).0.unwrap();
        assert_eq!(ignored.expires_at, NOW + 900);
    }

    #[test]
    fn a_strict_broker_refuses_names_it_does_not_know() {
        let body = json!({ "aud": AUDIENCE, "jwt": { "sub": "a" }, "caller": "x" }).to_string();
        assert!(read(body.as_bytes(), true, NOW, &mut Vec::new()).unwrap_err().contains("caller"));
    }
}
