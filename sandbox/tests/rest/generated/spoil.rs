//! Requests that make no sense: one that does, with one thing spoilt; and odd ones that may be taken either way.

use serde_json::{Map, Value, json};

use super::fixture::Fixture;
use super::judge::{Expected, Place};
use super::subjects::Subject;
use super::valid;
use super::wire::{Body, Part, Sketch, multipart};

/// What can be spoilt.
#[derive(Clone, Copy, Debug)]
enum Spot {
    Token,
    Method,
    Path,
    Id,
    Body,
    Missing,
    Type,
    BadField,
    Pair,
    Page,
    Jwt,
}

/// What nobody has, in a path.
const BAD_IDS: [&str; 22] = [
    "nothing",
    "..",
    ".",
    "%00",
    "%FF",
    "%C3%28",
    "%ED%A0%80",
    "%zz",
    "%",
    "a%2Fb",
    "%2e%2e%2f%2e%2e",
    "%D7%A9%D7%9C%D7%95%D7%9D",
    "e%CC%81%CC%81",
    "-1",
    "18446744073709551616",
    "null",
    "Y2lzY29zcGFyazovL3VzL1JPT00v",
    "Y2lzY29zcGFyazovL3VzL1RFQU0vNjRlNDVhZTAtYzQ2Yi0xMWU1LTlkZjktMGQ0MWUzNDIxOTcz",
    "____",
    "=",
    "00000000-0000-0000-0000-000000000000",
    "%E2%80%AEid;x=1,2",
];

const METHODS: [&str; 8] = ["GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get"];

/// `served` are the methods at the same path.
pub(super) fn spoil(fixture: &mut Fixture, subject: &Subject, served: &[&str]) -> (Sketch, Expected) {
    let mut spots = vec![Spot::Method, Spot::Path];
    let mut add = |is_there: bool, spot: Spot| {
        if is_there {
            spots.push(spot);
        }
    };
    let is_jwt = subject.path.ends_with("/jwt/login");
    add(subject.needs_token, Spot::Token);
    add(subject.path.ends_with("{id}"), Spot::Id);
    add(subject.reads_body, Spot::Body);
    add(subject.reads_body, Spot::Body);
    add(!subject.required.is_empty(), Spot::Missing);
    add(!subject.words.is_empty(), Spot::Type);
    add(!subject.bad_fields.is_empty(), Spot::BadField);
    add(!subject.bad_fields.is_empty(), Spot::BadField);
    add(!subject.bad_pairs.is_empty(), Spot::Pair);
    add(!subject.bad_pairs.is_empty(), Spot::Pair);
    add(subject.place == Place::Control, Spot::Page);
    add(is_jwt, Spot::Jwt);
    let spot = fixture.one_of(&spots);
    // What is spoilt uses nothing up.
    let good = |fixture: &mut Fixture| match subject.path {
        "/v1/messages/{id}" if subject.method == "PUT" => editing(fixture),
        path if subject.method == "DELETE" && path.ends_with("{id}") => {
            let id = fixture.message.clone();
            Sketch::new("DELETE", path.replace("{id}", &id)).bearer(&fixture.grace.token)
        }
        _ => (subject.valid)(fixture),
    };
    let mut sketch = good(fixture);
    match spot {
        Spot::Token => sketch = spoil_token(fixture, sketch),
        Spot::Method => {
            let others: Vec<&str> = METHODS.into_iter().filter(|method| !served.contains(method)).collect();
            sketch.method = fixture.one_of(&others).to_owned();
        }
        Spot::Path => spoil_path(fixture, &mut sketch),
        Spot::Id => {
            let long = "a".repeat(9000);
            let id = if fixture.chance(5) { long.as_str() } else { fixture.one_of(&BAD_IDS) };
            sketch.path = subject.path.replace("{id}", id);
        }
        Spot::Body => {
            let mut bad = bad_body(fixture);
            // The switches are read by a library that takes a list for an object of its fields, in order.
            while subject.place == Place::Control && matches!(&bad, Body::Raw { bytes, .. } if bytes == b"[]") {
                bad = bad_body(fixture);
            }
            sketch = sketch.without_header("Content-Type").body(bad);
        }
        Spot::Missing => {
            let name = fixture.one_of(subject.required);
            // Of three fields for a destination the other two would do.
            with_fields(&mut sketch, |fields| fields.retain(|field, _| field != name && !field.starts_with("toPerson")));
        }
        Spot::Type => {
            let (name, value) =
                (fixture.one_of(subject.words), fixture.one_of(&[json!(5), json!([]), json!({ "a": 1 }), json!(true), json!(-1.5e300)]));
            with_fields(&mut sketch, |fields| {
                fields.insert(name.to_owned(), value);
            });
        }
        Spot::BadField => {
            let (name, json) = fixture.one_of(subject.bad_fields);
            let value = serde_json::from_str(json).unwrap();
            with_fields(&mut sketch, |fields| {
                fields.insert(name.to_owned(), value);
            });
        }
        Spot::Pair => {
            let (name, value) = fixture.one_of(subject.bad_pairs);
            sketch.query.retain(|pair| !pair.starts_with(&format!("{name}=")));
            sketch.query.insert(0, format!("{name}={value}"));
            // One of two is needed there, and the other one would do.
            let is_person = |pair: &String| pair.starts_with("personId=") || pair.starts_with("personEmail=");
            if subject.path.ends_with("/direct") && name != "parentId" {
                sketch.query.retain(|pair| !is_person(pair) || pair.starts_with(&format!("{name}={value}")));
            }
        }
        Spot::Page => sketch = from_strange_page(fixture, sketch),
        Spot::Jwt => sketch = spoil_jwt(fixture, sketch),
    }
    (sketch, Expected::Refused)
}

