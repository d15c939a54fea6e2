//! The forms of a link, and finding the link behind one.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::jose::{self, JoseError, Secrets};
use super::request::AUDIENCE;
use crate::app::App;
use crate::cloud::Cloud;
use crate::credentials;
use crate::state::{Link, Vertical};

const SHORT_LENGTH: usize = 7;
const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The claims within a cipher. Only the first six and their like are known of real ones; the names are ours.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Claims {
    pub(super) sub: String,
    pub(super) aud: &'static str,
    pub(super) iss: String,
    pub(super) iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nbf: Option<i64>,
    pub(super) exp: i64,
    pub(super) is_host: bool,
    pub(super) jti: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) flow: Option<Value>,
}

pub(super) fn secrets() -> Secrets {
    Secrets { jwe_password: credentials::jwe_password(), jws_secret: credentials::jws_secret() }
}

/// Seven characters of 62, all equally likely.
pub(super) fn draw_short() -> Result<String, JoseError> {
    let mut short = String::with_capacity(SHORT_LENGTH);
    while short.len() < SHORT_LENGTH {
        // 248 is the largest multiple of 62 in a byte.
        let letters = jose::random_bytes(16)?.into_iter().filter(|byte| *byte < 248);
        let letters = letters.filter_map(|byte| LETTERS.get(usize::from(byte) % LETTERS.len()));
        short.extend(letters.take(SHORT_LENGTH - short.len()).map(|letter| char::from(*letter)));
    }
    Ok(short)
}

/// What the answer calls `baseUrl`: a short URL is this and the short.
pub(crate) fn short_url(base_url: &str, cloud: Cloud, short: &str) -> String {
    format!("{base_url}{}/visit/{short}", cloud.prefix())
}

/// What a client of the documents builds itself.
pub(crate) fn long_url(base_url: &str, cloud: Cloud, link: &Link) -> String {
    let page = if link.is_host && link.asks_to_log_in { "login" } else { "talk" };
    let vertical = Vertical::word(link.vertical);
    format!("{base_url}{}/{vertical}/v1/{page}?int=jose&v=1&data={}", cloud.prefix(), link.cipher)
}

/// The link a cipher is, if it was made here and not changed since. Opening takes long.
pub(crate) async fn claimed_link(app: &App, cipher: String) -> Option<Link> {
    let opened = tokio::task::spawn_blocking(move || jose::open(&cipher, &secrets())).await.ok()?.ok()?;
    let claim = |name: &str| opened.claims.get(name).and_then(Value::as_str);
    let is_ours =
        claim("aud") == Some(AUDIENCE) && claim("iss") == Some(&app.world.read(|organisation| organisation.home().uuid().to_string()));
    let id = Uuid::try_parse(claim("jti")?).ok()?;
    app.world.read(|organisation| organisation.link(id).cloned()).filter(|_| is_ours)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn shorts_are_seven_letters_or_digits_and_not_the_same() {
        let drawn: HashSet<String> = (0..500).map(|_| draw_short().unwrap()).collect();
        assert_eq!(drawn.len(), 500);
        assert!(drawn.iter().all(|short| short.len() == 7 && short.chars().all(|letter| letter.is_ascii_alphanumeric())));
    }
}
