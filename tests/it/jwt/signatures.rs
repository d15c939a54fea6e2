//! Signatures that are none, or of something else; and tokens that are no three parts of base64url.

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE},
};
use jsonwebtoken::Algorithm;
use ring::{digest, hmac};
use serde_json::json;
use server::session::IdentityRefusal as Refusal;
use tests::identity::{KEY_ID, base64url};

use super::forge::{Case, Forge, Parts, case};

/// How many points P-256 has, big-endian.
pub(super) const POINTS_OF_P256: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
    0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
/// The order of Ed25519's base point, little-endian.
const ORDER_OF_ED25519: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0x10,
];

pub(super) fn cases(forge: &Forge<'_>) -> Vec<Case> {
    let own = match forge.back_end.algorithm {
        Algorithm::EdDSA => of_ed25519(forge),
        Algorithm::ES256 => of_p256(forge),
        _ => of_hmac(forge),
    };
    [bytes(forge), letters(forge), segments(forge), own].into_iter().flatten().collect()
}

/// The same message with other bytes behind it.
fn bytes(forge: &Forge<'_>) -> Vec<Case> {
    let parts = Parts::of(&forge.good());
    let right = parts.signature.as_slice();
    let (length, (front, back)) = (right.len(), right.split_at(right.len() / 2));
    let flipped = |place: usize, bit: u8| {
        let mut bytes = right.to_vec();
        bytes[place] ^= bit;
        bytes
    };
    let hex: String = right.iter().map(|byte| format!("{byte:02x}")).collect();
    let of_another = Parts::of(&forge.good()).signature;
    let of_other_key = Parts::of(&forge.other.sign(&forge.back_end.header(), &forge.claims())).signature;
    let wrong = [
        ("none", Vec::new()),
        ("its first bit turned", flipped(0, 0x80)),
        ("its last bit turned", flipped(length - 1, 1)),
        ("a bit in the middle turned", flipped(length / 2, 0x10)),
        ("its last byte missing", right[..length - 1].to_vec()),
        ("its first byte missing", right[1..].to_vec()),
        ("its first half", front.to_vec()),
        ("its second half", back.to_vec()),
        ("the halves in the other order", [back, front].concat()),
        ("backwards", right.iter().rev().copied().collect()),
        ("a byte more", [right, &[0][..]].concat()),
        ("a byte before", [&[0][..], right].concat()),
        ("twice", right.repeat(2)),
        ("a kilobyte more", [right, &[0; 1024]].concat()),
        ("zeros", vec![0; length]),
        ("ones", vec![0xff; length]),
        ("a single zero", vec![0]),
        ("itself in hex", hex.into_bytes()),
        ("itself in base64url", base64url(right).into_bytes()),
        ("another token's", of_another),
        ("another key's", of_other_key),
        ("the message itself", parts.message().into_bytes()),
        ("the message's hash", digest::digest(&digest::SHA256, parts.message().as_bytes()).as_ref().to_vec()),
    ];
    let mut cases: Vec<Case> = wrong
        .into_iter()
        .map(|(what, bytes)| case(format!("signature: {what}"), parts.signed_with(&bytes), Refusal::WrongSignature))
        .collect();
    let mut other_claims = forge.claims();
    other_claims["sub"] = json!("1");
    let changed = Parts { claims: base64url(other_claims.to_string().as_bytes()), header: parts.header.clone(), signature: Vec::new() };
    cases.push(case("other claims under a right signature", changed.signed_with(right), Refusal::WrongSignature));
    let spaced = json!({ "alg": forge.back_end.header()["alg"], "typ": "gp-id+jwt", "kid": KEY_ID }).to_string().replace(':', ": ");
    let respelled = Parts { header: base64url(spaced.as_bytes()), claims: parts.claims.clone(), signature: Vec::new() };
    cases.push(case("the same header, written otherwise", respelled.signed_with(right), Refusal::WrongSignature));
    cases
}

