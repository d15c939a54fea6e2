//! `GET /api/events`: the event stream.

use std::collections::HashSet;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use shared::PortalEvent;
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    error::AppError,
    fanout::{Audience, stream},
    limits::ClientAddress,
    metrics,
    session::SignedIn,
    store::Conversation,
};

/// Follows the guest's rooms, from `Last-Event-ID` on where that is still remembered.
pub(super) async fn stream_events(
    State(app): State<App>,
    SignedIn { guest, session_hash }: SignedIn,
    address: ClientAddress,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let place = app.limits.open_stream(session_hash.clone(), address)?;
    let last_event_id = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    // Whether a guest is still in a room that others let them into, or could take them out of, is known only while somebody
    // looks with their token: until that has looked, nothing is told of it, and nothing that was said meanwhile is told again.
    let mut sure = HashSet::new();
    for conversation in app.store.conversations(&guest.id)? {
        if app.membership.may_hear(&guest, &conversation).await {
            sure.insert(conversation.id);
        }
    }
    let guest_id = guest.id;
    // Nothing waits from here on until they are listened to, so that none is missed that came to be meanwhile.
    let conversations = app.store.conversations(&guest_id)?;
    let is_sure = |conversation: &&Conversation| sure.contains(&conversation.id) || conversation.webex_room_id.is_none();
    let last_event_id = last_event_id.filter(|_| conversations.iter().all(|conversation| is_sure(&conversation)));
    let rooms = conversations.iter().filter(is_sure).map(|conversation| Audience::Room(conversation.id.clone()));
    let audiences = rooms.chain([Audience::Guest(guest_id.clone()), Audience::Session(session_hash)]).collect();
    let mut listener = app.hub.listen(audiences, last_event_id);
    metrics::stream_began(listener.is_resumed());
    // From here on these rooms are listened to, and nothing that happens in them is left untold.
    // Where there is no room in Webex yet, nobody can have said anything.
    let is_told =
        |conversation: &Conversation, seq| conversation.webex_room_id.is_none() || app.history.is_told_since(&conversation.id, seq);
    let told_since = |seq| conversations.iter().all(|conversation| is_told(conversation, seq));
    if listener.resumed_from.is_some_and(|seq| !told_since(seq)) {
        listener.begin_anew();
    }
    if listener.is_resumed() {
        // A page that goes on where it was does not fetch again, and nobody may have listened to Webex for it meanwhile.
        app.feeds.came_back(&guest_id, &conversations)?;
    }
    for conversation in &conversations {
        // Working hours may have begun or ended while it was away.
        if listener.resumed_from.is_some_and(|seq| app.visits.is_offer_news_since(&conversation.site_id, seq)) {
            app.hub.publish(Audience::Guest(guest_id.clone()), &PortalEvent::RoomChanged { room: app.to_room(conversation) });
        }
    }
    // Their own rooms are heard again from now on.
    app.feeds.look_soon(&guest_id);
    let over: CancellationToken = app.stopping.child_token();
    let events = stream(listener, app.clock.clone(), over, &app.build).map(move |event| {
        let _held = &place;
        event
    });
    let mut response = Body::from_stream(events).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}
