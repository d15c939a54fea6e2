//! Signed identities: a short JWT by which a site's back end says who its visitor is.
//!
//! What may stand in its header is a closed list: a token cannot say how it wants to be checked.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, errors::ErrorKind};
use serde::Deserialize;
use serde_json::{Map, Value};
use shared::{SiteId, Timestamp, outgoing::guest_name};
use thiserror::Error;

use crate::live::Live;

/// What the header's `typ` must be: a token made for something else is not taken.
const TYPE: &str = "gp-id+jwt";
const MAX_TOKEN_BYTES: usize = 4096;
const MAX_LIFE_SECS: i64 = 300;
/// By how much two clocks may differ.
const SKEW_SECS: i64 = 30;
const MAX_USER_ID_CHARS: usize = 255;
/// No address of a mail box is longer.
pub const MAX_EMAIL_BYTES: usize = 254;
/// 128 bits in base64url, and room for ids of other forms.
const TOKEN_ID_CHARS: std::ops::RangeInclusive<usize> = 22..=128;

/// Whether a site takes signed identities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdentityMode {
    /// `off`, the default.
    #[default]
    Off,
    /// `optional`: who has none gives a name.
    Optional,
    /// `required`: who has none does not get in.
    Required,
}

/// `[site.identity]`.
#[derive(Clone, Debug, Default)]
pub struct IdentityConfig {
    /// `mode`.
    pub mode: IdentityMode,
    /// `[[site.identity.key]]`: all of one algorithm.
    pub keys: Live<Vec<IdentityKey>>,
}

/// A key that identities are checked with.
#[derive(Clone)]
pub struct IdentityKey {
    /// `id`: what a token's `kid` names.
    pub id: String,
    /// `algorithm` of the site.
    pub algorithm: Algorithm,
    /// The key itself.
    pub key: DecodingKey,
    /// SHA-256 of what it was read from: whether it is another one.
    pub mark: Vec<u8>,
}

impl PartialEq for IdentityKey {
    fn eq(&self, other: &Self) -> bool {
        (&self.id, self.algorithm, &self.mark) == (&other.id, other.algorithm, &other.mark)
    }
}

impl std::fmt::Debug for IdentityKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("IdentityKey").field("id", &self.id).field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// Who a token is for, and when and where it was presented.
pub struct Presented<'a> {
    /// The site it was presented to.
    pub site_id: &'a SiteId,
    /// The portal's own origin.
    pub audience: &'a str,
    /// The origin of the page around the chat, as the chat sees it.
    pub origin: Option<&'a str>,
    /// By the portal's clock.
    pub now: Timestamp,
}

/// What a token says once it is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The site's own id of its user.
    pub user_id: String,
    /// The name staff see.
    pub display_name: String,
    /// The user's address, if the site says so.
    pub email: Option<String>,
    /// The token's own id, by which it is known again.
    pub token_id: String,
    /// After this it is not taken any more, and its id need not be known.
    pub expires_at: Timestamp,
}

/// Why an identity is not believed. Each says what the site's back end has to mend.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IdentityRefusal {
    /// The site takes none.
    #[error("this site takes no signed identities; set `mode` in [site.identity]")]
    Off,
    /// Longer than any valid one.
    #[error("it is longer than {MAX_TOKEN_BYTES} bytes")]
    TooLong,
    /// Not three parts of base64url and JSON.
    #[error("it is no JWT")]
    Malformed,
    /// The header has another member.
    #[error("its header must have `alg`, `typ` and `kid`, and nothing else")]
    WrongHeader,
    /// Made for something else.
    #[error("its `typ` must be `{TYPE}`")]
    WrongType,
    /// Signed in another way than the site's.
    #[error("its `alg` is not the site's `algorithm`")]
    OtherAlgorithm,
    /// By a key that is not there.
    #[error("its `kid` names no key of the site")]
    UnknownKey,
    /// Not by that key.
    #[error("it was not signed by the key that its `kid` names")]
    WrongSignature,
    /// A claim is missing or of the wrong kind: which one, and what it must be.
    #[error("its `{0}` must be {1}")]
    WrongClaim(&'static str, &'static str),
    /// Made for another site.
    #[error("its `iss` is not this site's id")]
    OtherSite,
    /// Made for another portal.
    #[error("its `aud` is not this portal's address, scheme and host only, as in `public_url`")]
    OtherAudience,
    /// Made for a page of another origin.
    #[error("its `origin` is not the origin of the page that shows the chat")]
    OtherOrigin,
    /// Too late.
    #[error("it has expired; make a new one each time it is asked for, and compare the clocks")]
    Expired,
    /// Too early.
    #[error("it is not valid yet; compare the clocks")]
    NotYet,
    /// Valid for too long.
    #[error("it is valid for longer than {MAX_LIFE_SECS} seconds")]
    LongLived,
    /// Presented a second time.
    #[error("it was used before; make a new one each time it is asked for")]
    UsedBefore,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

impl IdentityConfig {
    /// Whether nobody gets in without an identity.
    pub fn is_required(&self) -> bool {
        self.mode == IdentityMode::Required
    }