/// An edit of a message that has not been used up, as it will not be.
fn editing(fixture: &mut Fixture) -> Sketch {
    let body = json!({ "roomId": fixture.room, "text": "edited" });
    let Value::Object(fields) = body else { return valid::get_me(fixture) };
    Sketch::new("PUT", format!("/v1/messages/{}", fixture.message)).bearer(&fixture.grace.token).body(Body::Json(fields))
}

/// Changes the fields, in JSON whatever they came in.
fn with_fields(sketch: &mut Sketch, change: impl FnOnce(&mut Map<String, Value>)) {
    let mut fields: Map<String, Value> = match &sketch.body {
        Body::Json(fields) => fields.clone(),
        Body::Form(pairs) => pairs.iter().map(|(name, value)| (name.clone(), json!(value))).collect(),
        Body::Raw { bytes, .. } => serde_json::from_slice(bytes).unwrap_or_default(),
        Body::Parts(parts) => {
            let words = parts.iter().filter(|part| part.file.is_none());
            words.map(|part| (part.name.clone(), json!(String::from_utf8_lossy(&part.bytes)))).collect()
        }
        Body::None => Map::new(),
    };
    change(&mut fields);
    sketch.body = Body::Json(fields);
}

fn spoil_token(fixture: &mut Fixture, sketch: Sketch) -> Sketch {
    let token = fixture.grace.token.clone();
    let refresh_token = fixture.credentials.service_app.refresh_token.clone();
    match fixture.rng.u32(..10) {
        0 => sketch.without_header("Authorization"),
        1 => sketch.header("Authorization", token),
        2 => sketch.header("Authorization", format!("Basic {token}")),
        3 => sketch.header("Authorization", "Bearer"),
        4 => sketch.header("Authorization", "Bearer "),
        5 => sketch.header("Authorization", format!("Bearer {refresh_token}")),
        6 => sketch.header("Authorization", b"Bearer \xff\xfe\x80"),
        7 => sketch.header("Authorization", format!("Bearer {token} {token}")),
        8 => sketch.header("Authorization", format!("Bearer {}", "x".repeat(20_000))),
        _ => sketch.header("Authorization", format!("Bearer {}", token.to_uppercase())),
    }
}

fn spoil_path(fixture: &mut Fixture, sketch: &mut Sketch) {
    let path = sketch.path.trim_end_matches('/').to_owned();
    sketch.path = match fixture.rng.u32(..9) {
        0 => format!("{path}/nothing/more"),
        1 => format!("/{path}"),
        2 => format!("{path}//"),
        3 => path.to_uppercase(),
        4 => path.replacen('/', "/%2e%2e/", 1),
        5 => path.replacen('/', "%2F", 2).replacen("%2F", "/", 1),
        6 => format!("/nowhere{path}"),
        7 => path.replacen("/v1", "", 1).replacen("/api", "", 1).replacen("/sandbox", "", 1),
        _ => format!("/%00{path}/%FF/x"),
    };
}

