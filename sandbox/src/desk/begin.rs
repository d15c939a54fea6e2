//! Beginning something at the desk: writing to somebody, making a space, bringing somebody in.

use axum::extract::{Json, Path, Query, State};
use serde::{Deserialize, Serialize};

use super::api::{As, Space, space, staff_world};
use super::words::written;
use crate::app::App;
use crate::ids::RoomId;
use crate::rest::ApiError;
use crate::state::{Destination, Invitee, NewMessage, NewRoom, Person, PersonKind, Refusal};

/// Somebody who can be written to.
#[derive(Serialize)]
pub(super) struct Somebody {
    id: String,
    name: String,
    email: String,
    kind: &'static str,
}

#[derive(Deserialize)]
pub(super) struct NewTalk {
    #[serde(rename = "as")]
    staff: String,
    person_id: String,
    text: String,
}

#[derive(Deserialize)]
pub(super) struct NewSpace {
    #[serde(rename = "as")]
    staff: String,
    title: String,
    #[serde(default)]
    person_ids: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct NewMember {
    #[serde(rename = "as")]
    staff: String,
    person_id: String,
}

/// Everybody there is in the viewer's cloud, by name.
pub(super) async fn list_people(State(app): State<App>, Query(who): Query<As>) -> Result<Json<Vec<Somebody>>, ApiError> {
    let (world, viewer) = staff_world(&app, &who.staff)?;
    world.read(|organisation| {
        let mut people: Vec<&Person> = organisation.everybody().filter(|person| person.id != viewer).collect();
        people.sort_by_key(|person| (&person.display_name, person.id));
        let somebody = |person: &Person| Somebody {
            id: person.id.public(),
            name: person.display_name.clone(),
            email: person.email.clone(),
            kind: match person.kind {
                PersonKind::Staff => "staff",
                PersonKind::Bot | PersonKind::ServiceApp => "bot",
                PersonKind::IssuerGuest | PersonKind::ServiceAppGuest => "guest",
                PersonKind::Stranger => "stranger",
            },
        };
        Ok(Json(people.into_iter().map(somebody).collect()))
    })
}

/// Answers the conversation, as the list of spaces has it.
pub(super) async fn write_to(State(app): State<App>, Json(talk): Json<NewTalk>) -> Result<Json<Space>, ApiError> {
    let (world, author) = staff_world(&app, &talk.staff)?;
    world.change(|organisation| {
        let written = written(organisation, None, &talk.text);
        let new = NewMessage { destination: Destination::Person(talk.person_id), parent: None, written, files: Vec::new() };
        let room = organisation.post(author, new)?.room;
        Ok(Json(space(organisation, organisation.room(author, room)?, author)))
    })
}

pub(super) async fn create_room(State(app): State<App>, Json(new): Json<NewSpace>) -> Result<Json<Space>, ApiError> {
    let (world, creator) = staff_world(&app, &new.staff)?;
    world.change(|organisation| {
        let room = organisation.create_room(creator, NewRoom { title: new.title, ..NewRoom::default() })?.id;
        for person in &new.person_ids {
            organisation.add_member(creator, room, Invitee::Id(person), false)?;
        }
        Ok(Json(space(organisation, organisation.room(creator, room)?, creator)))
    })
}

pub(super) async fn add_member(State(app): State<App>, Path(id): Path<String>, Json(new): Json<NewMember>) -> Result<Json<()>, ApiError> {
    let (world, caller) = staff_world(&app, &new.staff)?;
    let room = RoomId::parse(&id).ok_or_else(Refusal::no_such_room)?;
    world.change(|organisation| organisation.add_member(caller, room, Invitee::Id(&new.person_id), false))?;
    Ok(Json(()))
}