    /// Who the token says its bearer is, if all of it is as it should be. Whether it was used before is for the store to say.
    ///
    /// # Errors
    ///
    /// Every [`IdentityRefusal`] but [`IdentityRefusal::UsedBefore`].
    pub fn verify(&self, token: &str, presented: &Presented<'_>) -> Result<Identity, IdentityRefusal> {
        if self.mode == IdentityMode::Off {
            return Err(IdentityRefusal::Off);
        }
        if token.len() > MAX_TOKEN_BYTES {
            return Err(IdentityRefusal::TooLong);
        }
        let keys = self.keys.get();
        let key = key_of(&keys, token)?;
        let mut validation = Validation::new(key.algorithm);
        // Times and names are looked at below, by the portal's own clock.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let decoded = jsonwebtoken::decode::<Map<String, Value>>(token, &key.key, &validation);
        let refusal = |error: jsonwebtoken::errors::Error| match error.kind() {
            ErrorKind::InvalidSignature => IdentityRefusal::WrongSignature,
            _ => IdentityRefusal::Malformed,
        };
        Claims(decoded.map_err(refusal)?.claims).check(presented)
    }

    /// Of all its keys; none where it has no keys.
    pub(crate) fn algorithm(&self) -> Option<Algorithm> {
        self.keys.get().first().map(|key| key.algorithm)
    }
}

fn key_of<'a>(keys: &'a [IdentityKey], token: &str) -> Result<&'a IdentityKey, IdentityRefusal> {
    let mut parts = token.split('.');
    let (Some(header), Some(_), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(IdentityRefusal::Malformed);
    };
    let header = BASE64_URL_SAFE_NO_PAD.decode(header).map_err(|_| IdentityRefusal::Malformed)?;
    let header: Value = serde_json::from_slice(&header).map_err(|_| IdentityRefusal::Malformed)?;
    let Header { alg, typ, kid } = serde_json::from_value(header).map_err(|_| IdentityRefusal::WrongHeader)?;
    if typ != TYPE {
        return Err(IdentityRefusal::WrongType);
    }
    if !keys.iter().any(|key| word(key.algorithm) == alg) {
        return Err(IdentityRefusal::OtherAlgorithm);
    }
    keys.iter().find(|key| key.id == kid).ok_or(IdentityRefusal::UnknownKey)
}

/// An algorithm as settings and tokens call it.
pub fn word(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::EdDSA => "EdDSA",
        Algorithm::ES256 => "ES256",
        Algorithm::HS256 => "HS256",
        _ => "",
    }
}

/// Claims whose signature was right.
struct Claims(Map<String, Value>);

impl Claims {
    fn check(&self, presented: &Presented<'_>) -> Result<Identity, IdentityRefusal> {
        if self.text("iss") != Some(presented.site_id.as_str()) {
            return Err(IdentityRefusal::OtherSite);
        }
        if self.text("aud") != Some(presented.audience) {
            return Err(IdentityRefusal::OtherAudience);
        }
        if self.0.contains_key("origin") && (self.text("origin").is_none() || self.text("origin") != presented.origin) {
            return Err(IdentityRefusal::OtherOrigin);
        }
        let expires_at = self.check_times(presented.now)?;
        let bounded = |name, what, is_right: &dyn Fn(&str) -> bool| {
            self.text(name).filter(|text| is_right(text)).map(str::to_owned).ok_or(IdentityRefusal::WrongClaim(name, what))
        };
        let is_user_id = |text: &str| !text.trim().is_empty() && text.chars().count() <= MAX_USER_ID_CHARS;
        let user_id = bounded("sub", "a text of 1 to 255 characters, the user's id on the site", &is_user_id)?;
        let is_token_id = |text: &str| TOKEN_ID_CHARS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        let token_id = bounded("jti", "22 to 128 random letters and digits", &is_token_id)?;
        let name = self.text("name").and_then(|name| guest_name(name).ok());
        let display_name = name.ok_or(IdentityRefusal::WrongClaim("name", "a name of 1 to 64 characters"))?;
        let is_email = |text: &str| text.len() <= MAX_EMAIL_BYTES && crate::config::is_email(text);
        let has_email = self.0.contains_key("email");
        let email = has_email.then(|| bounded("email", "an e-mail address, or left out", &is_email)).transpose()?;
        Ok(Identity { user_id, display_name, email, token_id, expires_at })
    }

    /// When it is over, if it is not and has begun.
    fn check_times(&self, now: Timestamp) -> Result<Timestamp, IdentityRefusal> {
        let number =
            |name| self.0.get(name).map(|value| value.as_i64().ok_or(IdentityRefusal::WrongClaim(name, "a whole number of seconds")));
        let given = |name| number(name).unwrap_or(Err(IdentityRefusal::WrongClaim(name, "a whole number of seconds")));
        let (issued, expires, begins) = (given("iat")?, given("exp")?, number("nbf").transpose()?);
        let now_secs = now.as_millis().div_euclid(1000);
        if expires.saturating_sub(issued) > MAX_LIFE_SECS {
            return Err(IdentityRefusal::LongLived);
        }
        if now_secs >= expires.saturating_add(SKEW_SECS) {
            return Err(IdentityRefusal::Expired);
        }
        if now_secs < issued.max(begins.unwrap_or(issued)).saturating_sub(SKEW_SECS) {
            return Err(IdentityRefusal::NotYet);
        }
        Ok(Timestamp::from_millis(expires.saturating_add(SKEW_SECS).saturating_mul(1000)))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }
}
