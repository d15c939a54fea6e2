//! `/rooms`.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use super::answer::{Answer, ApiError, Items};
use super::caller::Caller;
use super::fields::Fields;
use super::paging::{Params, newest_first};
use super::segment::Segment;
use crate::app::App;
use crate::ids::{PersonId, RoomId};
use crate::moment::Moment;
use crate::state::{NewRoom, Organisation, Refusal, Room, RoomChange, ticks};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RoomAnswer {
    id: String,
    title: String,
    #[serde(rename = "type")]
    kind: &'static str,
    is_locked: bool,
    last_activity: Moment,
    creator_id: String,
    created: Moment,
    owner_id: String,
    is_announcement_only: bool,
    is_read_only: bool,
    is_public: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    made_public: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

impl RoomAnswer {
    fn new(organisation: &Organisation, room: &Room, viewer: PersonId) -> Self {
        Self {
            id: room.id.public(organisation.cluster()),
            title: organisation.title_for(viewer, room),
            kind: kind_word(room),
            is_locked: room.is_locked,
            last_activity: room.last_activity,
            creator_id: room.creator.public(),
            created: room.created,
            owner_id: organisation.home().public(),
            is_announcement_only: room.is_announcement_only,
            is_read_only: false,
            is_public: room.made_public.is_some(),
            made_public: room.made_public,
            description: room.description.clone(),
        }
    }
}

pub(super) fn kind_word(room: &Room) -> &'static str {
    if room.is_direct() { "direct" } else { "group" }
}

/// An id in a path.
pub(super) fn room_id(text: &str) -> Result<RoomId, ApiError> {
    RoomId::parse(text).ok_or_else(|| Refusal::no_such_room().into())
}

pub(super) async fn list_rooms(
    State(app): State<App>,
    Caller(caller): Caller,
    params: Params,
) -> Result<Answer<Items<RoomAnswer>>, ApiError> {
    let max = params.max(100, 1000)?;
    let kind = match params.get("type") {
        None => None,
        Some(kind @ ("direct" | "group")) => Some(kind),
        Some(_) => return Err(Refusal::invalid("type must be direct or group.").into()),
    };
    let key: fn(&&Room) -> String = match params.get("sortBy") {
        None | Some("id") => |room| room.id.uuid().to_string(),
        Some("lastactivity") => |room| newest_first(room.last_activity.ms(), ticks(room.id.uuid())),
        Some("created") => |room| newest_first(room.created.ms(), ticks(room.id.uuid())),
        Some(_) => return Err(Refusal::invalid("sortBy must be id, lastactivity or created.").into()),
    };
    app.world.read(|organisation| {
        let is_wanted = |room: &&Room| {
            // There are no teams here, so no room is of one.
            params.get("teamId").is_none()
                && kind.is_none_or(|kind| kind_word(room) == kind)
                && (!params.is_true("orgPublicSpaces") || room.made_public.is_some())
        };
        let rooms = organisation.rooms_of(caller).filter(is_wanted).collect();
        let (page, next) = params.page("cursor", max, rooms, key)?;
        Ok(Answer::page(page.into_iter().map(|room| RoomAnswer::new(organisation, room, caller)).collect(), next))
    })
}

pub(super) async fn create_room(State(app): State<App>, Caller(caller): Caller, fields: Fields) -> Result<Answer<RoomAnswer>, ApiError> {
    let new = NewRoom {
        title: fields.owned("title")?.unwrap_or_default(),
        is_locked: fields.flag("isLocked")?.unwrap_or_default(),
        is_announcement_only: fields.flag("isAnnouncementOnly")?.unwrap_or_default(),
        is_public: fields.flag("isPublic")?.unwrap_or_default(),
        description: fields.owned("description")?,
    };
    app.world.change(|organisation| {
        let room = organisation.create_room(caller, new)?;
        Ok(Answer::new(RoomAnswer::new(organisation, &room, caller)))
    })
}

pub(super) async fn get_room(State(app): State<App>, Caller(caller): Caller, Segment(id): Segment) -> Result<Answer<RoomAnswer>, ApiError> {
    let id = room_id(&id)?;
    app.world.read(|organisation| Ok(Answer::new(RoomAnswer::new(organisation, organisation.room(caller, id)?, caller))))
}

pub(super) async fn change_room(
    State(app): State<App>,
    Caller(caller): Caller,
    Segment(id): Segment,
    fields: Fields,
) -> Result<Answer<RoomAnswer>, ApiError> {
    let id = room_id(&id)?;
    let change = RoomChange {
        title: fields.owned("title")?.unwrap_or_default(),
        is_locked: fields.flag("isLocked")?,
        is_announcement_only: fields.flag("isAnnouncementOnly")?,
        is_public: fields.flag("isPublic")?,
        description: fields.owned("description")?,
    };
    app.world.change(|organisation| {
        let room = organisation.change_room(caller, id, change)?;
        Ok(Answer::new(RoomAnswer::new(organisation, &room, caller)))
    })
}

pub(super) async fn delete_room(State(app): State<App>, Caller(caller): Caller, Segment(id): Segment) -> Result<StatusCode, ApiError> {
    let id = room_id(&id)?;
    app.world.change(|organisation| organisation.delete_room(caller, id))?;
    Ok(StatusCode::NO_CONTENT)
}
