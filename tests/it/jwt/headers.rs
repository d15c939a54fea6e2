//! Headers that say how their token should be checked.

use base64::{Engine, prelude::BASE64_STANDARD};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use server::session::{IdentityRefusal as Refusal, algorithm_word};
use tests::identity::{BackEnd, KEY_ID, base64url};

use super::{
    OTHER_KEY_ID,
    forge::{Case, Forge, Parts, case, forms_of_public_key, jwk},
};

/// Every way of signing that there is a word for, and some that are none.
const ALGORITHMS: [&str; 27] = [
    "none",
    "None",
    "nOnE",
    "NONE",
    "",
    " ",
    "none ",
    "n\u{0}one",
    "ｎｏｎｅ",
    "HS256",
    "HS384",
    "HS512",
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES256K",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
    "Ed448",
    "dir",
    "A256KW",
];

pub(super) fn cases(forge: &Forge<'_>) -> Vec<Case> {
    [algorithms(forge), keys(forge), kinds(forge), members(forge), forms(forge), confused_keys(forge)].into_iter().flatten().collect()
}

fn algorithms(forge: &Forge<'_>) -> Vec<Case> {
    let own = algorithm_word(forge.back_end.algorithm);
    let mut cases = Vec::new();
    for word in ALGORITHMS.into_iter().filter(|word| *word != own) {
        cases.push(case(format!("alg {word:?}"), forge.headed("alg", json!(word)), Refusal::OtherAlgorithm));
    }
    for word in ["none", "None", "nOnE", "NONE"] {
        let message = Parts::of(&forge.headed("alg", json!(word))).message();
        cases.push(case(format!("alg {word}, and no signature"), format!("{message}."), Refusal::OtherAlgorithm));
    }
    for word in [own.to_lowercase(), own.to_uppercase(), format!("{own} "), format!("{own}\0")].into_iter().filter(|word| word != own) {
        cases.push(case(format!("alg {word:?}"), forge.headed("alg", json!(word)), Refusal::OtherAlgorithm));
    }
    for value in [json!(null), json!(256), json!([own]), json!({ own: own }), json!(true)] {
        cases.push(case(format!("alg {value}"), forge.headed("alg", value), Refusal::WrongHeader));
    }
    cases.push(case("no alg", forge.headed_without("alg"), Refusal::WrongHeader));
    cases
}

fn keys(forge: &Forge<'_>) -> Vec<Case> {
    let mut cases = Vec::new();
    let long = "k".repeat(1000);
    for id in [
        "",
        " ",
        "2020-01",
        "2026-1",
        "2026-11 ",
        "2026-11\n",
        "2026-11\0",
        "2026-11\0.pem",
        "２０２６-11",
        "2026\u{2011}11",
        "2026\u{ad}-11",
        "../2026-11",
        "../../../../../../etc/passwd",
        "..\\..\\2026-11",
        "/dev/null",
        "file:///dev/null",
        "https://evil.example/keys.json",
        "' OR '1'='1",
        "2026-11' UNION SELECT 'x",
        "|/usr/bin/id",
        "${jndi:ldap://evil.example/x}",
        "*",
        &long,
    ] {
        cases.push(case(format!("kid {id:?}"), forge.headed("kid", json!(id)), Refusal::UnknownKey));
    }
    cases.push(case("kid of the other site's key", forge.headed("kid", json!(OTHER_KEY_ID)), Refusal::UnknownKey));
    for value in [json!(null), json!(2026), json!(0), json!([KEY_ID]), json!([]), json!({ "id": KEY_ID }), json!(true)] {
        cases.push(case(format!("kid {value}"), forge.headed("kid", value), Refusal::WrongHeader));
    }
    cases.push(case("no kid", forge.headed_without("kid"), Refusal::WrongHeader));
    cases
}

fn kinds(forge: &Forge<'_>) -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in ["JWT", "jwt", "JOSE", "at+jwt", "dpop+jwt", "logout+jwt", "GP-ID+JWT", "application/gp-id+jwt", "gp-id+jwt ", ""] {
        cases.push(case(format!("typ {kind:?}"), forge.headed("typ", json!(kind)), Refusal::WrongType));
    }
    for value in [json!(null), json!(1), json!(["gp-id+jwt"])] {
        cases.push(case(format!("typ {value}"), forge.headed("typ", value), Refusal::WrongHeader));
    }
    cases.push(case("no typ", forge.headed_without("typ"), Refusal::WrongHeader));
    cases
}

