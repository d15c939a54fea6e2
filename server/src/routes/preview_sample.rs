//! What the preview's page is answered: a conversation that never took place.

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::Value;
use shared::{
    Abilities, Author, AuthorKind, Block, Delivery, GuestId, Inline, MemberList, Message, MessageId, MessagePage, NewMessage, Pending,
    PendingKind, PersonId, PortalEvent, Room, RoomId, RoomList, Session, Timestamp, outgoing, path,
};

use super::preview::Preview;
use crate::{
    config::SiteConfig,
    error::AppError,
    fanout::{Audience, stream},
    visits::Offer,
};

const ROOM: &str = "preview";
const GUEST: &str = "a-guest";
const MINUTE_MILLIS: i64 = 60_000;

pub(super) fn router() -> Router<Preview> {
    Router::new()
        // A cookie of the portal itself may come along: ports do not part them.
        .route(path::SESSION, post(begin).get(async || AppError::NotSignedIn).delete(async || StatusCode::NO_CONTENT))
        .route(path::ROOMS, get(rooms))
        .route(path::ROOM_MESSAGES, get(messages).post(say))
        .route(path::ROOM_MEMBERS, get(members))
        .route(path::EVENTS, get(events))
}

async fn begin(State(preview): State<Preview>, headers: HeaderMap, Json(new): Json<Value>) -> Result<Response, AppError> {
    let site = preview.site_of(&headers)?;
    let name = new.get("display_name").and_then(Value::as_str).unwrap_or_default();
    let display_name = outgoing::guest_name(name).map_err(AppError::InvalidName)?;
    let person_id = Some(PersonId::new(GUEST));
    let session = Session { site_id: site.id.clone(), guest_id: GuestId::new(GUEST), display_name, person_id };
    Ok((StatusCode::CREATED, Json(session)).into_response())
}

async fn rooms(State(preview): State<Preview>, headers: HeaderMap) -> Result<Json<RoomList>, AppError> {
    let site = preview.site_of(&headers)?;
    let offer = Offer::of(&site, preview.app.clock.now());
    let can = Abilities { write: true, files: site.max_file_bytes > 0, meet: offer.can_meet, edit: true, ..Abilities::default() };
    let room = Room {
        id: RoomId::new(ROOM),
        title: site.name.clone(),
        last_activity_at: Some(preview.app.clock.now()),
        is_closed: false,
        away: offer.away,
        topics: offer.topics,
        can,
    };
    Ok(Json(RoomList { items: vec![room], last_event_id: None }))
}

async fn messages(State(preview): State<Preview>, headers: HeaderMap) -> Result<Json<MessagePage>, AppError> {
    let site = preview.site_of(&headers)?;
    let now = preview.app.clock.now();
    let greeting = site.greeting.as_deref().map(|text| (portal(&site), vec![Inline::Text { text: text.to_owned() }]));
    let said = [
        (guest(), text("Hello! Where is my order?")),
        (staff(), vec![Inline::Text { text: "It left our house this morning. You can follow it at ".into() }, link()]),
        (guest(), text("Thank you, that was quick.")),
    ];
    let all: Vec<_> = greeting.into_iter().chain(said).collect();
    let count = i64::try_from(all.len()).unwrap_or(0);
    let items = all
        .into_iter()
        .zip(0..)
        .map(|((author, inlines), number)| message(author, inlines, number, now.plus_millis((number - count) * MINUTE_MILLIS)));
    Ok(Json(MessagePage { items: items.collect(), ..MessagePage::default() }))
}

/// What is written is shown as sent, and goes nowhere.
async fn say(State(preview): State<Preview>, Json(new): Json<NewMessage>) -> Result<Response, AppError> {
    let now = preview.app.clock.now();
    let id = MessageId::new(new.client_message_id.as_str());
    let message =
        Message { client_message_id: Some(new.client_message_id.clone()), id: id.clone(), ..message(guest(), text(&new.text), 0, now) };
    let posted = PortalEvent::MessagePosted { room_id: RoomId::new(ROOM), message };
    preview.app.hub.publish(Audience::Guest(GuestId::new(GUEST)), &posted);
    let pending = Pending {
        client_message_id: new.client_message_id,
        room_id: RoomId::new(ROOM),
        kind: PendingKind::Post,
        text: new.text,
        file: None,
        delivery: Delivery::Sent,
        queued_at: now,
        message_id: Some(id),
        parent_id: None,
        problem: None,
    };
    Ok((StatusCode::ACCEPTED, Json(pending)).into_response())
}

async fn members(State(preview): State<Preview>, headers: HeaderMap) -> Result<Json<MemberList>, AppError> {
    preview.site_of(&headers)?;
    Ok(Json(MemberList { items: vec![staff(), guest()] }))
}

async fn events(State(preview): State<Preview>) -> Response {
    let listener = preview.app.hub.listen(vec![Audience::Guest(GuestId::new(GUEST))], None);
    let over = preview.app.stopping.child_token();
    let events = stream(listener, preview.app.clock.clone(), over, &preview.app.build);
    ([(header::CONTENT_TYPE, "text/event-stream; charset=utf-8")], Body::from_stream(events)).into_response()
}

fn message(author: Author, inlines: Vec<Inline>, number: i64, created_at: Timestamp) -> Message {
    Message {
        id: MessageId::new(format!("sample-{number}")),
        author,
        content: vec![Block::Paragraph { inlines }],
        files: Vec::new(),
        parent_id: None,
        created_at,
        edited_at: None,
        client_message_id: None,
    }
}

fn text(text: &str) -> Vec<Inline> {
    vec![Inline::Text { text: text.to_owned() }]
}

fn link() -> Inline {
    Inline::Link { href: "https://www.example.com/orders/4711".into(), inlines: text("example.com/orders/4711") }
}

fn author(person_id: &str, display_name: &str, kind: AuthorKind) -> Author {
    Author { person_id: PersonId::new(person_id), display_name: display_name.to_owned(), kind }
}

fn guest() -> Author {
    author(GUEST, "You", AuthorKind::Guest)
}

fn staff() -> Author {
    author("somebody-of-staff", "Grace Hopper", AuthorKind::Staff)
}

fn portal(site: &SiteConfig) -> Author {
    author("the-portal", &site.name, AuthorKind::Portal)
}
