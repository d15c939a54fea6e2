//! What a webhook's owner is told: the webhook, who did it, and a part of what happened. Never what was said.

use serde::Serialize;

use super::deliver::Delivery;
use crate::ids::ContentId;
use crate::moment::Moment;
use crate::state::{Action, Event, Happened, Membership, Message, Organisation, Room, Webhook};

/// As it goes over the wire. The order of the fields stays, and so do the bytes: receivers verify a signature over them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    id: String,
    name: &'a str,
    target_url: &'a str,
    resource: &'static str,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<&'a str>,
    org_id: String,
    created_by: String,
    app_id: String,
    owned_by: &'static str,
    status: &'static str,
    created: Moment,
    actor_id: String,
    data: Data,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data {
    Message(MessageData),
    Membership(MembershipData),
    Room(RoomData),
    Action(ActionData),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MessageData {
    id: String,
    room_id: String,
    room_type: &'static str,
    person_id: String,
    person_email: String,
    created: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mentioned_people: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mentioned_groups: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MembershipData {
    id: String,
    room_id: String,
    room_type: &'static str,
    person_id: String,
    person_email: String,
    person_display_name: String,
    person_org_id: String,
    is_moderator: bool,
    is_monitor: bool,
    is_room_hidden: bool,
    created: Moment,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RoomData {
    id: String,
    title: String,
    #[serde(rename = "type")]
    kind: &'static str,
    is_locked: bool,
    creator_id: String,
    created: Moment,
    last_activity: Moment,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ActionData {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    message_id: String,
    person_id: String,
    room_id: String,
    created: Moment,
}

/// To everybody who asked to be told of this and may know.
pub(crate) fn deliveries(organisation: &Organisation, happened: &Happened) -> Vec<Delivery> {
    let is_wanted = |webhook: &&Webhook| {
        let filter = webhook.filter.as_ref();
        webhook.is_active
            && happened.audience.contains(&webhook.owner)
            && webhook.topic.is_about(&happened.event)
            && filter.is_none_or(|filter| filter.holds(organisation, webhook.owner, &happened.event))
    };
    organisation.webhooks().filter(is_wanted).map(|webhook| delivery(organisation, webhook, happened)).collect()
}

fn delivery(organisation: &Organisation, webhook: &Webhook, happened: &Happened) -> Delivery {
    let event = &happened.event;
    let envelope = Envelope {
        id: webhook.id.public(),
        name: &webhook.name,
        target_url: &webhook.target_url,
        resource: event.resource(),
        event: event.name(),
        filter: webhook.filter.as_ref().map(|filter| filter.as_str()),
        org_id: organisation.home().public(),
        created_by: webhook.owner.public(),
        app_id: organisation.app_id_of(webhook.owner),
        owned_by: "creator",
        status: "active",
        created: webhook.created,
        actor_id: happened.actor.public(),
        data: data(organisation, webhook, event),
    };
    Delivery {
        webhook: webhook.id,
        target_url: webhook.target_url.clone(),
        resource: event.resource(),
        event: event.name(),
        secret: webhook.secret.clone(),
        body: serde_json::to_vec(&envelope).unwrap_or_default().into(),
    }
}

fn data(organisation: &Organisation, webhook: &Webhook, event: &Event) -> Data {
    match event {
        Event::MessageCreated(message) | Event::MessageUpdated(message) | Event::MessageDeleted(message) => {
            Data::Message(message_data(organisation, message))
        }
        Event::MembershipCreated(membership) | Event::MembershipUpdated { membership, .. } | Event::MembershipDeleted(membership) => {
            Data::Membership(membership_data(organisation, membership))
        }
        Event::RoomCreated(room) | Event::RoomUpdated { room, .. } => Data::Room(room_data(organisation, webhook, room)),
        Event::ActionCreated(action) => Data::Action(action_data(organisation, action)),
    }
}

fn kind(organisation: &Organisation, room: crate::ids::RoomId) -> &'static str {
    if organisation.is_direct(room) { "direct" } else { "group" }
}

fn message_data(organisation: &Organisation, message: &Message) -> MessageData {
    let cluster = organisation.cluster();
    let file = |index| format!("{}/contents/{}", organisation.api_base(), ContentId { message: message.id, index }.public(cluster));
    MessageData {
        id: message.id.public(cluster),
        room_id: message.room.public(cluster),
        room_type: kind(organisation, message.room),
        person_id: message.author.public(),
        person_email: organisation.email_of(message.author),
        created: message.created,
        parent_id: message.parent.map(|parent| parent.public(cluster)),
        mentioned_people: message.content.mentioned_people.iter().map(|person| person.public()).collect(),
        mentioned_groups: if message.content.mentions_all { vec!["all"] } else { Vec::new() },
        files: (0..message.files.len()).map(file).collect(),
    }
}

fn membership_data(organisation: &Organisation, membership: &Membership) -> MembershipData {
    let cluster = organisation.cluster();
    let person = organisation.person(membership.person);
    MembershipData {
        id: membership.id().public(cluster),
        room_id: membership.room.public(cluster),
        room_type: kind(organisation, membership.room),
        person_id: membership.person.public(),
        person_email: organisation.email_of(membership.person),
        person_display_name: organisation.name_of(membership.person),
        person_org_id: person.map(|person| person.organisation.public()).unwrap_or_default(),
        is_moderator: membership.is_moderator,
        is_monitor: false,
        is_room_hidden: membership.is_hidden,
        created: membership.created,
    }
}

fn room_data(organisation: &Organisation, webhook: &Webhook, room: &Room) -> RoomData {
    RoomData {
        id: room.id.public(organisation.cluster()),
        title: organisation.title_for(webhook.owner, room),
        kind: kind(organisation, room.id),
        is_locked: room.is_locked,
        creator_id: room.creator.public(),
        created: room.created,
        last_activity: room.last_activity,
    }
}

fn action_data(organisation: &Organisation, action: &Action) -> ActionData {
    let cluster = organisation.cluster();
    ActionData {
        id: action.id.public(cluster),
        kind: "submit",
        message_id: action.message.public(cluster),
        person_id: action.person.public(),
        room_id: action.room.public(cluster),
        created: action.created,
    }
}
