//! `/api/session`: signing in, who am I, leaving; `/api/identity`: whom the site's back end vouches for.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{AppendHeaders, IntoResponse, Response},
};
use shared::{
    Asked, NewIdentity, NewSession, PortalEvent, Session,
    outgoing::guest_name,
    path::{IDENTIFIED_HEADER, PROOF_HEADER},
};

use super::body::Json;
use crate::{
    app::App,
    config::{SiteConfig, is_email},
    error::AppError,
    fanout::Audience,
    limits::Rule,
    session::{self, Arriving, CurrentSite, Identified, MAX_EMAIL_BYTES, Presented, SessionMode, SignedIn},
    store::GuestRow,
};

/// Signs in. A browser that is signed in keeps its guest and may take another name; one whose site has vouched for its guest
/// keeps that name.
pub(super) async fn create_session(
    State(app): State<App>,
    CurrentSite(site): CurrentSite,
    signed_in: Option<SignedIn>,
    arriving: Option<Arriving>,
    headers: HeaderMap,
    Json(new): Json<NewSession>,
) -> Result<impl IntoResponse, AppError> {
    let current = signed_in.or(arriving.map(|Arriving(known)| known)).map(|SignedIn { guest, .. }| guest);
    if current.is_none() && site.identity.is_required() {
        return Err(AppError::IdentityRequired);
    }
    if current.is_none() && headers.contains_key(IDENTIFIED_HEADER) {
        // They were vouched for, and looked at the questions for too long: they are not to become somebody else.
        return Err(AppError::NotSignedIn);
    }
    let display_name = guest_name(&new.display_name).map_err(AppError::InvalidName)?;
    let proof = headers.get(PROOF_HEADER).and_then(|proof| proof.to_str().ok());
    if current.is_none() && site.asks_for_proof && !proof.is_some_and(|proof| app.proofs.accepts(&site.id, proof)) {
        return Err(AppError::ProofMissing);
    }
    let email = given_email(&site, new.email, current.as_ref())?;
    let topic = wanted_topic(&site, new.topic)?;
    let consent = given_consent(&site, new.consent)?;
    let (guest, handed) = match current {
        Some(guest) if guest.is_identified || guest.display_name == display_name => (guest, Vec::new()),
        Some(guest) => {
            app.store.rename_guest(guest.id.clone(), display_name.clone()).await?;
            (GuestRow { display_name, ..guest }, Vec::new())
        }
        None => session::begin(&app, &site, display_name, SessionMode::of(&headers)).await?,
    };
    app.store.note_pre_chat(guest.id.clone(), email, topic, consent, app.clock.now()).await?;
    welcome(&app, &site, &guest).await?;
    Ok((StatusCode::CREATED, AppendHeaders(handed), axum::Json(to_session(guest))))
}