/// The right bytes in other letters.
fn letters(forge: &Forge<'_>) -> Vec<Case> {
    let good = forge.good();
    let parts = Parts::of(&good);
    let (message, text) = good.rsplit_once('.').unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = alphabet.find(text.chars().last().unwrap()).unwrap();
    // Not all of the last letter's bits are part of a byte.
    let unused = &alphabet[last + 1..last + 2];
    let with_dash = std::iter::repeat_with(|| forge.good()).find(|token| token.rsplit('.').next().unwrap().contains(['-', '_'])).unwrap();
    let (dashed_message, dashed) = with_dash.rsplit_once('.').unwrap();
    // In this name's bytes both letters occur that the two alphabets write differently.
    let mut named = forge.claims();
    named["name"] = json!("~?~?~ÿÿÿ>>>???");
    let header = base64url(forge.back_end.header().to_string().as_bytes());
    let sign = |claims: String| forge.back_end.sign_message(&format!("{header}.{claims}"));
    let claims_as = |encode: &dyn Fn(&[u8]) -> String| sign(encode(named.to_string().as_bytes()));
    let in_standard = BASE64_STANDARD_NO_PAD.encode(named.to_string());
    assert!(in_standard.contains(['+', '/']), "there is something to write otherwise");
    // Without padding there would be nothing to see.
    let mut short = forge.claims();
    while short.to_string().len().is_multiple_of(3) {
        short["name"] = json!(format!("{}a", short["name"].as_str().unwrap()));
    }
    let mut header_text = forge.back_end.header().to_string();
    while header_text.len().is_multiple_of(3) {
        header_text.push(' ');
    }
    let padded_header = BASE64_URL_SAFE.encode(header_text);
    [
        ("signature with padding", format!("{message}.{}", BASE64_URL_SAFE.encode(&parts.signature))),
        ("signature with one sign of padding", format!("{good}=")),
        ("signature with much padding", format!("{good}====")),
        ("signature whose unused bits are set", format!("{message}.{}{unused}", &text[..text.len() - 1])),
        ("signature in the alphabet of base64", format!("{dashed_message}.{}", dashed.replace('-', "+").replace('_', "/"))),
        ("signature with a line's end", format!("{good}\n")),
        ("signature with a blank in it", format!("{message}.{} {}", &text[..10], &text[10..])),
        ("signature with a NUL", format!("{good}\0")),
        ("signature of one letter", format!("{message}.A")),
        ("signature with a percent sign", format!("{message}.%41{}", &text[1..])),
        ("signature in full-width letters", format!("{message}.Ａ{}", &text[1..])),
        ("claims in the alphabet of base64, signed so", sign(in_standard)),
        ("claims with padding, signed so", sign(BASE64_URL_SAFE.encode(short.to_string()))),
        ("claims in base64, signed so", claims_as(&|bytes| BASE64_STANDARD.encode(bytes) + "=")),
        ("claims with a line's end, signed so", claims_as(&|bytes| base64url(bytes) + "\n")),
        ("claims in hex, signed so", claims_as(&|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect())),
        ("claims of one letter, signed so", sign("A".into())),
        ("no claims, signed so", sign(String::new())),
        ("a blank before it", format!(" {good}")),
        ("a tab before it", format!("\t{good}")),
        ("a mark of the byte order before it", format!("\u{feff}{good}")),
        ("the scheme before it", format!("Bearer {good}")),
        ("in quotes", format!("\"{good}\"")),
        ("a blank after the header", good.replacen('.', " .", 1)),
        ("header with padding, signed so", forge.back_end.sign_message(&format!("{padded_header}.{}", parts.claims))),
    ]
    .map(|(what, token)| case(what, token, Refusal::Malformed))
    .into()
}

