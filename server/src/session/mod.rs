//! Who is asking: from cookies to a signed-in guest.
//!
//! The *guest* lasts, the *session* is short: 30 minutes unused or 12 hours at most. A session that is
//! over is renewed without a word from the guest cookie; *Leave chat* takes both cookies away. Guests whom their site's back end
//! vouches for have no guest cookie: they are vouched for again.

mod cookie;
mod identity;
mod layer;
mod mode;
mod proof;

pub use cookie::may_be_known;
pub use identity::{
    Identity, IdentityConfig, IdentityKey, IdentityMode, IdentityRefusal, MAX_EMAIL_BYTES, Presented, word as algorithm_word,
};
pub use layer::{Arriving, CurrentSite, SignedIn, has_answered, identify, same_origin, session_of};
pub use mode::SessionMode;
pub use proof::{BITS as PROOF_BITS, LIFE as PROOF_LIFE, Proofs};

use crate::{
    app::App,
    config::SiteConfig,
    error::AppError,
    guest_identity::{guest_subject, user_subject},
    secrets::{random_id, random_token, token_hash},
    store::{GuestRow, NewSession, UsedIdentity},
};
use axum::http::{HeaderName, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};
use shared::{GuestId, SiteId, Timestamp, path::BEARER_HEADER};

/// A session unused for so long is over.
const IDLE_MILLIS: i64 = 30 * 60 * 1000;
/// The same for one that a page holds in its memory.
const BEARER_IDLE_MILLIS: i64 = 15 * 60 * 1000;
/// No session lives longer.
const LIFE_MILLIS: i64 = 12 * 60 * 60 * 1000;
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// A session's last use is written at most this often.
const TOUCH_MILLIS: i64 = 60 * 1000;

/// Instants before which sessions are over: by beginning, by last use.
pub fn over_before(now: Timestamp) -> (Timestamp, Timestamp) {
    (now.plus_millis(-LIFE_MILLIS), now.plus_millis(-IDLE_MILLIS))
}

/// What an answer carries so that the browser has its session, or has it no more.
pub type HandOver = Vec<(HeaderName, HeaderValue)>;

/// Makes a guest with a first session.
pub async fn begin(app: &App, site: &SiteConfig, display_name: String, mode: SessionMode) -> Result<(GuestRow, HandOver), AppError> {
    let id = GuestId::new(random_id()?);
    let subject = guest_subject(&app.keys, &site.id, &id)?;
    let guest = GuestRow::new(id, site.id.clone(), subject, display_name, None);
    let token = random_token()?;
    // Who holds no cookie cannot be remembered by one.
    let remembers = site.remember_guest_days > 0 && mode != SessionMode::Bearer;
    let key = remembers.then(random_token).transpose()?;
    let key_hash = key.as_ref().map(|key| token_hash(key.expose_secret()));
    app.store.create_guest(guest.clone(), key_hash, new_session(app, &token, mode)).await?;
    Ok((guest, hand_over(site, &token, key.as_ref(), mode)?))
}

/// Whom the site's back end vouches for, let in.
pub struct Identified {
    /// Who it is.
    pub guest: GuestRow,
    /// What the browser gets.
    pub handed: HandOver,
    /// Another's session in this browser has ended for it, just now.
    pub has_replaced: bool,
}

/// Signs in whom the site's back end vouches for: on whatever device, the same guest. The browser's session is theirs already,
/// or another one takes its place.
///
/// # Errors
///
/// [`AppError::IdentityRefused`] if the identity was used before.
pub async fn begin_identified(
    app: &App,
    site: &SiteConfig,
    identity: Identity,
    current: Option<&SignedIn>,
    mode: SessionMode,
) -> Result<Identified, AppError> {
    let Identity { user_id, display_name, email, token_id, expires_at } = identity;
    let subject = user_subject(&app.keys, &site.id, &user_id)?;
    let keeps = current.is_some_and(|current| current.guest.subject == subject);
    let id = GuestId::new(random_id()?);
    let guest = GuestRow { is_identified: true, ..GuestRow::new(id, site.id.clone(), subject, display_name, email) };
    let token = random_token()?;
    let session = (!keeps).then(|| new_session(app, &token, mode));
    let replaced = current.filter(|_| !keeps).map(|current| current.session_hash.clone());
    let used = UsedIdentity { site_id: site.id.clone(), token_id, expires_at };
    let admitted = app.store.admit_identified(guest, session, replaced, used, app.clock.now()).await?;
    let (guest, has_replaced) = admitted.ok_or(AppError::IdentityRefused(IdentityRefusal::UsedBefore))?;
    if keeps {
        return Ok(Identified { guest, handed: Vec::new(), has_replaced });
    }
    // Whoever was here before is not remembered beside them.
    let mut handed = if mode == SessionMode::Bearer { Vec::new() } else { take_back(&site.id, mode)?.split_off(1) };
    handed.extend(hand_over(site, &token, None, mode)?);
    Ok(Identified { guest, handed, has_replaced })
}

/// Takes both cookies away.
pub fn take_back(site_id: &SiteId, mode: SessionMode) -> Result<HandOver, AppError> {
    Ok(cookie::unset_cookies(site_id, mode)?.map(|cookie| (header::SET_COOKIE, cookie)).to_vec())
}

/// A further session for a guest who was remembered by their key; the browser gets both cookies, so that who comes often is
/// remembered on. `None` if they have left meanwhile.
async fn renew(
    app: &App,
    site: &SiteConfig,
    guest: &GuestRow,
    key: &SecretString,
    mode: SessionMode,
) -> Result<Option<(Vec<u8>, HandOver)>, AppError> {
    let token = random_token()?;
    let session = new_session(app, &token, mode);
    let hash = session.hash.clone();
    let is_here = app.store.create_session(session, site.id.clone(), guest.id.clone()).await?;
    if !is_here {
        return Ok(None);
    }
    Ok(Some((hash, hand_over(site, &token, Some(key), mode)?)))
}

fn new_session(app: &App, token: &SecretString, mode: SessionMode) -> NewSession {
    NewSession { hash: token_hash(token.expose_secret()), mode: mode.as_word(), begun_at: app.clock.now() }
}

fn hand_over(site: &SiteConfig, token: &SecretString, key: Option<&SecretString>, mode: SessionMode) -> Result<HandOver, AppError> {
    if mode == SessionMode::Bearer {
        let value = HeaderValue::from_str(token.expose_secret()).map_err(|error| AppError::Internal(error.to_string()))?;
        return Ok(vec![(HeaderName::from_static(BEARER_HEADER), value)]);
    }
    let mut handed = vec![(header::SET_COOKIE, cookie::session_cookie(site, token, mode)?)];
    if let Some(key) = key {
        handed.push((header::SET_COOKIE, cookie::guest_cookie(site, key, mode)?));
    }
    Ok(handed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_over_after_twelve_hours_or_half_an_hour_of_nothing() {
        let hour = 60 * 60 * 1000;
        let (begun, used) = over_before(Timestamp::from_millis(100 * hour));
        assert_eq!((begun.as_millis(), used.as_millis()), (88 * hour, 100 * hour - hour / 2));
    }
}
