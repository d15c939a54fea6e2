//! What every API request goes through: is it our own page's, which site, whose.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    middleware::Next,
    response::Response,
};
use shared::{SiteId, path::SITE_HEADER};

use super::{CookieMode, IDLE_MILLIS, LIFE_MILLIS, TOUCH_MILLIS, cookie, renew};
use crate::{
    app::App,
    config::SiteConfig,
    error::AppError,
    secrets::token_hash,
    store::{GuestRow, SessionRow},
};

/// The site a request names in its `X-Gp` header.
#[derive(Clone)]
pub struct CurrentSite(pub Arc<SiteConfig>);

/// The guest a request comes from. As an argument it means that nobody else gets in.
#[derive(Clone)]
pub struct SignedIn {
    /// The guest.
    pub guest: GuestRow,
    /// SHA-256 of the session's id.
    pub session_hash: Vec<u8>,
}

/// Refuses what another origin's page sent, whatever the method: `Sec-Fetch-Site` cannot be forged by a page.
pub async fn same_origin(request: Request, next: Next) -> Result<Response, AppError> {
    let site = request.headers().get("sec-fetch-site").map(|value| value.as_bytes());
    let is_own = matches!(site, None | Some(b"same-origin" | b"none"));
    let is_navigation = request.headers().get("sec-fetch-dest").is_some_and(|dest| dest != "empty");
    if !is_own || is_navigation {
        return Err(AppError::CrossSite);
    }
    // A write with a cookie and no word of where it comes from is not one of our page's.
    let says_origin = site.is_some() || request.headers().contains_key(header::ORIGIN);
    if !request.method().is_safe() && request.headers().contains_key(header::COOKIE) && !says_origin {
        return Err(AppError::CrossSite);
    }
    Ok(next.run(request).await)
}

/// Finds out site and guest; renews a session that is over.
pub async fn identify(State(app): State<App>, mut request: Request, next: Next) -> Result<Response, AppError> {
    let site = site_of(&app, request.headers()).ok_or(AppError::MissingHeader)?;
    let (signed_in, renewed) = signed_in(&app, &site, request.headers()).await?;
    request.extensions_mut().insert(CurrentSite(Arc::new(site)));
    if let Some(signed_in) = signed_in {
        request.extensions_mut().insert(signed_in);
    }
    let mut response = next.run(request).await;
    // An answer that sets the session cookie itself, by signing in or leaving, has the last word.
    if !response.headers().contains_key(header::SET_COOKIE) {
        for cookie in renewed {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    Ok(response)
}

fn site_of(app: &App, headers: &HeaderMap) -> Option<SiteConfig> {
    let id = headers.get(SITE_HEADER)?.to_str().ok().filter(|id| SiteId::is_well_formed(id))?;
    app.config.site(&SiteId::new(id)).cloned()
}

async fn signed_in(app: &App, site: &SiteConfig, headers: &HeaderMap) -> Result<(Option<SignedIn>, Vec<HeaderValue>), AppError> {
    let (site_id, nobody) = (&site.id, (None, Vec::new()));
    let now = app.clock.now().as_millis();
    if let Some(token) = cookie::read(headers, &cookie::session_name(site_id)) {
        let session_hash = token_hash(&token);
        let is_alive = |session: &SessionRow| {
            now - session.created_at.as_millis() < LIFE_MILLIS && now - session.last_seen_at.as_millis() < IDLE_MILLIS
        };
        if let Some(session) = app.store.session(site_id, &session_hash)?.filter(is_alive) {
            if now - session.last_seen_at.as_millis() >= TOUCH_MILLIS {
                app.store.touch_session(session_hash.clone(), app.clock.now()).await?;
            }
            return Ok((Some(SignedIn { guest: session.guest, session_hash }), Vec::new()));
        }
    }
    let Some(key) = cookie::read(headers, &cookie::guest_name(site_id)) else { return Ok(nobody) };
    let Some(guest) = app.store.guest_by_key(site_id, &token_hash(&key))? else { return Ok(nobody) };
    let Some((session_hash, cookies)) = renew(app, site, &guest, &key.into(), CookieMode::of(headers)).await? else { return Ok(nobody) };
    Ok((Some(SignedIn { guest, session_hash }), cookies))
}

/// The guest of a site this browser is signed in as, or would be again by itself. Renews nothing.
pub fn session_of(app: &App, site_id: &SiteId, headers: &HeaderMap) -> Result<Option<GuestRow>, AppError> {
    let session = cookie::read(headers, &cookie::session_name(site_id)).map(|token| app.store.session(site_id, &token_hash(&token)));
    if let Some(session) = session.transpose()?.flatten() {
        return Ok(Some(session.guest));
    }
    let guest = cookie::read(headers, &cookie::guest_name(site_id)).map(|key| app.store.guest_by_key(site_id, &token_hash(&key)));
    Ok(guest.transpose()?.flatten())
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, AppError> {
        parts.extensions.get::<Self>().cloned().ok_or(AppError::NotSignedIn)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for SignedIn {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, AppError> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CurrentSite {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, AppError> {
        parts.extensions.get::<Self>().cloned().ok_or(AppError::MissingHeader)
    }
}