/// Bytes that are nothing in any of the forms.
fn bad_body(fixture: &mut Fixture) -> Body {
    let raw = |content_type: &str, bytes: Vec<u8>| Body::Raw { content_type: Some(content_type.to_owned()), bytes };
    let json = |bytes: &[u8]| raw("application/json", bytes.to_vec());
    let part = |name: &str, bytes: &[u8]| Part { name: name.to_owned(), file: None, bytes: bytes.to_vec() };
    let whole = || multipart(&[part("title", b"a"), part("roomId", b"a")]);
    let form = "multipart/form-data; boundary=a-boundary";
    match fixture.rng.u32(..22) {
        0 => json(b"{"),
        1 => json(b"[]"),
        2 => json(b"\"words\""),
        3 => json(b"null"),
        4 => json(format!("{}{}", "[".repeat(50_000), "]".repeat(50_000)).as_bytes()),
        5 => json(format!("{}1{}", "{\"a\":".repeat(5000), "}".repeat(5000)).as_bytes()),
        6 => json(b"{\"title\":\"\xff\xfe\",\"text\":\"\xc3\x28\"}"),
        7 => json(b"{\"title\":\"\\ud800\",\"text\":\"\\udfff\"}"),
        8 => json(b"\xef\xbb\xbf{\"title\":\"mark\"}"),
        9 => json(b"{\"title\":\"a\"} {\"title\":\"b\"}"),
        10 => json(b"{\"title\":\"a\x00b\"}"),
        11 => json(b"{'title':NaN}"),
        12 => json(b"{\"title\":1e999}"),
        13 => raw("text/plain", b"{\"title\":\"a\"}".to_vec()),
        14 => raw("application/xml", b"<title>a</title>".to_vec()),
        15 => Body::Raw { content_type: None, bytes: b"{\"title\":\"a\"}".to_vec() },
        16 => raw("multipart/form-data", whole()),
        17 => raw(form, whole().into_iter().take(40).collect()),
        18 => raw(form, b"--another\r\n\r\n".to_vec()),
        19 => raw(form, b"--a-boundary\r\nContent-Disposition: \xff\xfe\r\n\r\n\r\n--a-boundary--".to_vec()),
        20 => raw("application/x-www-form-urlencoded", b"%%%=%zz&&&=\xff".to_vec()),
        _ => Body::None,
    }
}

/// Another site's page, or a name that only looks like this machine's.
fn from_strange_page(fixture: &mut Fixture, sketch: Sketch) -> Sketch {
    let is_order = sketch.method != "GET";
    match fixture.rng.u32(..if is_order { 6 } else { 3 }) {
        0 => sketch.header("Host", "evil.example"),
        1 => sketch.header("Host", "127.0.0.1.evil.example:80"),
        2 => sketch.header("Host", b"\xff"),
        3 => sketch.header("Origin", "http://evil.example"),
        4 => sketch.header("Origin", "null"),
        _ => sketch.header("Origin", b"\xff"),
    }
}

fn spoil_jwt(fixture: &mut Fixture, sketch: Sketch) -> Sketch {
    let header = sketch.headers.iter().find(|(name, _)| *name == "Authorization").map(|(_, value)| value.clone()).unwrap_or_default();
    let jwt = String::from_utf8_lossy(&header).rsplit(' ').next().unwrap_or_default().to_owned();
    let parts: Vec<&str> = jwt.split('.').collect();
    let none = "eyJhbGciOiJub25lIn0";
    match fixture.rng.u32(..10) {
        0 => sketch.without_header("Authorization"),
        1 => sketch.header("Authorization", "Bearer nothing"),
        2 => sketch.header("Authorization", ".."),
        3 => sketch.header("Authorization", format!("{none}.{}.", parts[1])),
        4 => sketch.header("Authorization", format!("{none}.{}.{}", parts[1], parts[2])),
        5 => sketch.header("Authorization", format!("{}.{}", parts[0], parts[1])),
        6 => sketch.header("Authorization", format!("{jwt}.{}", parts[2])),
        7 => sketch.header("Authorization", format!("{}.e30.{}", parts[0], parts[2])),
        8 => sketch.header("Authorization", format!("{}.{}.{}", parts[0], parts[1], "A".repeat(43))),
        _ => sketch.header("Authorization", b"\xff.\xff.\xff"),
    }
}

/// May be done or not; the form has to be good.
pub(super) fn odd(fixture: &mut Fixture, subject: &Subject) -> (Sketch, Expected) {
    let mut sketch = if subject.spare == super::fixture::Spare::None { (subject.valid)(fixture) } else { editing(fixture) };
    match fixture.rng.u32(..9) {
        0 if sketch.method == "GET" => "HEAD".clone_into(&mut sketch.method),
        0 | 1 => {
            sketch.path = sketch.path.replacen('o', "%6F", 1);
        }
        2 => sketch = sketch.header("Host", "\"<script>\""),
        3 => sketch = sketch.header("Host", b"caf\xe9"),
        4 => sketch.query.extend(["max=1&max=2".to_owned(), "%".to_owned(), "=&=".to_owned(), "m%61x=1".to_owned()]),
        5 => sketch.query.push(format!("a={}", "%F0%9F%92%A9".repeat(2000))),
        6 => {
            let (name, words) = (fixture.one_of(&["title", "text", "name", "subject", "personEmail", "roomId"]), "a".repeat(1_000_000));
            if subject.reads_body {
                with_fields(&mut sketch, |fields| {
                    fields.insert(name.to_owned(), json!(words));
                });
            }
        }
        7 => sketch = sketch.header("Accept", "image/png").header("Accept-Encoding", "gzip;q=2").header("Content-Encoding", "gzip"),
        _ => sketch = sketch.header("Content-Type", "application/json;charset=utf-16"),
    }
    (sketch, Expected::Either)
}
