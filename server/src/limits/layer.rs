//! Which limits a request counts for, told by its route.

use std::sync::Once;

use axum::{
    extract::{FromRequestParts, MatchedPath, Request, State},
    http::{Method, request::Parts},
    middleware::Next,
    response::Response,
};
use shared::path;

use super::{ClientAddress, Limits, Peer, Rule, address::FORWARDED_FOR};
use crate::{
    app::App,
    error::AppError,
    routes::is_of_type,
    session::{Arriving, CurrentSite, SignedIn},
};

/// For every request: finds out whom it comes from.
pub async fn note_client(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    let proxies = &app.config.server.trusted_proxies;
    let address = peer.map_or(ClientAddress::unknown(), |Peer(peer)| proxies.client(peer, request.headers()));
    if peer.is_some_and(|Peer(peer)| proxies.includes(peer.ip())) && !request.headers().contains_key(FORWARDED_FOR) {
        tell_of_silent_proxy();
    }
    request.extensions_mut().insert(address);
    next.run(request).await
}

/// Once: else all guests together may do what one of them may, and nobody knows why.
fn tell_of_silent_proxy() {
    static TOLD: Once = Once::new();
    TOLD.call_once(|| {
        tracing::warn!(
            "a proxy of `server.trusted_proxies` does not say whom a request comes from: let it set `X-Forwarded-For`, or all guests \
             behind it share one address's limits"
        );
    });
}

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, AppError> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or(Self::unknown()))
    }
}

/// For what whoever has the link may open.
pub async fn count_link(State(app): State<App>, address: ClientAddress, request: Request, next: Next) -> Result<Response, AppError> {
    app.limits.count(Rule::LinksPerAddress, address)?;
    Ok(next.run(request).await)
}

/// For guests' pages, once it is known which site it is and who the guest is.
pub async fn count_by_guest(State(app): State<App>, address: ClientAddress, request: Request, next: Next) -> Result<Response, AppError> {
    count(&app.limits, address, &request)?;
    Ok(next.run(request).await)
}

fn count(limits: &Limits, address: ClientAddress, request: &Request) -> Result<(), AppError> {
    let CurrentSite(site) = request.extensions().get().ok_or(AppError::MissingHeader)?;
    let arriving = request.extensions().get::<Arriving>().map(|Arriving(known)| known);
    let known = request.extensions().get::<SignedIn>().or(arriving);
    let (rules, on_site) = rules(request);
    for rule in rules {
        match (rule, known) {
            (Rule::SessionsPerAddress | Rule::VisitsPerAddress, _) => limits.count(*rule, address)?,
            (_, Some(known)) => limits.count(*rule, &known.guest.id)?,
            // Nobody's: the page of a visitor, or one who guesses.
            (_, None) => limits.count(Rule::LinksPerAddress, address)?,
        }
    }
    // What nobody asks is refused anyhow: it must not use up what the site's guests may do.
    on_site.filter(|_| known.is_some()).map_or(Ok(()), |rule| limits.count_on_site(rule, &site.id))
}

/// What a request counts for: by itself, and on its site.
fn rules(request: &Request) -> (&'static [Rule], Option<Rule>) {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let is_form = || is_of_type(request.headers(), "multipart/form-data");
    match (request.method(), route) {
        (&Method::POST, path::SESSION | path::IDENTITY) => (&[Rule::SessionsPerAddress], None),
        (&Method::POST, path::ROOM_MESSAGES) if is_form() => (&[Rule::SendsPerGuest, Rule::UploadsPerGuest], Some(Rule::SendsPerSite)),
        (&Method::POST, path::ROOM_MESSAGES | path::NOTES) | (&Method::PATCH | &Method::DELETE, path::ROOM_MESSAGE) => {
            (&[Rule::SendsPerGuest], Some(Rule::SendsPerSite))
        }
        (&Method::POST, path::VISITS) => (&[Rule::RequestsPerGuest, Rule::VisitsPerAddress], Some(Rule::VisitsPerSite)),
        (&Method::POST, path::FILE_TICKET) => (&[Rule::DownloadsPerGuest], None),
        (&Method::POST, path::ROOM_TYPING | path::ROOM_READ) => (&[Rule::SignalsPerGuest], None),
        (&Method::GET, path::EVENTS) => (&[Rule::StreamsPerGuest], None),
        _ => (&[Rule::RequestsPerGuest], None),
    }
}
