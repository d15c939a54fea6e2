//! Who is asking: from cookies to a signed-in guest.
//!
//! The *guest* lasts, the *session* is short: 30 minutes unused or 12 hours at most. A session that is
//! over is renewed without a word from the guest cookie; *Leave chat* takes both cookies away.

mod cookie;
mod layer;

pub use cookie::{CookieMode, guest_cookie, may_be_known, session_cookie, unset_cookies};
pub use layer::{CurrentSite, SignedIn, identify, same_origin, session_of};

use crate::{
    app::App,
    config::SiteConfig,
    error::AppError,
    guest_identity::guest_subject,
    secrets::{random_id, random_token, token_hash},
    store::{GuestRow, NewSession},
};
use axum::http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use shared::{GuestId, Timestamp};

/// A session unused for so long is over.
const IDLE_MILLIS: i64 = 30 * 60 * 1000;
/// No session lives longer.
const LIFE_MILLIS: i64 = 12 * 60 * 60 * 1000;
/// A session's last use is written at most this often.
const TOUCH_MILLIS: i64 = 5 * 60 * 1000;

/// Instants before which sessions are over: by beginning, by last use.
pub fn over_before(now: Timestamp) -> (Timestamp, Timestamp) {
    (now.plus_millis(-LIFE_MILLIS), now.plus_millis(-IDLE_MILLIS))
}

/// Makes a guest with a first session; the cookies are to be set.
pub async fn begin(app: &App, site: &SiteConfig, display_name: String, mode: CookieMode) -> Result<(GuestRow, Vec<HeaderValue>), AppError> {
    let guest_id = GuestId::new(random_id()?);
    let guest = GuestRow {
        subject: guest_subject(&app.keys, &site.id, &guest_id)?,
        id: guest_id,
        site_id: site.id.clone(),
        display_name,
        email: None,
        person_id: None,
        token_sealed: None,
        token_expires_at: None,
    };
    let session_token = random_token()?;
    let mut cookies = vec![session_cookie(site, &session_token, mode)?];
    let mut key_hash = None;
    if site.remember_guest_days > 0 {
        let guest_key = random_token()?;
        key_hash = Some(token_hash(guest_key.expose_secret()));
        cookies.push(guest_cookie(site, &guest_key, mode)?);
    }
    let session = NewSession { hash: token_hash(session_token.expose_secret()), cookie_mode: mode.as_word(), begun_at: app.clock.now() };
    app.store.create_guest(guest.clone(), key_hash, session).await?;
    Ok((guest, cookies))
}

/// A renewed session: its hash, and the cookies to be set.
type Renewed = (Vec<u8>, Vec<HeaderValue>);

/// A further session for a guest who was remembered by their key; both cookies are to be set, so that
/// who comes often is remembered on. `None` if they have left meanwhile.
async fn renew(app: &App, site: &SiteConfig, guest: &GuestRow, key: &SecretString, mode: CookieMode) -> Result<Option<Renewed>, AppError> {
    let token = random_token()?;
    let hash = token_hash(token.expose_secret());
    let session = NewSession { hash: hash.clone(), cookie_mode: mode.as_word(), begun_at: app.clock.now() };
    let is_here = app.store.create_session(session, site.id.clone(), guest.id.clone()).await?;
    if !is_here {
        return Ok(None);
    }
    Ok(Some((hash, vec![session_cookie(site, &token, mode)?, guest_cookie(site, key, mode)?])))
}