/// A member more than the three.
fn members(forge: &Forge<'_>) -> Vec<Case> {
    let certificate = json!([base64url(b"a certificate")]);
    let mut cases = Vec::new();
    for (member, value) in [
        ("jku", json!("https://evil.example/keys.json")),
        ("jku", json!("http://127.0.0.1/keys.json")),
        ("x5u", json!("https://evil.example/certificate.pem")),
        ("x5c", certificate),
        ("x5t", json!("dGh1bWJwcmludA")),
        ("x5t#S256", json!("dGh1bWJwcmludA")),
        ("crit", json!(["exp"])),
        ("crit", json!(["b64"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
        ("enc", json!("A256GCM")),
        ("p2c", json!(2_147_483_647)),
        ("nonce", json!("x")),
        ("iss", json!("demo")),
        ("exp", json!(forge.now() + 60)),
        ("Alg", json!("none")),
        ("", json!("")),
        ("__proto__", json!({})),
    ] {
        cases.push(case(format!("{member}: {value}"), forge.headed(member, value), Refusal::WrongHeader));
    }
    // A key of one's own, brought along.
    let thief = BackEnd::new(if forge.back_end.algorithm == Algorithm::HS256 { Algorithm::EdDSA } else { forge.back_end.algorithm });
    let mut header = thief.header();
    for (what, key) in [("whole", jwk(&thief.public_pem)), ("secret", json!({ "kty": "oct", "k": "AA" })), ("null", Value::Null)] {
        header["jwk"] = key;
        cases.push(case(format!("jwk, {what}"), thief.sign(&header, &forge.claims()), Refusal::WrongHeader));
    }
    // With b64 false the claims stand there as they are.
    let header = base64url(
        json!({ "alg": forge.back_end.header()["alg"], "typ": "gp-id+jwt", "kid": KEY_ID, "b64": false, "crit": ["b64"] })
            .to_string()
            .as_bytes(),
    );
    let plain = forge.claims().to_string().replace('.', "");
    cases.push(case("b64 false, and plain claims", forge.back_end.sign_message(&format!("{header}.{plain}")), Refusal::WrongHeader));
    cases
}

/// Headers that are no objects, or say something twice.
fn forms(forge: &Forge<'_>) -> Vec<Case> {
    let own = algorithm_word(forge.back_end.algorithm);
    let good = forge.back_end.header().to_string();
    let list = json!([own, "gp-id+jwt", KEY_ID]).to_string();
    let mut cases = Vec::new();
    cases.push(case("header {}", forge.header_written("{}"), Refusal::WrongHeader));
    for (what, text) in [
        ("empty", String::new()),
        ("null", "null".into()),
        ("true", "true".into()),
        ("a number", "7".into()),
        ("a text", json!(good).to_string()),
        ("an empty list", "[]".into()),
        ("itself in a list", format!("[{good}]")),
        ("a list of its values", list),
        ("cut off", good.trim_end_matches('}').to_owned()),
        ("something behind it", format!("{good} {good}")),
        ("a NUL behind it", format!("{good}\0")),
        ("a mark of the byte order before it", format!("\u{feff}{good}")),
        ("a comment in it", good.replacen('{', "{/* */", 1)),
        ("a comma at its end", good.replacen('}', ",}", 1)),
        ("single quotes", good.replace('"', "'")),
        ("nested deeply", format!("{}{}", "[".repeat(500), "]".repeat(500))),
    ] {
        cases.push(case(format!("header: {what}"), forge.header_written(&text), Refusal::Malformed));
    }
    // Of two readers one may believe the first, and the other the last.
    for member in [
        r#""alg":"none""#,
        r#""\u0061lg":"none""#,
        r#""alg":"n\u006fne""#,
        &format!(r#""alg":"{own}""#),
        r#""kid":"2020-01""#,
        r#""typ":"JWT""#,
        r#""typ":"gp-id+jwt""#,
        r#""x":1,"x":1"#,
    ] {
        cases.push(case(format!("header: {member} once more"), forge.header_repeated(member, true), Refusal::Malformed));
        cases.push(case(format!("header: {member} first"), forge.header_repeated(member, false), Refusal::Malformed));
    }
    cases
}

/// Keys of another kind, and secrets that are none.
fn confused_keys(forge: &Forge<'_>) -> Vec<Case> {
    let header = forge.back_end.header();
    let mut as_hmac = header.clone();
    as_hmac["alg"] = json!("HS256");
    let mut cases = Vec::new();
    let guesses: [&[u8]; 8] = [b"", b"\0", b"secret", b"demo", KEY_ID.as_bytes(), &[0; 32], b"null", b"gp-id+jwt"];
    for guess in guesses {
        let (what, refusal) = (format!("the secret {guess:?}"), Refusal::WrongSignature);
        cases.push(case(what, forge.by_secret(&header, guess), refusal));
    }
    if forge.back_end.algorithm == Algorithm::HS256 {
        let as_text = BASE64_STANDARD.encode(&forge.back_end.secret);
        cases.push(case("the secret as the file has it", forge.by_secret(&header, as_text.as_bytes()), Refusal::WrongSignature));
        cases.push(case("the other site's secret", forge.by_secret(&header, &forge.other.secret), Refusal::WrongSignature));
        for algorithm in [Algorithm::EdDSA, Algorithm::ES256] {
            let thief = BackEnd::new(algorithm);
            let as_theirs = thief.sign(&thief.header(), &forge.claims());
            cases.push(case(format!("a key of {algorithm:?}"), as_theirs, Refusal::OtherAlgorithm));
            cases.push(case(format!("{algorithm:?} for HS256"), thief.sign(&header, &forge.claims()), Refusal::WrongSignature));
        }
        return cases;
    }
    for (form, secret) in forms_of_public_key(&forge.back_end.public_pem) {
        cases.push(case(format!("HS256, the secret being {form}"), forge.by_secret(&as_hmac, &secret), Refusal::OtherAlgorithm));
        cases.push(case(format!("unsaid HS256, the secret being {form}"), forge.by_secret(&header, &secret), Refusal::WrongSignature));
    }
    let thief = BackEnd::new(if forge.back_end.algorithm == Algorithm::EdDSA { Algorithm::ES256 } else { Algorithm::EdDSA });
    cases.push(case("the other curve", thief.sign(&thief.header(), &forge.claims()), Refusal::OtherAlgorithm));
    cases.push(case("the other curve, unsaid", thief.sign(&header, &forge.claims()), Refusal::WrongSignature));
    cases
}
