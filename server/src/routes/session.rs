//! `/api/session`: signing in, who am I, leaving.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse},
};
use shared::{NewSession, PortalEvent, Session, outgoing::guest_name};

use super::body::Json;
use crate::{
    app::App,
    config::SiteConfig,
    error::AppError,
    fanout::Audience,
    session::{self, CookieMode, CurrentSite, SignedIn},
    store::GuestRow,
};

/// Signs in. A browser that is signed in keeps its guest and may take another name.
pub(super) async fn create_session(
    State(app): State<App>,
    CurrentSite(site): CurrentSite,
    signed_in: Option<SignedIn>,
    headers: HeaderMap,
    Json(new): Json<NewSession>,
) -> Result<impl IntoResponse, AppError> {
    let display_name = guest_name(&new.display_name).map_err(AppError::InvalidName)?;
    let topic = wanted_topic(&site, new.topic)?;
    let consent = given_consent(&site, new.consent)?;
    let (guest, cookies) = match signed_in {
        Some(SignedIn { guest, .. }) if guest.display_name == display_name => (guest, Vec::new()),
        Some(SignedIn { guest, .. }) => {
            app.store.rename_guest(guest.id.clone(), display_name.clone()).await?;
            (GuestRow { display_name, ..guest }, Vec::new())
        }
        None => session::begin(&app, &site, display_name, CookieMode::of(&headers)).await?,
    };
    app.store.note_pre_chat(guest.id.clone(), topic, consent, app.clock.now()).await?;
    app.conversation_of(&site, &guest).await?;
    app.vouch_soon(&site, guest.id.clone());
    tracing::info!(site.id = %site.id, guest.id = %guest.id, "a guest signed in");
    Ok((StatusCode::CREATED, set_cookies(cookies), axum::Json(to_session(guest))))
}

/// What the chat is about, where the site asks.
fn wanted_topic(site: &SiteConfig, topic: Option<String>) -> Result<Option<String>, AppError> {
    let topics = &site.pre_chat.topics;
    match topic {
        _ if topics.is_empty() => Ok(None),
        Some(topic) if topics.contains(&topic) => Ok(Some(topic)),
        _ => Err(AppError::InvalidTopic),
    }
}

/// The version of the terms the guest agreed to, where the site asks.
fn given_consent(site: &SiteConfig, consent: Option<String>) -> Result<Option<String>, AppError> {
    match &site.pre_chat.consent {
        Some(asked) if consent.as_ref() != Some(&asked.version) => Err(AppError::ConsentMissing),
        asked => Ok(asked.as_ref().map(|asked| asked.version.clone())),
    }
}

/// Who is signed in.
pub(super) async fn show_session(SignedIn { guest, .. }: SignedIn) -> axum::Json<Session> {
    axum::Json(to_session(guest))
}

/// Leaves: ends every session of the guest, tells the space, and takes the cookies away. What the guest sent is sent all the same.
pub(super) async fn delete_session(
    State(app): State<App>,
    CurrentSite(site): CurrentSite,
    signed_in: Option<SignedIn>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, AppError> {
    if let Some(SignedIn { guest, .. }) = signed_in {
        app.visits.guest_left(&guest).await?;
        app.tell_that_guest_left(&guest).await?;
        app.store.sign_out(guest.id.clone()).await?;
        // Whatever another tab asked for until its session was gone.
        app.visits.guest_left(&guest).await?;
        let everywhere = Audience::Guest(guest.id.clone());
        app.hub.publish(everywhere.clone(), &PortalEvent::SignedOut);
        app.hub.dismiss(&everywhere);
        tracing::info!(site.id = %site.id, guest.id = %guest.id, "a guest left");
    }
    Ok((StatusCode::NO_CONTENT, set_cookies(session::unset_cookies(&site.id, CookieMode::of(&headers))?)))
}

fn to_session(guest: GuestRow) -> Session {
    Session { site_id: guest.site_id, guest_id: guest.id, display_name: guest.display_name, person_id: guest.person_id }
}

fn set_cookies(cookies: impl IntoIterator<Item = HeaderValue>) -> AppendHeaders<Vec<(header::HeaderName, HeaderValue)>> {
    AppendHeaders(cookies.into_iter().map(|cookie| (header::SET_COOKIE, cookie)).collect())
}
