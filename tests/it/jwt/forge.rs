//! What somebody has to make tokens with who wants in: the tools of a back end, and none of its care.

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use ring::hmac;
use serde_json::{Value, json};
use server::session::IdentityRefusal;
use tests::{
    identity::{BackEnd, base64url},
    portal::TestPortal,
};

/// One token, and the one reason it is refused for.
pub(super) struct Case {
    pub(super) what: String,
    pub(super) token: String,
    pub(super) refusal: IdentityRefusal,
}

pub(super) fn case(what: impl Into<String>, token: impl Into<String>, refusal: IdentityRefusal) -> Case {
    Case { what: what.into(), token: token.into(), refusal }
}

/// Makes tokens for the first site's user 42: right in all but one thing.
pub(super) struct Forge<'a> {
    /// Whose word the first site takes.
    pub(super) back_end: &'a BackEnd,
    /// Whose word the second site takes, by a key of another id.
    pub(super) other: &'a BackEnd,
    pub(super) portal: &'a TestPortal,
}

impl Forge<'_> {
    /// Seconds since 1970, by the portal's clock.
    pub(super) fn now(&self) -> i64 {
        self.portal.clock.now().as_millis().div_euclid(1000)
    }

    /// Right claims, with a token id of their own.
    pub(super) fn claims(&self) -> Value {
        self.back_end.claims(self.portal, "42", "Ada")
    }

    /// One that is right.
    pub(super) fn good(&self) -> String {
        self.signed(&self.claims())
    }

    pub(super) fn signed(&self, claims: &Value) -> String {
        self.back_end.sign(&self.back_end.header(), claims)
    }

    /// With this claim.
    pub(super) fn with(&self, claim: &str, value: Value) -> String {
        let mut claims = self.claims();
        claims[claim] = value;
        self.signed(&claims)
    }

    /// With these times.
    pub(super) fn with_times(&self, issued: i64, expires: i64) -> String {
        let mut claims = self.claims();
        (claims["iat"], claims["exp"]) = (json!(issued), json!(expires));
        self.signed(&claims)
    }

    /// Without this claim.
    pub(super) fn without(&self, claim: &str) -> String {
        self.signed(&without(self.claims(), claim))
    }

    /// With this claim, its value written so: numbers that no program here could hold, or no JSON.
    pub(super) fn written(&self, claim: &str, value: &str) -> String {
        let claims = without(self.claims(), claim).to_string();
        self.of_claims(format!("{},\"{claim}\":{value}}}", claims.trim_end_matches('}')).as_bytes())
    }

    /// With this member before or behind all the others, one of which has the same name.
    pub(super) fn repeated(&self, member: &str, is_last: bool) -> String {
        let claims = self.claims().to_string();
        let text = if is_last {
            format!("{},{member}}}", claims.trim_end_matches('}'))
        } else {
            format!("{{{member},{}", claims.trim_start_matches('{'))
        };
        self.of_claims(text.as_bytes())
    }

    /// With these bytes in the claims' place.
    pub(super) fn of_claims(&self, claims: &[u8]) -> String {
        self.back_end.sign_bytes(&self.back_end.header().to_string(), claims)
    }

    /// With this member in its header.
    pub(super) fn headed(&self, member: &str, value: Value) -> String {
        let mut header = self.back_end.header();
        header[member] = value;
        self.back_end.sign(&header, &self.claims())
    }

    /// Without this member in its header.
    pub(super) fn headed_without(&self, member: &str) -> String {
        self.back_end.sign(&without(self.back_end.header(), member), &self.claims())
    }

    /// With this text for a header.
    pub(super) fn header_written(&self, header: &str) -> String {
        self.back_end.sign_bytes(header, self.claims().to_string().as_bytes())
    }

    /// The right header as text, with a member more, before or behind the others.
    pub(super) fn header_repeated(&self, member: &str, is_last: bool) -> String {
        let header = self.back_end.header().to_string();
        let text = if is_last {
            format!("{},{member}}}", header.trim_end_matches('}'))
        } else {
            format!("{{{member},{}", header.trim_start_matches('{'))
        };
        self.header_written(&text)
    }

    /// Signed by HMAC with a secret of one's own, under this header.
    pub(super) fn by_secret(&self, header: &Value, secret: &[u8]) -> String {
        let message = format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(self.claims().to_string().as_bytes()));
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
        format!("{message}.{}", base64url(signature.as_ref()))
    }
}

pub(super) fn without(mut object: Value, member: &str) -> Value {
    object.as_object_mut().unwrap().remove(member);
    object
}

/// A token, taken apart.
pub(super) struct Parts {
    pub(super) header: String,
    pub(super) claims: String,
    pub(super) signature: Vec<u8>,
}

impl Parts {
    pub(super) fn of(token: &str) -> Self {
        let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("{token}") };
        Self { header: header.into(), claims: claims.into(), signature: BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap() }
    }

    /// What is signed.
    pub(super) fn message(&self) -> String {
        format!("{}.{}", self.header, self.claims)
    }

    /// The same with another signature.
    pub(super) fn signed_with(&self, signature: &[u8]) -> String {
        format!("{}.{}", self.message(), base64url(signature))
    }
}

/// Everything that could be taken for a secret by who has only a public key.
pub(super) fn forms_of_public_key(pem: &str) -> Vec<(&'static str, Vec<u8>)> {
    let lines: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = BASE64_STANDARD.decode(&lines).unwrap();
    // The key itself stands at the end: 32 bytes of Ed25519, or both coordinates of P-256.
    let raw = if der.len() == 44 { &der[12..] } else { &der[26..] };
    let hex: String = raw.iter().map(|byte| format!("{byte:02x}")).collect();
    let coordinates = if raw.len() == 32 { raw } else { &raw[1..] };
    vec![
        ("PEM", pem.as_bytes().to_vec()),
        ("PEM without the last line's end", pem.trim_end().as_bytes().to_vec()),
        ("PEM with lines as Windows ends them", pem.replace('\n', "\r\n").into_bytes()),
        ("base64 of the DER", lines.into_bytes()),
        ("DER", der.clone()),
        ("the bare key", raw.to_vec()),
        ("its coordinates", coordinates.to_vec()),
        ("the key in hex", hex.into_bytes()),
        ("the key in base64url", base64url(raw).into_bytes()),
        ("a JWK", jwk(pem).to_string().into_bytes()),
    ]
}

/// A public key as tokens could bring it along.
pub(super) fn jwk(pem: &str) -> Value {
    let lines: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = BASE64_STANDARD.decode(&lines).unwrap();
    if der.len() == 44 {
        return json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(&der[12..]) });
    }
    json!({ "kty": "EC", "crv": "P-256", "x": base64url(&der[27..59]), "y": base64url(&der[59..]) })
}
