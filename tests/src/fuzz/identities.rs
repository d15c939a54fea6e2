//! Signed identities. The judge has the key: what it signs is believed only if header and claims are what the documentation says, and
//! what it did not sign is not believed.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey};
use ring::hmac;
use serde_json::{Map, Value};
use server::session::{IdentityConfig, IdentityKey, IdentityMode, Presented};
use shared::{SiteId, Timestamp};

const KEY: &[u8] = b"a key of the tests, of more than thirty-two bytes";
const NOW_SECS: i64 = 1_800_000_000;
const HEADER: &str = r#"{"alg":"HS256","typ":"gp-id+jwt","kid":"k1"}"#;

pub(super) fn target(bytes: &[u8]) {
    let keys = vec![IdentityKey { id: "k1".into(), algorithm: Algorithm::HS256, key: DecodingKey::from_secret(KEY), mark: KEY.to_vec() }];
    let config = IdentityConfig { mode: IdentityMode::Required, keys: keys.into() };
    let site_id = SiteId::new("demo");
    let presented = Presented {
        site_id: &site_id,
        audience: "https://chat.example",
        origin: Some("https://a.example"),
        now: Timestamp::from_millis(NOW_SECS * 1000),
    };

    let token = String::from_utf8_lossy(bytes);
    let (signed, signature) = token.rsplit_once('.').unwrap_or_default();
    if signature != sign(signed) {
        assert!(config.verify(&token, &presented).is_err(), "{token}");
    }

    let (header, claims) = super::parted(bytes);
    let header = if header.is_empty() { HEADER.as_bytes() } else { header };
    let signed = format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(header), BASE64_URL_SAFE_NO_PAD.encode(claims));
    let token = format!("{signed}.{}", sign(&signed));
    let Ok(identity) = config.verify(&token, &presented) else { return };

    let header: Map<String, Value> = serde_json::from_slice(header).expect("a header that is believed is JSON");
    assert_eq!(header.len(), 3, "{header:?}");
    assert!(header["alg"] == "HS256" && header["typ"] == "gp-id+jwt" && header["kid"] == "k1", "{header:?}");
    let claims: Map<String, Value> = serde_json::from_slice(claims).expect("claims that are believed are JSON");
    assert!(claims["iss"] == "demo" && claims["aud"] == "https://chat.example", "{claims:?}");
    assert!(claims.get("origin").is_none_or(|origin| origin == "https://a.example"), "{claims:?}");
    let (issued, expires) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
    assert!(i128::from(expires) - i128::from(issued) <= 300, "{claims:?}");
    assert!(NOW_SECS < expires + 30 && NOW_SECS >= issued - 30, "{claims:?}");
    assert!(claims.get("nbf").is_none_or(|begins| begins.as_i64().is_some_and(|begins| NOW_SECS >= begins - 30)), "{claims:?}");
    assert_eq!(identity.expires_at.as_millis(), (expires + 30) * 1000);
    assert!(claims["sub"] == *identity.user_id && !identity.user_id.trim().is_empty() && identity.user_id.chars().count() <= 255);
    assert!(claims["jti"] == *identity.token_id && (22..=128).contains(&identity.token_id.len()));
    let name = &identity.display_name;
    assert!(!name.trim().is_empty() && name.chars().count() <= 64 && !name.contains(char::is_control), "{name:?}");
    assert_eq!(claims.get("email").and_then(Value::as_str), identity.email.as_deref());
    assert!(identity.email.is_none_or(|email| email.len() <= 254 && email.matches('@').count() == 1));
}

fn sign(signed: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, KEY), signed.as_bytes()))
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let claims = format!(
        r#"{{"iss":"demo","aud":"https://chat.example","sub":"user-1","name":"Ada","iat":{NOW_SECS},"exp":{},"jti":"0123456789012345678901","email":"a@a.example","origin":"https://a.example","nbf":{NOW_SECS}}}"#,
        NOW_SECS + 120
    );
    let none = r#"{"alg":"none","typ":"gp-id+jwt","kid":"k1"}"#;
    let signed = format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(HEADER), BASE64_URL_SAFE_NO_PAD.encode(&claims));
    [
        format!("\0{claims}"),
        format!("{HEADER}\0{claims}"),
        format!("{none}\0{claims}"),
        format!("{signed}.{}", sign(&signed)),
        format!("{signed}."),
        format!("\0{}", claims.replace("\"email\":\"a@a.example\",", "")),
    ]
    .map(String::into_bytes)
    .to_vec()
}
