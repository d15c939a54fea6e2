//! `/jwt/login`: the legacy way of vouching for guests, by a JWT the issuer signs.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::{Answer, ApiError};
use super::caller::token_in;
use crate::app::App;
use crate::credentials::issuer;
use crate::ids::OrganisationId;
use crate::moment::Moment;
use crate::state::{ISSUER_GUEST_SECS, Refusal};
use axum::http::StatusCode;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Login {
    token: String,
    expires_in: i64,
}

/// Takes the JWT bare or after `Bearer`. The content type says nothing and is not looked at.
pub(super) async fn login(State(app): State<App>, headers: HeaderMap) -> Result<Answer<Login>, ApiError> {
    let header = headers.get(AUTHORIZATION).ok_or(Refusal::Unauthenticated)?;
    let jwt = token_in(header).or_else(|| header.to_str().ok()).map(str::trim).unwrap_or_default();
    let guest = verify(jwt, &app.world.read(|organisation| organisation.issuer_key()), issuer(), app.world.now())?;
    let vouched = app.world.change(|organisation| Ok::<_, Refusal>(organisation.vouch_by_issuer(&guest.subject, guest.name.as_deref())))?;
    Ok(Answer::new(Login { token: vouched.access_token, expires_in: ISSUER_GUEST_SECS }))
}

#[derive(Debug, PartialEq, Eq)]
struct Guest {
    subject: String,
    name: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum BadJwt {
    Unreadable,
    UnknownIssuer,
    BadSignature,
    Expired,
    NoSubject,
}

/// The texts are ours: Webex's are not known, and clients are told not to tell them apart.
impl From<BadJwt> for ApiError {
    fn from(bad: BadJwt) -> Self {
        match bad {
            BadJwt::Unreadable => Refusal::no_such_resource().into(),
            BadJwt::UnknownIssuer => Self::new(StatusCode::UNAUTHORIZED, "The issuer of the JWT is unknown."),
            BadJwt::BadSignature => Self::new(StatusCode::UNAUTHORIZED, "The signature of the JWT is not valid."),
            BadJwt::Expired => Self::new(StatusCode::UNAUTHORIZED, "The JWT has expired."),
            BadJwt::NoSubject => Self::new(StatusCode::BAD_REQUEST, "The JWT has no sub."),
        }
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    sub: String,
    name: Option<String>,
    #[serde(default)]
    iss: String,
    exp: Option<Value>,
}

/// The library's own checks know only the machine's time and numbers as `exp`, so only its arithmetic is used.
fn verify(jwt: &str, key: &[u8], issuer: OrganisationId, now: Moment) -> Result<Guest, BadJwt> {
    let (signed, signature) = jwt.rsplit_once('.').ok_or(BadJwt::Unreadable)?;
    let (header, payload) = signed.split_once('.').ok_or(BadJwt::Unreadable)?;
    let header: Header = segment(header)?;
    let claims: Claims = segment(payload)?;
    if header.alg != "HS256" {
        return Err(BadJwt::BadSignature);
    }
    if OrganisationId::parse(&claims.iss) != Some(issuer) {
        return Err(BadJwt::UnknownIssuer);
    }
    let signature = signature.trim_end_matches('=');
    match crypto::verify(signature, signed.as_bytes(), &DecodingKey::from_secret(key), Algorithm::HS256) {
        Ok(true) => {}
        _ => return Err(BadJwt::BadSignature),
    }
    if let Some(exp) = claims.exp.filter(|exp| !exp.is_null()) {
        let seconds = seconds(&exp).ok_or(BadJwt::Unreadable)?;
        if seconds <= now.secs() {
            return Err(BadJwt::Expired);
        }
    }
    if claims.sub.trim().is_empty() {
        return Err(BadJwt::NoSubject);
    }
    Ok(Guest { subject: claims.sub, name: claims.name.filter(|name| !name.trim().is_empty()) })
}

/// One client writes the number as text.
fn seconds(exp: &Value) -> Option<i64> {
    match exp {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds as i64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// One client leaves the padding on.
fn segment<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, BadJwt> {
    let unpadded = text.trim_end_matches('=');
    let bytes = URL_SAFE_NO_PAD.decode(unpadded).or_else(|_| STANDARD_NO_PAD.decode(unpadded)).map_err(|_| BadJwt::Unreadable)?;
    serde_json::from_slice(&bytes).map_err(|_| BadJwt::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::issuer_key;
    use jsonwebtoken::EncodingKey;
    use serde_json::json;

    const NOW: i64 = 1_767_262_800;

    fn signed(header: &str, claims: &Value, key: &[u8]) -> String {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = crypto::sign(signed.as_bytes(), &EncodingKey::from_secret(key), Algorithm::HS256).unwrap();
        format!("{signed}.{signature}")
    }

    fn jwt(exp: Value) -> String {
        let claims = json!({ "sub": "ada-1", "name": "Ada", "iss": issuer().public(), "exp": exp });
        signed(r#"{"typ":"JWT","alg":"HS256"}"#, &claims, &issuer_key())
    }

    fn check(jwt: &str) -> Result<Guest, BadJwt> {
        verify(jwt, &issuer_key(), issuer(), Moment::from_ms(NOW * 1000))
    }

    #[test]
    fn an_expiry_is_a_number_or_its_text_or_absent() {
        for exp in [json!(NOW + 60), json!((NOW + 60).to_string()), Value::Null] {
            assert_eq!(check(&jwt(exp)), Ok(Guest { subject: "ada-1".to_owned(), name: Some("Ada".to_owned()) }));
        }
        assert_eq!(check(&jwt(json!(NOW))), Err(BadJwt::Expired));
        assert_eq!(check(&jwt(json!("soon"))), Err(BadJwt::Unreadable));
    }

    #[test]
    fn padding_is_forgiven() {
        assert!(check(&format!("{}=", jwt(json!(NOW + 60)))).is_ok());
    }

    #[test]
    fn a_key_that_was_not_decoded_is_refused() {
        let claims = json!({ "sub": "ada-1", "iss": issuer().public() });
        let secret = base64::engine::general_purpose::STANDARD.encode(issuer_key());
        assert_eq!(check(&signed(r#"{"alg":"HS256"}"#, &claims, secret.as_bytes())), Err(BadJwt::BadSignature));
        assert_eq!(check(&signed(r#"{"alg":"none"}"#, &claims, &issuer_key())), Err(BadJwt::BadSignature));
    }

    #[test]
    fn strangers_and_rubbish_are_refused() {
        let claims = json!({ "sub": "ada-1", "iss": "somebody" });
        assert_eq!(check(&signed(r#"{"alg":"HS256"}"#, &claims, &issuer_key())), Err(BadJwt::UnknownIssuer));
        assert_eq!(check("rubbish"), Err(BadJwt::Unreadable));
        assert_eq!(check("a.b.c"), Err(BadJwt::Unreadable));
    }
}
