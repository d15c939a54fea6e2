//! Claims that a site's own key has signed, and that are not believed.

use serde_json::{Value, json};
use server::session::IdentityRefusal as Refusal;

use super::forge::{Case, Forge, case};

const SECONDS: &str = "a whole number of seconds";
const WRONG_USER: Refusal = Refusal::WrongClaim("sub", "a text of 1 to 255 characters, the user's id on the site");
const WRONG_TOKEN_ID: Refusal = Refusal::WrongClaim("jti", "22 to 128 random letters and digits");
const WRONG_NAME: Refusal = Refusal::WrongClaim("name", "a name of 1 to 64 characters");
const WRONG_EMAIL: Refusal = Refusal::WrongClaim("email", "an e-mail address, or left out");

pub(super) fn cases(forge: &Forge<'_>) -> Vec<Case> {
    [for_whom(forge), times(forge), kinds_of_times(forge), people(forge), repeated(forge), forms(forge)].into_iter().flatten().collect()
}

/// Each of these values for a claim.
fn with(forge: &Forge<'_>, claim: &str, refusal: Refusal, values: impl IntoIterator<Item = Value>) -> Vec<Case> {
    let case_of = |value: Value| {
        let mut what = format!("{claim} {value}");
        what.truncate(what.floor_char_boundary(60));
        case(what, forge.with(claim, value), refusal.clone())
    };
    values.into_iter().map(case_of).collect()
}

/// Made for somebody or something else.
fn for_whom(forge: &Forge<'_>) -> Vec<Case> {
    let own = forge.portal.app().audience.clone();
    let (scheme, host) = own.split_once("://").unwrap();
    let sites = ["shop", "", "Demo", "DEMO", "demo ", "demo\0", "dem", "demo2", "ｄｅｍｏ", "https://demo"].map(Value::from);
    let other_kinds = [json!(null), json!(0), json!(["demo"]), json!({ "id": "demo" })];
    let audiences = [
        json!([own]),
        json!([own, "https://other.example"]),
        json!(["https://other.example"]),
        json!([]),
        json!([[own]]),
        json!({ "0": own }),
        json!(null),
        json!(1),
        json!(""),
        json!("*"),
        json!("demo"),
        json!("https://other.example"),
        json!(format!("{own}/")),
        json!(format!("{own}/s/demo")),
        json!(format!("{own} ")),
        json!(format!("{own}.evil.example")),
        json!(format!("{scheme}://user@{host}")),
        json!(format!("{}://{host}", scheme.to_uppercase())),
        json!(format!("https://{host}")),
        json!(host),
        json!(format!("{scheme}://{}", host.split_once(':').map_or(host, |(name, _)| name))),
    ];
    let origins =
        [json!("https://evil.example"), json!(""), json!(null), json!("null"), json!(own), json!(["https://www.example.com"]), json!(7)];
    let mut cases = with(forge, "iss", Refusal::OtherSite, sites.into_iter().chain(other_kinds));
    cases.extend(with(forge, "aud", Refusal::OtherAudience, audiences));
    // The page that presents it says nothing of where it is shown.
    cases.extend(with(forge, "origin", Refusal::OtherOrigin, origins));
    cases.push(case("no iss", forge.without("iss"), Refusal::OtherSite));
    cases.push(case("no aud", forge.without("aud"), Refusal::OtherAudience));
    cases
}