/// Signs in whom the site's back end vouches for, or ends what was begun so when it does not any more.
pub(super) async fn present_identity(
    State(app): State<App>,
    CurrentSite(site): CurrentSite,
    signed_in: Option<SignedIn>,
    arriving: Option<Arriving>,
    headers: HeaderMap,
    Json(new): Json<NewIdentity>,
) -> Result<Response, AppError> {
    let current = signed_in.or(arriving.map(|Arriving(known)| known));
    let mode = SessionMode::of(&headers);
    let Some(token) = new.token.filter(|token| !token.is_empty()) else {
        let Some(over) = current.filter(|current| current.guest.is_identified) else {
            return Ok(StatusCode::NO_CONTENT.into_response());
        };
        // Their other devices go on, and so does their chat: they only are not signed in here any more.
        app.store.end_session(over.session_hash.clone()).await?;
        dismiss(&app, Audience::Session(over.session_hash));
        return Ok((StatusCode::NO_CONTENT, AppendHeaders(session::take_back(&site.id, mode)?)).into_response());
    };
    let presented = Presented { site_id: &site.id, audience: &app.audience, origin: new.origin.as_deref(), now: app.clock.now() };
    let refused = |error: AppError| {
        tracing::warn!(site.id = %site.id, %error, "whom the site's back end vouched for did not get in");
        error
    };
    let identity = site.identity.verify(&token, &presented).map_err(|reason| refused(reason.into()))?;
    app.limits.count(Rule::IdentitiesPerPerson, (&site.id, &identity.user_id))?;
    let Identified { guest, handed, has_replaced } =
        session::begin_identified(&app, &site, identity, current.as_ref(), mode).await.map_err(refused)?;
    // They are in: what else there is to do must not keep the browser from learning it.
    if let Some(before) = current.filter(|_| has_replaced) {
        dismiss(&app, Audience::Session(before.session_hash));
        if !before.guest.is_identified
            && let Err(error) = end(&app, &before.guest).await
        {
            tracing::warn!(%error, guest.id = %before.guest.id, "the chat of a guest who is identified now was not ended");
        }
    }
    // Of who has not agreed to the terms yet, Webex learns nothing.
    if session::has_answered(&site, &guest) {
        welcome(&app, &site, &guest).await?;
    }
    Ok((StatusCode::CREATED, AppendHeaders(handed), axum::Json(to_session(guest))).into_response())
}

/// What follows for whoever has a session now.
async fn welcome(app: &App, site: &SiteConfig, guest: &GuestRow) -> Result<(), AppError> {
    app.conversation_of(site, guest).await?;
    app.vouch_soon(site, guest.id.clone());
    tracing::info!(site.id = %site.id, guest.id = %guest.id, is_identified = guest.is_identified, "a guest signed in");
    Ok(())
}

/// Where the guest can be reached, where the site asks and nobody has told it.
fn given_email(site: &SiteConfig, email: Option<String>, current: Option<&GuestRow>) -> Result<Option<String>, AppError> {
    let email = email.map(|email| email.trim().to_owned()).filter(|email| !email.is_empty());
    let is_known = current.is_some_and(|guest| guest.email.is_some());
    if is_known && current.is_some_and(|guest| guest.is_identified) {
        // What the site's back end says stands.
        return Ok(None);
    }
    match (site.pre_chat.email, email) {
        (Asked::No, _) => Ok(None),
        (_, Some(email)) if is_email(&email) && email.len() <= MAX_EMAIL_BYTES => Ok(Some(email)),
        (Asked::Required, None) if !is_known => Err(AppError::InvalidEmail),
        (_, Some(_)) => Err(AppError::InvalidEmail),
        (_, None) => Ok(None),
    }
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
    arriving: Option<Arriving>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, AppError> {
    if let Some(SignedIn { guest, .. }) = signed_in.or(arriving.map(|Arriving(known)| known)) {
        end(&app, &guest).await?;
    }
    Ok((StatusCode::NO_CONTENT, AppendHeaders(session::take_back(&site.id, SessionMode::of(&headers))?)))
}

/// The guest is here no more, on no device.
async fn end(app: &App, guest: &GuestRow) -> Result<(), AppError> {
    app.visits.guest_left(guest).await?;
    app.tell_that_guest_left(guest).await?;
    app.store.sign_out(guest.id.clone()).await?;
    // Whatever another tab asked for until its session was gone.
    app.visits.guest_left(guest).await?;
    dismiss(app, Audience::Guest(guest.id.clone()));
    tracing::info!(site.id = %guest.site_id, guest.id = %guest.id, "a guest left");
    Ok(())
}

/// Pages that listen as these are told that it is over for them.
fn dismiss(app: &App, whom: Audience) {
    app.hub.publish(whom.clone(), &PortalEvent::SignedOut);
    app.hub.dismiss(&whom);
}

fn to_session(guest: GuestRow) -> Session {
    Session { site_id: guest.site_id, guest_id: guest.id, display_name: guest.display_name, person_id: guest.person_id }
}
