//! What the desk's script asks. It acts through the same state as the REST API does.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Json, Path, Query, State};
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::{Stream, StreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio_stream::wrappers::WatchStream;

use super::entries::{Entry, entry, timeline};
use super::words::written;
use crate::app::App;
use crate::cloud::Cloud;
use crate::ids::{MessageId, PersonId, RoomId};
use crate::moment::Moment;
use crate::rest::ApiError;
use crate::state::{Destination, NewMessage, Organisation, Person, Refusal, Room, World};

#[derive(Serialize)]
pub(super) struct Desk {
    portal_url: Option<String>,
    staff: Vec<Staff>,
}

#[derive(Serialize)]
struct Staff {
    id: String,
    name: String,
    email: String,
}

#[derive(Serialize)]
pub(super) struct Space {
    id: String,
    title: String,
    is_direct: bool,
    members: Vec<String>,
    last_activity: Moment,
    /// Messages of others that the viewer has not seen.
    unread: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_message: Option<Entry>,
    /// Others who are typing.
    typing: Vec<String>,
    /// Others who have seen the last message.
    seen_by: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct As {
    #[serde(rename = "as")]
    pub(super) staff: String,
}

#[derive(Deserialize)]
pub(super) struct Reply {
    #[serde(rename = "as")]
    staff: String,
    text: String,
    #[serde(default)]
    parent_id: Option<String>,
}

pub(super) async fn get_desk(State(app): State<App>) -> Json<Desk> {
    let in_both = app.worlds.iter().flat_map(|world| {
        world.read(|organisation| {
            let mut staff: Vec<&Person> = organisation.staff().collect();
            staff.sort_by_key(|person| &person.display_name);
            let in_government = organisation.cloud() == Cloud::Government;
            let staff = staff.into_iter().map(|person| Staff {
                id: person.id.public(),
                name: if in_government { format!("{} (government cloud)", person.display_name) } else { person.display_name.clone() },
                email: person.email.clone(),
            });
            staff.collect::<Vec<_>>()
        })
    });
    Json(Desk { portal_url: app.portal_url.as_deref().map(str::to_owned), staff: in_both.collect() })
}

pub(super) async fn list_rooms(State(app): State<App>, Query(who): Query<As>) -> Result<Json<Vec<Space>>, ApiError> {
    let (world, viewer) = staff_world(&app, &who.staff)?;
    world.read(|organisation| {
        let mut rooms: Vec<&Room> = organisation.rooms_of(viewer).collect();
        rooms.sort_by_key(|room| (std::cmp::Reverse(room.last_activity), std::cmp::Reverse(room.id)));
        Ok(Json(rooms.into_iter().map(|room| space(organisation, room, viewer)).collect()))
    })
}

pub(super) async fn list_messages(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(who): Query<As>,
) -> Result<Json<Vec<Entry>>, ApiError> {
    let (world, viewer) = staff_world(&app, &who.staff)?;
    world.read(|organisation| {
        let room = organisation.room(viewer, RoomId::parse(&id).ok_or_else(Refusal::no_such_room)?)?;
        Ok(Json(timeline(organisation, room.id, viewer)))
    })
}

pub(super) async fn create_message(
    State(app): State<App>,
    Path(id): Path<String>,
    Json(reply): Json<Reply>,
) -> Result<Json<Entry>, ApiError> {
    let (world, author) = staff_world(&app, &reply.staff)?;
    world.change(|organisation| {
        let written = written(organisation, RoomId::parse(&id), &reply.text);
        let new = NewMessage { destination: Destination::Room(id), parent: reply.parent_id, written, files: Vec::new() };
        let message = organisation.post(author, new)?;
        Ok(Json(entry(organisation, &message, author)))
    })
}

pub(super) async fn edit_message(
    State(app): State<App>,
    Path(id): Path<String>,
    Json(reply): Json<Reply>,
) -> Result<Json<Entry>, ApiError> {
    let (world, author) = staff_world(&app, &reply.staff)?;
    let id = MessageId::parse(&id).ok_or_else(Refusal::no_such_resource)?;
    world.change(|organisation| {
        let room = organisation.message(author, id)?.room;
        let message = organisation.edit(author, id, room, written(organisation, Some(room), &reply.text))?;
        Ok(Json(entry(organisation, &message, author)))
    })
}

pub(super) async fn delete_message(State(app): State<App>, Path(id): Path<String>, Query(who): Query<As>) -> Result<Json<()>, ApiError> {
    let (world, author) = staff_world(&app, &who.staff)?;
    let id = MessageId::parse(&id).ok_or_else(Refusal::no_such_resource)?;
    world.change(|organisation| organisation.delete_message(author, id))?;
    Ok(Json(()))
}

/// Says that something changed, not what: the desk asks again for what it shows.
pub(super) async fn events(State(app): State<App>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let [commercial, government] = &app.worlds;
    let changes = stream::select(WatchStream::new(commercial.revisions()), WatchStream::from_changes(government.revisions()))
        .map(|revision| Ok(Event::default().event("changed").data(revision.to_string())))
        .take_until(app.stopping.clone().cancelled_owned());
    Sse::new(changes).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

/// Somebody of the staff, and where they work.
pub(super) fn staff_world<'a>(app: &'a App, id: &str) -> Result<(&'a World, PersonId), ApiError> {
    let nobody = || ApiError::from(Refusal::not_found("Nobody of that name is on the staff."));
    let id = PersonId::parse(id).ok_or_else(nobody)?;
    let is_here = |world: &&std::sync::Arc<World>| world.read(|organisation| organisation.staff().any(|person| person.id == id));
    let world = app.worlds.iter().find(is_here).ok_or_else(nobody)?;
    Ok((world, id))
}

pub(super) fn space(organisation: &Organisation, room: &Room, viewer: PersonId) -> Space {
    let others = organisation.members(room.id).filter(|membership| membership.person != viewer);
    let last = organisation.whole_timeline(room.id).next_back();
    let names = |people: &mut dyn Iterator<Item = PersonId>| -> Vec<String> {
        people.filter(|person| *person != viewer).map(|person| organisation.name_of(person)).collect()
    };
    Space {
        id: room.id.public(organisation.cluster()),
        title: organisation.title_for(viewer, room),
        is_direct: room.is_direct(),
        members: others.map(|membership| organisation.name_of(membership.person)).collect(),
        last_activity: room.last_activity,
        unread: organisation.unread(viewer, room.id),
        last_message: last.map(|message| entry(organisation, message, viewer)),
        typing: names(&mut organisation.typing_in(room.id)),
        seen_by: last.map(|message| names(&mut organisation.readers(message))).unwrap_or_default(),
    }
}
