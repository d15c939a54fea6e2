//! `/memberships`.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use super::answer::{Answer, ApiError, Items};
use super::caller::Caller;
use super::fields::Fields;
use super::paging::Params;
use super::rooms::kind_word;
use super::segment::Segment;
use crate::app::App;
use crate::ids::{MembershipId, PersonId, RoomId};
use crate::moment::Moment;
use crate::state::{Invitee, Membership, Organisation, Refusal};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MembershipAnswer {
    id: String,
    room_id: String,
    person_id: String,
    person_email: String,
    person_display_name: String,
    person_org_id: String,
    is_moderator: bool,
    is_room_hidden: bool,
    room_type: &'static str,
    is_monitor: bool,
    created: Moment,
}

impl MembershipAnswer {
    /// `None` only for a membership whose person or room does not exist, and there is none.
    fn new(organisation: &Organisation, membership: &Membership) -> Option<Self> {
        let person = organisation.person(membership.person)?;
        let room = organisation.room(membership.person, membership.room).ok()?;
        let cluster = organisation.cluster();
        Some(Self {
            id: membership.id().public(cluster),
            room_id: membership.room.public(cluster),
            person_id: person.id.public(),
            person_email: person.email.clone(),
            person_display_name: person.display_name.clone(),
            person_org_id: person.organisation.public(),
            is_moderator: membership.is_moderator,
            is_room_hidden: membership.is_hidden,
            room_type: kind_word(room),
            is_monitor: false,
            created: membership.created,
        })
    }
}

fn no_such_membership() -> Refusal {
    Refusal::not_found("Failed to get membership")
}

fn answer(organisation: &Organisation, membership: &Membership) -> Result<Answer<MembershipAnswer>, ApiError> {
    Ok(Answer::new(MembershipAnswer::new(organisation, membership).ok_or_else(no_such_membership)?))
}

pub(super) async fn list_memberships(
    State(app): State<App>,
    Caller(caller): Caller,
    params: Params,
) -> Result<Answer<Items<MembershipAnswer>>, ApiError> {
    let max = params.max(100, 1000)?;
    let (person_id, person_email) = (params.get("personId"), params.get("personEmail"));
    let room = match params.get("roomId") {
        Some(room) => Some(RoomId::parse(room).ok_or_else(Refusal::no_such_room)?),
        None if person_id.is_some() || person_email.is_some() => {
            return Err(Refusal::invalid("personId and personEmail can be used only together with roomId.").into());
        }
        None => None,
    };
    app.world.read(|organisation| {
        let found: Vec<&Membership> = match room {
            None => organisation.memberships_of(caller).collect(),
            Some(room) => organisation.members(organisation.room(caller, room)?.id).collect(),
        };
        let has_email = |person: PersonId| {
            person_email.is_none_or(|email| organisation.person(person).is_some_and(|person| person.email.eq_ignore_ascii_case(email)))
        };
        let has_id = |person: PersonId| person_id.is_none_or(|id| PersonId::parse(id) == Some(person));
        let found = found.into_iter().filter(|membership| has_id(membership.person) && has_email(membership.person)).collect();
        let (page, next) = params.page("cursor", max, found, |membership: &&Membership| membership.id().key())?;
        Ok(Answer::page(page.into_iter().filter_map(|membership| MembershipAnswer::new(organisation, membership)).collect(), next))
    })
}

pub(super) async fn create_membership(
    State(app): State<App>,
    Caller(caller): Caller,
    fields: Fields,
) -> Result<Answer<MembershipAnswer>, ApiError> {
    let room = fields.text("roomId")?.ok_or_else(|| Refusal::invalid("roomId cannot be null"))?;
    let room = RoomId::parse(room).ok_or_else(|| Refusal::not_found("Add participant failed."))?;
    let invitee = match (fields.text("personId")?, fields.text("personEmail")?) {
        (Some(id), None) => Invitee::Id(id),
        (None, Some(email)) => Invitee::Address(email),
        _ => return Err(Refusal::invalid("Must specify either personId or personEmail.").into()),
    };
    let is_moderator = fields.flag("isModerator")?.unwrap_or_default();
    app.world.change(|organisation| {
        let membership = organisation.add_member(caller, room, invitee, is_moderator)?;
        answer(organisation, &membership)
    })
}

fn membership_id(text: &str) -> Result<MembershipId, ApiError> {
    MembershipId::parse(text).ok_or_else(|| no_such_membership().into())
}

pub(super) async fn get_membership(
    State(app): State<App>,
    Caller(caller): Caller,
    Segment(id): Segment,
) -> Result<Answer<MembershipAnswer>, ApiError> {
    let id = membership_id(&id)?;
    app.world.read(|organisation| answer(organisation, organisation.membership(caller, id)?))
}

pub(super) async fn change_membership(
    State(app): State<App>,
    Caller(caller): Caller,
    Segment(id): Segment,
    fields: Fields,
) -> Result<Answer<MembershipAnswer>, ApiError> {
    let id = membership_id(&id)?;
    let (is_moderator, is_hidden) = (fields.flag("isModerator")?, fields.flag("isRoomHidden")?);
    if is_moderator.is_none() && is_hidden.is_none() {
        return Err(Refusal::invalid("isModerator cannot be null").into());
    }
    app.world.change(|organisation| {
        let membership = organisation.change_membership(caller, id, is_moderator, is_hidden)?;
        answer(organisation, &membership)
    })
}

pub(super) async fn delete_membership(
    State(app): State<App>,
    Caller(caller): Caller,
    Segment(id): Segment,
) -> Result<StatusCode, ApiError> {
    let id = MembershipId::parse(&id).ok_or_else(|| Refusal::not_found("User is not a participant of the room."))?;
    app.world.change(|organisation| organisation.delete_membership(caller, id))?;
    Ok(StatusCode::NO_CONTENT)
}
