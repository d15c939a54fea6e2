//! The conversation service: what the REST API does not know, and how an activity is called there.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use super::activity;
use super::base::Base;
use super::wdm::object;
use crate::app::App;
use crate::ids::{ActionId, MessageId, RoomId};
use crate::rest::{Answer, ApiError, Caller, Segment};
use crate::state::{Membership, Organisation, Refusal};

fn room_id(text: &str) -> Result<RoomId, Refusal> {
    RoomId::parse(text).ok_or_else(Refusal::no_such_room)
}

/// Who begins or stops typing says so; the others are told.
pub(super) async fn set_typing(
    State(app): State<App>,
    Caller(caller): Caller,
    Segment(id): Segment,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let room = room_id(&id)?;
    let is_typing = match object(&body)?.get("eventType").and_then(Value::as_str) {
        Some("status.start_typing") => true,
        Some("status.stop_typing") => false,
        _ => return Err(Refusal::invalid("eventType is status.start_typing or status.stop_typing.").into()),
    };
    app.world.change(|organisation| organisation.set_typing(caller, room, is_typing))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Of all activities only this can be made here: that one has read up to a message.
pub(super) async fn create_activity(
    State(app): State<App>,
    Caller(caller): Caller,
    Segment(id): Segment,
    base: Base,
    body: Bytes,
) -> Result<Answer<Value>, ApiError> {
    let room = room_id(&id)?;
    let asked = Value::Object(object(&body)?);
    if asked["verb"] != "acknowledge" {
        return Err(Refusal::invalid("Only the verb acknowledge is understood.").into());
    }
    let message = asked["object"]["id"].as_str().and_then(MessageId::parse).ok_or_else(|| Refusal::invalid("object.id is missing."))?;
    app.world.change(|organisation| {
        organisation.acknowledge(caller, room, message)?;
        let mut activity = activity::acknowledge(organisation, caller, room, message, organisation.now(), &base);
        if let Some(id) = asked["clientTempId"].as_str() {
            activity["clientTempId"] = json!(id);
        }
        Ok(Answer::new(activity))
    })
}

/// The id by which the REST API knows something.
#[derive(Serialize)]
pub(super) struct RestId {
    id: String,
}

pub(super) async fn get_message(State(app): State<App>, Caller(caller): Caller, Segment(id): Segment) -> Result<Answer<RestId>, ApiError> {
    let id = MessageId::parse(&id).ok_or_else(Refusal::no_such_resource)?;
    app.world.read(|organisation| {
        let message = organisation.message(caller, id)?;
        Ok(Answer::new(RestId { id: message.id.public(organisation.cluster()) }))
    })
}

pub(super) async fn get_action(State(app): State<App>, Caller(caller): Caller, Segment(id): Segment) -> Result<Answer<RestId>, ApiError> {
    let id = ActionId::parse(&id).ok_or_else(Refusal::no_such_resource)?;
    app.world.read(|organisation| {
        let action = organisation.action(caller, id)?;
        Ok(Answer::new(RestId { id: action.id.public(organisation.cluster()) }))
    })
}

/// A room, who is in it, and how far each has read. Its activities are nobody's question here.
pub(super) async fn get_conversation(
    State(app): State<App>,
    Caller(caller): Caller,
    Segment(id): Segment,
    base: Base,
) -> Result<Answer<Value>, ApiError> {
    let room = room_id(&id)?;
    app.world.read(|organisation| {
        let room = organisation.room(caller, room)?;
        let members: Vec<Value> = organisation.members(room.id).map(|member| participant(organisation, member)).collect();
        let mut shown = activity::conversation(organisation, room.id, &base);
        shown["displayName"] = json!(organisation.title_for(caller, room));
        shown["published"] = json!(room.created);
        shown["lastReadableActivityDate"] = json!(room.last_activity);
        shown["participants"] = json!({ "items": members });
        shown["activities"] = json!({ "items": [] });
        Ok(Answer::new(shown))
    })
}

fn participant(organisation: &Organisation, member: &Membership) -> Value {
    let mut properties = json!({ "isModerator": member.is_moderator });
    if let Some(mark) = organisation.mark_of(member.room, member.person) {
        properties["lastSeenActivityUUID"] = json!(mark.message.uuid().to_string());
        properties["lastSeenActivityDate"] = json!(mark.at);
    }
    let mut shown = activity::person(organisation, member.person);
    shown["roomProperties"] = properties;
    shown
}