/// Times that are no reason to believe it now.
fn times(forge: &Forge<'_>) -> Vec<Case> {
    let now = forge.now();
    let mut cases: Vec<Case> = [
        ("valid for 301 seconds", now, now + 301, Refusal::LongLived),
        ("valid for an hour", now, now + 3600, Refusal::LongLived),
        ("exp in milliseconds", now, (now + 60) * 1000, Refusal::LongLived),
        ("the greatest exp", now, i64::MAX, Refusal::LongLived),
        ("the least iat", i64::MIN, now + 60, Refusal::LongLived),
        ("the greatest of both", i64::MAX, i64::MAX, Refusal::NotYet),
        ("the least of both", i64::MIN, i64::MIN, Refusal::Expired),
        ("issued in 1970", 0, now + 60, Refusal::LongLived),
        ("before 1970", -120, -60, Refusal::Expired),
        ("exp -1", now, -1, Refusal::Expired),
        ("exp 0", now, 0, Refusal::Expired),
        ("expired an hour ago", now - 3660, now - 3600, Refusal::Expired),
        ("expired a minute ago", now - 120, now - 60, Refusal::Expired),
        ("issued in an hour", now + 3600, now + 3660, Refusal::NotYet),
        ("issued in a minute", now + 90, now + 150, Refusal::NotYet),
        ("issued in milliseconds", now * 1000, now * 1000 + 60, Refusal::NotYet),
    ]
    .into_iter()
    .map(|(what, issued, expires, refusal)| case(what, forge.with_times(issued, expires), refusal))
    .collect();
    cases.extend(with(forge, "nbf", Refusal::NotYet, [json!(now + 90), json!(now + 3600), json!(i64::MAX), json!(now * 1000)]));
    cases
}

/// Times that are no whole numbers of seconds.
fn kinds_of_times(forge: &Forge<'_>) -> Vec<Case> {
    let mut cases = Vec::new();
    for claim in ["exp", "iat", "nbf"] {
        let soon = forge.now() + if claim == "exp" { 60 } else { 0 };
        let refusal = Refusal::WrongClaim(claim, SECONDS);
        let values = [
            json!(soon.to_string()),
            json!(""),
            json!("NaN"),
            json!("2099-01-01T00:00:00Z"),
            json!(null),
            json!(true),
            json!([soon]),
            json!({ "value": soon }),
            json!(soon as f64),
            json!(soon as f64 + 0.5),
            json!(u64::MAX),
        ];
        cases.extend(with(forge, claim, refusal.clone(), values));
        for value in ["1e300", "-1e300", "4e9", "18446744073709551616", "-9223372036854775809", "0.1e11"] {
            cases.push(case(format!("{claim} written {value}"), forge.written(claim, value), refusal.clone()));
        }
        for value in ["NaN", "Infinity", "-Infinity", "1e400", "+1", "0x7fffffff", "01", "1_000", ".5", "1.", "'1'", "undefined", ""] {
            cases.push(case(format!("{claim} written {value:?}"), forge.written(claim, value), Refusal::Malformed));
        }
        if claim != "nbf" {
            cases.push(case(format!("no {claim}"), forge.without(claim), refusal));
        }
    }
    cases
}

/// Who it is, and what the token itself is called.
fn people(forge: &Forge<'_>) -> Vec<Case> {
    let no_texts = || [json!(null), json!(42), json!(true), json!([]), json!(["42"]), json!({})];
    let users = [json!(""), json!(" "), json!("\t\n"), json!("\u{a0}\u{2003}"), json!("x".repeat(256)), json!("ä".repeat(256))];
    let ids = [
        "",
        "1",
        "123456789012345678901",
        "1234567890123456789012 ",
        "1234567890 12345678901234",
        "1234567890123456789\u{e9}012",
        "12345678901234567890\n12",
        "1234567890123456789012\0",
        &"x".repeat(129),
    ];
    let names = ["", " ", "\0", "\u{200b}", "\n\t", "\u{202e}\u{feff}", &"x".repeat(65), &"\u{1f600}".repeat(65)];
    let emails = [
        "",
        " ",
        "ada",
        "@example.com",
        "ada@",
        "ada@example",
        "ada @example.com",
        "ada@example.com ",
        "ada@example.com\nbcc:x@y.z",
        "ada\0@example.com",
        "ada\u{202e}@example.com",
        &format!("{}@example.com", "a".repeat(243)),
    ];
    let mut cases = with(forge, "sub", WRONG_USER, users.into_iter().chain(no_texts()));
    cases.extend(with(forge, "jti", WRONG_TOKEN_ID, ids.map(Value::from).into_iter().chain(no_texts())));
    cases.extend(with(forge, "name", WRONG_NAME, names.map(Value::from).into_iter().chain(no_texts())));
    cases.extend(with(forge, "email", WRONG_EMAIL, emails.map(Value::from).into_iter().chain(no_texts())));
    for (claim, refusal) in [("sub", WRONG_USER), ("jti", WRONG_TOKEN_ID), ("name", WRONG_NAME)] {
        cases.push(case(format!("no {claim}"), forge.without(claim), refusal));
    }
    cases
}

