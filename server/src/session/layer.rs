//! What every API request goes through: is it our own page's, which site, whose.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts, Request, State},
    http::{HeaderMap, header, request::Parts},
    middleware::Next,
    response::Response,
};
use shared::{Asked, SiteId, path::SITE_HEADER};

use super::{BEARER_IDLE_MILLIS, DAY_MILLIS, HandOver, IDLE_MILLIS, LIFE_MILLIS, SessionMode, TOUCH_MILLIS, cookie, renew};
use crate::{
    app::App,
    config::SiteConfig,
    error::AppError,
    limits::{ClientAddress, Rule},
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

/// A guest who is known and has not answered what the site asks before the chat: nothing is open to them but answering.
#[derive(Clone)]
pub struct Arriving(pub SignedIn);

/// Refuses what another origin's page sent, whatever the method: `Sec-Fetch-Site` cannot be forged by a page.
pub async fn same_origin(State(app): State<App>, request: Request, next: Next) -> Result<Response, AppError> {
    let headers = request.headers();
    let site = headers.get("sec-fetch-site").map(|value| value.as_bytes());
    let is_own = match (site, headers.get(header::ORIGIN)) {
        (Some(site), _) => matches!(site, b"same-origin" | b"none"),
        _ if request.method().is_safe() => true,
        // Of older browsers' word the layer before has compared the host. A page of plain http is another origin than one of https.
        (None, Some(origin)) => scheme(origin.as_bytes()) == scheme(app.audience.as_bytes()),
        // A write with a cookie and no word of where it comes from is not one of our page's.
        (None, None) => !headers.contains_key(header::COOKIE),
    };
    let is_navigation = headers.get("sec-fetch-dest").is_some_and(|dest| dest != "empty");
    if !is_own || is_navigation {
        return Err(AppError::CrossSite);
    }
    Ok(next.run(request).await)
}

/// What stands before an origin's host.
fn scheme(origin: &[u8]) -> Option<&[u8]> {
    origin.split(|byte| *byte == b':').next()
}

/// Finds out site and guest; renews a session that is over.
pub async fn identify(State(app): State<App>, mut request: Request, next: Next) -> Result<Response, AppError> {
    let site = site_of(&app, request.headers()).ok_or(AppError::MissingHeader)?;
    let address = request.extensions().get::<ClientAddress>().copied().unwrap_or(ClientAddress::unknown());
    let (signed_in, renewed) = signed_in(&app, &site, address, request.headers()).await?;
    match signed_in {
        Some(arriving) if !has_answered(&site, &arriving.guest) => drop(request.extensions_mut().insert(Arriving(arriving))),
        Some(signed_in) => drop(request.extensions_mut().insert(signed_in)),
        None => {}
    }
    request.extensions_mut().insert(CurrentSite(site));
    let mut response = next.run(request).await;
    // An answer that sets the session cookie itself, by signing in or leaving, has the last word.
    if !response.headers().contains_key(header::SET_COOKIE) {
        for (name, value) in renewed {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}

fn site_of(app: &App, headers: &HeaderMap) -> Option<Arc<SiteConfig>> {
    let id = headers.get(SITE_HEADER)?.to_str().ok().filter(|id| SiteId::is_well_formed(id))?;
    app.config.shared_site(&SiteId::new(id)).cloned()
}

async fn signed_in(
    app: &App,
    site: &SiteConfig,
    address: ClientAddress,
    headers: &HeaderMap,
) -> Result<(Option<SignedIn>, HandOver), AppError> {
    let (site_id, nobody) = (&site.id, (None, Vec::new()));
    let (now, mode) = (app.clock.now().as_millis(), SessionMode::of(headers));
    // Nobody gets in by what was begun before identities were required.
    let may_enter = |guest: &GuestRow| guest.is_identified || !site.identity.is_required();
    let is_by_bearer = mode == SessionMode::Bearer;
    let token = if is_by_bearer { bearer(headers) } else { cookie::read(headers, &cookie::session_name(site_id)) };
    if let Some(token) = token {
        let session_hash = token_hash(&token);
        let idle = if is_by_bearer { BEARER_IDLE_MILLIS } else { IDLE_MILLIS };
        let is_alive = |session: &SessionRow| {
            // A cookie's value is none that a page may hold, nor the other way round.
            (session.mode == SessionMode::Bearer.as_word()) == is_by_bearer
                && now - session.created_at.as_millis() < LIFE_MILLIS
                && now - session.last_seen_at.as_millis() < idle
        };
        if let Some(session) = app.store.session(site_id, &session_hash)?.filter(is_alive).filter(|session| may_enter(&session.guest)) {
            if now - session.last_seen_at.as_millis() >= TOUCH_MILLIS {
                app.store.touch_session(session_hash.clone(), app.clock.now()).await?;
            }
            return Ok((Some(SignedIn { guest: session.guest, session_hash }), Vec::new()));
        }
    }
    let is_remembered = !is_by_bearer && site.remember_guest_days > 0;
    let key = is_remembered.then(|| cookie::read(headers, &cookie::guest_name(site_id))).flatten();
    let Some(key) = key else { return Ok(nobody) };
    let Some(guest) = guest_of_key(app, site, &key)?.filter(may_enter) else { return Ok(nobody) };
    // Each is a session more.
    app.limits.count(Rule::SessionsPerAddress, address)?;
    let Some((session_hash, handed)) = renew(app, site, &guest, &key.into(), mode).await? else { return Ok(nobody) };
    Ok((Some(SignedIn { guest, session_hash }), handed))
}

/// Whose key this is, if it was used since the site remembers its guests.
fn guest_of_key(app: &App, site: &SiteConfig, key: &str) -> Result<Option<GuestRow>, AppError> {
    let used_after = app.clock.now().plus_millis(-site.remember_guest_days.saturating_mul(DAY_MILLIS));
    Ok(app.store.guest_by_key(&site.id, &token_hash(key), used_after)?)
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").filter(|token| cookie::is_token(token)).map(str::to_owned)
}

/// Whether the guest has answered what the site asks before the chat. Who is asked by a form answers it there; who comes with
/// an identity is asked once, and everybody when the terms have changed.
pub fn has_answered(site: &SiteConfig, guest: &GuestRow) -> bool {
    let has_consented = site.pre_chat.consent.as_ref().is_none_or(|asked| guest.consent_version.as_ref() == Some(&asked.version));
    let is_asked = !site.pre_chat.topics.is_empty() || site.pre_chat.email == Asked::Required;
    has_consented && (guest.was_asked || !guest.is_identified || !is_asked)
}

/// The guest of a site this browser is signed in as, or would be again by itself. Renews nothing.
pub fn session_of(app: &App, site_id: &SiteId, headers: &HeaderMap) -> Result<Option<GuestRow>, AppError> {
    let session = cookie::read(headers, &cookie::session_name(site_id)).map(|token| app.store.session(site_id, &token_hash(&token)));
    if let Some(session) = session.transpose()?.flatten() {
        return Ok(Some(session.guest));
    }
    let Some(site) = app.config.site(site_id) else { return Ok(None) };
    cookie::read(headers, &cookie::guest_name(site_id)).map_or(Ok(None), |key| guest_of_key(app, site, &key))
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

impl<S: Send + Sync> OptionalFromRequestParts<S> for Arriving {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, AppError> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}

#[cfg(test)]
mod tests {
    use shared::GuestId;

    use super::*;
    use crate::config::{Config, SandboxSource};

    fn site(pre_chat: &str) -> SiteConfig {
        let text = format!("[[site]]\nid = \"a\"\nname = \"A\"\nstaff = [\"a@example.com\"]\n{pre_chat}");
        Config::from_text("tests", &text, Some(SandboxSource::embedded_default()), &|_| None).unwrap().sites[0].as_ref().clone()
    }

    #[test]
    fn who_comes_with_an_identity_is_asked_once_and_everybody_when_the_terms_have_changed() {
        let guest = |is_identified, was_asked, consent: Option<&str>| {
            let site_id = SiteId::new("a");
            let new = GuestRow::new(GuestId::new("g"), site_id, "s".into(), "Ada".into(), None);
            GuestRow { is_identified, was_asked, consent_version: consent.map(str::to_owned), ..new }
        };
        let nothing = site("");
        let topics = site("[site.pre_chat]\ntopics = [\"Orders\"]\n");
        let email = site("[site.pre_chat]\nemail = \"required\"\n");
        for asks in [&topics, &email] {
            assert!(!has_answered(asks, &guest(true, false, None)));
            assert!(has_answered(asks, &guest(true, true, None)));
            assert!(has_answered(asks, &guest(false, false, None)), "the form has asked");
        }
        assert!(has_answered(&nothing, &guest(true, false, None)));
        assert!(has_answered(&site("[site.pre_chat]\nemail = \"optional\"\n"), &guest(true, false, None)));
        let terms = site("[site.pre_chat]\nconsent = \"We keep this.\"\nconsent_version = \"2\"\n");
        assert!(!has_answered(&terms, &guest(false, true, None)) && !has_answered(&terms, &guest(false, true, Some("1"))));
        assert!(has_answered(&terms, &guest(false, true, Some("2"))));
    }
}