/// More parts or fewer, or in another order.
fn segments(forge: &Forge<'_>) -> Vec<Case> {
    let good = forge.good();
    let [header, claims, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("{good}") };
    let nested = base64url(json!(good).to_string().as_bytes());
    let encrypted = base64url(br#"{"alg":"dir","enc":"A256GCM"}"#);
    let flattened = json!({ "payload": claims, "protected": header, "signature": signature }).to_string();
    let general = json!({ "payload": claims, "signatures": [{ "protected": header, "signature": signature }] }).to_string();
    let none = base64url(br#"{"alg":"none"}"#);
    let mut cases = Vec::new();
    for (what, token) in [
        ("words", "Ada Lovelace".to_owned()),
        ("one part", header.to_owned()),
        ("two parts", format!("{header}.{claims}")),
        ("the last two", format!("{claims}.{signature}")),
        ("a dot", ".".to_owned()),
        ("two dots", "..".to_owned()),
        ("many dots", ".".repeat(1000)),
        ("a dot behind", format!("{good}.")),
        ("two dots behind", format!("{good}..")),
        ("a dot before", format!(".{good}")),
        ("an empty part in the middle", format!("{header}..{claims}.{signature}")),
        ("four parts", format!("{good}.{signature}")),
        ("five parts", format!("{good}.{claims}.{signature}")),
        ("five parts that say they are encrypted", format!("{encrypted}..AAAA.AAAA.AAAA")),
        ("no header", format!(".{claims}.{signature}")),
        ("flattened JSON", flattened),
        ("general JSON", general),
        ("JSON of itself", json!(good).to_string()),
        ("all of it in base64url", base64url(good.as_bytes())),
        ("dots as addresses have them", good.replace('.', "%2E")),
        ("full-width dots", good.replace('.', "．")),
        ("commas for dots", good.replace('.', ",")),
        ("another token behind it", format!("{good} {}", forge.good())),
        ("the signature first", format!("{signature}.{header}.{claims}")),
        ("the signature for a header", format!("{signature}.{claims}.{signature}")),
        ("itself as its claims' text, signed so", forge.back_end.sign_message(&format!("{header}.{nested}"))),
        ("null", "null".to_owned()),
    ] {
        cases.push(case(what, token, Refusal::Malformed));
    }
    for (what, token) in [
        ("the signature in the claims' place", format!("{header}.{signature}.{claims}")),
        ("the header in the claims' place", format!("{header}.{header}.{signature}")),
        ("no claims", format!("{header}..{signature}")),
        ("no claims and no signature", format!("{header}..")),
    ] {
        cases.push(case(what, token, Refusal::WrongSignature));
    }
    for (what, token) in [
        ("claims and header in the other order", format!("{claims}.{header}.{signature}")),
        ("a header that only says none", format!("{none}.{claims}.")),
    ] {
        cases.push(case(what, token, Refusal::WrongHeader));
    }
    cases
}

fn of_p256(forge: &Forge<'_>) -> Vec<Case> {
    let parts = Parts::of(&forge.good());
    let (r, s) = parts.signature.split_at(32);
    let (zero, n): (&[u8], &[u8]) = (&[0; 32], &POINTS_OF_P256);
    let one = [&zero[..31], &[1]].concat();
    let last = [&n[..31], &[n[31] - 1]].concat();
    let padded = |number: &[u8]| [&zero[..16], number].concat();
    let der = |r: &[u8], s: &[u8]| {
        let numbers = [integer(r), integer(s)].concat();
        [vec![0x30, u8::try_from(numbers.len()).unwrap()], numbers].concat()
    };
    let backwards = |number: &[u8]| number.iter().rev().copied().collect::<Vec<u8>>();
    [
        ("r = s = 0", [zero, zero].concat()),
        ("r = 0", [zero, s].concat()),
        ("s = 0", [r, zero].concat()),
        ("r = n", [n, s].concat()),
        ("s = n", [r, n].concat()),
        ("r = s = n", [n, n].concat()),
        ("r = n, s = 0", [n, zero].concat()),
        ("r = 0, s = n", [zero, n].concat()),
        ("r = s = 1", one.repeat(2)),
        ("r = s = n - 1", last.repeat(2)),
        ("r = 1, s = n - 1", [one, last].concat()),
        ("in DER", der(r, s)),
        ("zero in DER", der(zero, zero)),
        ("in DER, longer than it says", [der(r, s), vec![0]].concat()),
        ("empty in DER", vec![0x30, 0]),
        ("as long as one of P-384", [padded(r), padded(s)].concat()),
        ("with a byte for each sign", [&zero[..1], r, &zero[..1], s].concat()),
        ("little-endian", [backwards(r), backwards(s)].concat()),
        ("r twice", [r, r].concat()),
        ("in the form that tells the key", [r, s, &[1]].concat()),
    ]
    .map(|(what, bytes)| case(format!("ES256: {what}"), parts.signed_with(&bytes), Refusal::WrongSignature))
    .into()
}

/// A number in DER.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let begin = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len() - 1);
    let sign: &[u8] = if bytes[begin] & 0x80 == 0 { &[] } else { &[0] };
    let digits = [sign, &bytes[begin..]].concat();
    [vec![2, u8::try_from(digits.len()).unwrap()], digits].concat()
}

fn of_ed25519(forge: &Forge<'_>) -> Vec<Case> {
    let parts = Parts::of(&forge.good());
    let (point, scalar) = parts.signature.split_at(32);
    let (zero, ones, order): (&[u8], &[u8], &[u8]) = (&[0; 32], &[0xff; 32], &ORDER_OF_ED25519);
    // The same number once more around: taken, it would make a used token look like another one.
    let mut carry = 0;
    let add = |(digit, more): (&u8, &u8)| {
        let sum = u16::from(*digit) + u16::from(*more) + carry;
        carry = sum >> 8;
        sum.to_le_bytes()[0]
    };
    let around: Vec<u8> = std::iter::zip(scalar, order).map(add).collect();
    let first_is = |byte: u8, rest: &[u8]| [vec![byte], rest[1..].to_vec()].concat();
    let below_two_to_255 = [&ones[..31], &[0x7f]].concat();
    [
        ("S once more around", [point, &around].concat()),
        ("S = 0", [point, zero].concat()),
        ("S = L", [point, order].concat()),
        ("S of all bits", [point, ones].concat()),
        ("R = 0", [zero, scalar].concat()),
        ("the neutral point and S = 0", [first_is(1, zero), zero.into()].concat()),
        ("the point of order two and S = 0", [first_is(0xec, &below_two_to_255), zero.into()].concat()),
        ("a point of order four and S = 0", [zero, zero].concat()),
        ("the neutral point, not reduced, and S = 0", [first_is(0xee, &below_two_to_255), zero.into()].concat()),
        ("another R", [first_is(2, zero), scalar.into()].concat()),
        ("R with the other sign", [&point[..31], &[point[31] ^ 0x80], scalar].concat()),
        ("as long as one of Ed448", [point, scalar, &[0; 50]].concat()),
    ]
    .map(|(what, bytes)| case(format!("EdDSA: {what}"), parts.signed_with(&bytes), Refusal::WrongSignature))
    .into()
}

fn of_hmac(forge: &Forge<'_>) -> Vec<Case> {
    let parts = Parts::of(&forge.good());
    let (message, secret) = (parts.message(), forge.back_end.secret.as_slice());
    let by = |algorithm, secret: &[u8]| hmac::sign(&hmac::Key::new(algorithm, secret), message.as_bytes()).as_ref().to_vec();
    let long = by(hmac::HMAC_SHA512, secret);
    let salted = digest::digest(&digest::SHA256, &[secret, message.as_bytes()].concat());
    [
        ("its first 128 bits", parts.signature[..16].to_vec()),
        ("its first byte", parts.signature[..1].to_vec()),
        ("of SHA-512", long.clone()),
        ("of SHA-512, cut off", long[..32].to_vec()),
        ("of SHA-384", by(hmac::HMAC_SHA384, secret)),
        ("of SHA-1", by(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret)),
        ("a hash of secret and message", salted.as_ref().to_vec()),
        ("by the secret backwards", by(hmac::HMAC_SHA256, &secret.iter().rev().copied().collect::<Vec<_>>())),
        ("by half of the secret", by(hmac::HMAC_SHA256, &secret[..16])),
        ("of the claims alone", hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), parts.claims.as_bytes()).as_ref().to_vec()),
    ]
    .map(|(what, bytes)| case(format!("HS256: {what}"), parts.signed_with(&bytes), Refusal::WrongSignature))
    .into()
}