/// Of two claims of one name, one reader believes the first and another the second.
fn repeated(forge: &Forge<'_>) -> Vec<Case> {
    let (now, own) = (forge.now(), &forge.portal.app().audience);
    let mut cases = Vec::new();
    for member in [
        r#""iss":"shop""#.to_owned(),
        r#""aud":"https://other.example""#.to_owned(),
        format!(r#""aud":"{own}""#),
        r#""sub":"1""#.to_owned(),
        r#""sub":"42""#.to_owned(),
        r#""\u0073ub":"1""#.to_owned(),
        r#""name":"Root""#.to_owned(),
        r#""n\u0061me":"Root""#.to_owned(),
        r#""jti":"0123456789abcdef0123456789abcdef""#.to_owned(),
        format!(r#""exp":{}"#, now - 3600),
        format!(r#""exp":{}"#, now + 60),
        format!(r#""iat":{now}"#),
    ] {
        for is_last in [false, true] {
            let what = format!("{member} {}", if is_last { "once more" } else { "first" });
            cases.push(case(what, forge.repeated(&member, is_last), Refusal::Malformed));
        }
    }
    let twice = r#""email":"ada@example.com","email":"eve@example.com""#;
    cases.push(case("two addresses", forge.repeated(twice, true), Refusal::Malformed));
    let twice = format!(r#""nbf":{},"nbf":{now}"#, now + 3600);
    cases.push(case("two beginnings", forge.repeated(&twice, true), Refusal::Malformed));
    let twice = r#""origin":"https://www.example.com","origin":"https://evil.example""#;
    cases.push(case("two origins", forge.repeated(twice, true), Refusal::Malformed));
    cases
}

/// Claims that are no object.
fn forms(forge: &Forge<'_>) -> Vec<Case> {
    let claims = forge.claims().to_string();
    let with_mark = [b"\xef\xbb\xbf", claims.as_bytes()].concat();
    let in_utf_16: Vec<u8> = claims.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let latin = claims.replace("\"Ada\"", "\"\u{1}\"").into_bytes().into_iter().map(|byte| if byte == 1 { 0xe9 } else { byte }).collect();
    let nested = |open: &str, close: &str| format!("{},\"x\":{}1{}}}", claims.trim_end_matches('}'), open.repeat(200), close.repeat(200));
    [
        ("null", b"null".to_vec()),
        ("true", b"true".to_vec()),
        ("a number", b"42".to_vec()),
        ("a text", json!(claims).to_string().into_bytes()),
        ("an empty list", b"[]".to_vec()),
        ("a list of claims", format!("[{claims}]").into_bytes()),
        ("a list of two", format!("[{claims},{claims}]").into_bytes()),
        ("another token", forge.good().into_bytes()),
        ("another token as a text", json!(forge.good()).to_string().into_bytes()),
        ("blanks", b"   ".to_vec()),
        ("zeros", vec![0; 64]),
        ("cut off", claims.trim_end_matches('}').as_bytes().to_vec()),
        ("claims twice", claims.repeat(2).into_bytes()),
        ("something behind", format!("{claims}x").into_bytes()),
        ("a NUL behind", format!("{claims}\0").into_bytes()),
        ("a mark of the byte order before", with_mark),
        ("UTF-16", in_utf_16),
        ("no UTF-8", latin),
        ("half of a pair", claims.replace("\"Ada\"", r#""\ud800""#).into_bytes()),
        ("a line's end in a text", claims.replace("Ada", "A\nda").into_bytes()),
        ("a comment", claims.replacen('{', "{// x\n", 1).into_bytes()),
        ("a comma at the end", format!("{},}}", claims.trim_end_matches('}')).into_bytes()),
        ("lists within lists", nested("[", "]").into_bytes()),
        ("objects within objects", nested("{\"x\":", "}").into_bytes()),
    ]
    .map(|(what, bytes)| case(format!("claims: {what}"), forge.of_claims(&bytes), Refusal::Malformed))
    .into()
}
