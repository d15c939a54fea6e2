//! `/messages`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::Value;

use super::answer::{Answer, ApiError, Items};
use super::caller::Caller;
use super::fields::Fields;
use super::file_by_url;
use super::paging::Params;
use super::rooms::{kind_word, room_id};
use super::segment::Segment;
use super::upload::Upload;
use super::webhooks::refuse_strange_pages;
use crate::app::App;
use crate::content::{Written, check_card};
use crate::ids::{ContentId, MessageId, PersonId, RoomId};
use crate::moment::Moment;
use crate::state::{Destination, Message, NewMessage, Organisation, Refusal, Window};

/// Nobody says how many `max` may be; a thousand work.
const MAX_PAGE: usize = 1000;
/// With `mentionedPeople` it is said.
const MAX_MENTIONS_PAGE: usize = 100;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageAnswer {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<String>,
    room_id: String,
    room_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_person_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_person_email: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<String>,
    person_id: String,
    person_email: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mentioned_people: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mentioned_groups: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Value>,
    created: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<Moment>,
}

impl MessageAnswer {
    fn new(organisation: &Organisation, message: &Message, viewer: PersonId, params: &Params) -> Self {
        let (content, cluster) = (&message.content, organisation.cluster());
        Self {
            id: message.id.public(cluster),
            parent_id: message.parent.map(|parent| parent.public(cluster)),
            room_id: message.room.public(cluster),
            room_type: organisation.room(viewer, message.room).map(kind_word).unwrap_or("group"),
            to_person_id: None,
            to_person_email: None,
            files: (0..message.files.len())
                .map(|index| format!("{}/{}", params.contents_base(), ContentId { message: message.id, index }.public(cluster)))
                .collect(),
            text: content.text.clone(),
            markdown: content.markdown.clone(),
            html: content.html.clone(),
            person_id: message.author.public(),
            person_email: organisation.email_of(message.author),
            mentioned_people: content.mentioned_people.iter().map(|id| id.public()).collect(),
            mentioned_groups: if content.mentions_all { vec!["all"] } else { Vec::new() },
            attachments: content.cards.clone(),
            created: message.created,
            updated: message.updated,
        }
    }
}

fn message_id(text: &str) -> Result<MessageId, ApiError> {
    MessageId::parse(text).ok_or_else(|| Refusal::no_such_resource().into())
}

pub(super) async fn list_messages(
    State(app): State<App>,
    Caller(caller): Caller,
    params: Params,
) -> Result<Answer<Items<MessageAnswer>>, ApiError> {
    let room = params.get("roomId").ok_or_else(|| Refusal::invalid("Required String parameter 'roomId' is not present"))?;
    let room = room_id(room)?;
    let mentioning = match params.get("mentionedPeople") {
        None => None,
        Some(person) if person == "me" || PersonId::parse(person) == Some(caller) => Some(caller),
        Some(_) => return Err(Refusal::invalid("mentionedPeople may name only oneself.").into()),
    };
    let limit = if mentioning.is_some() { MAX_MENTIONS_PAGE } else { MAX_PAGE };
    let window = Window {
        before: params
            .get("before")
            .map(|before| Moment::parse(before).ok_or_else(|| Refusal::invalid("before is not a date.")))
            .transpose()?,
        before_message: params.get("beforeMessage").map(message_id).transpose()?,
        parent: params.get("parentId").map(message_id).transpose()?,
        mentioning,
        max: params.max(50, limit)?,
    };
    app.world.read(|organisation| {
        let (page, has_more) = organisation.list_messages(caller, room, &window)?;
        let last = page.last().filter(|_| has_more).map(|message| message.id.public(organisation.cluster()));
        let next = last.and_then(|cursor| params.next(&[("max", &window.max.to_string()), ("beforeMessage", &cursor)]));
        Ok(Answer::page(page.into_iter().map(|message| MessageAnswer::new(organisation, message, caller, &params)).collect(), next))
    })
}

pub(super) async fn list_direct_messages(
    State(app): State<App>,
    Caller(caller): Caller,
    params: Params,
) -> Result<Answer<Items<MessageAnswer>>, ApiError> {
    let window = Window { parent: params.get("parentId").map(message_id).transpose()?, max: usize::MAX, ..Window::default() };
    app.world.read(|organisation| {
        let partner = match (params.get("personId"), params.get("personEmail")) {
            (Some(id), None) => organisation.partner_by_id(id)?,
            (None, Some(email)) => organisation.partner_by_address(email)?,
            _ => return Err(Refusal::invalid("Must specify either personId or personEmail.").into()),
        };
        let room = organisation.direct_room(caller, partner);
        let room = room.ok_or_else(|| Refusal::not_found("Failed to get one on one conversation"))?;
        let (all, _) = organisation.list_messages(caller, room, &window)?;
        Ok(Answer::page(all.into_iter().map(|message| MessageAnswer::new(organisation, message, caller, &params)).collect(), None))
    })
}

pub(super) async fn create_message(
    State(app): State<App>,
    Caller(caller): Caller,
    params: Params,
    headers: HeaderMap,
    mut fields: Fields,
) -> Result<Answer<MessageAnswer>, ApiError> {
    if fields.upload.is_some() && fields.has("attachments") {
        return Err(cards_and_files());
    }
    let (destination, written, parent) = (destination(&fields)?, written(&fields)?, fields.owned("parentId")?);
    if let Some(room) = app.world.read(|organisation| organisation.counted_destination(caller, &destination)) {
        app.limits.count_room(&room, app.world.now())?;
    }
    let upload = upload(&app, &headers, &mut fields).await?;
    if upload.is_some() && !written.cards.is_empty() {
        return Err(cards_and_files());
    }
    let new = NewMessage { destination, parent, written, files: upload.iter().map(|upload| upload.file.clone()).collect() };
    app.world.change(|organisation| {
        let message = organisation.post(caller, new)?;
        if let Some(upload) = upload {
            upload.kept.keep();
        }
        let answer = MessageAnswer::new(organisation, &message, caller, &params);
        Ok(Answer::new(MessageAnswer {
            to_person_id: fields.owned("toPersonId")?,
            to_person_email: fields.owned("toPersonEmail")?,
            ..answer
        }))
    })
}

fn destination(fields: &Fields) -> Result<Destination, ApiError> {
    match (fields.owned("roomId")?, fields.owned("toPersonId")?, fields.owned("toPersonEmail")?) {
        (Some(room), None, None) => Ok(Destination::Room(room)),
        (None, Some(person), None) => Ok(Destination::Person(person)),
        (None, None, Some(email)) => Ok(Destination::Address(email)),
        _ => Err(Refusal::invalid(
            "Message destination could not be determined. Provide only one destination in the roomId, toPersonEmail, or toPersonId field",
        )
        .into()),
    }
}

fn cards_and_files() -> ApiError {
    Refusal::invalid("Attachments cannot be combined with files.").into()
}

/// The file of a message: sent along, or fetched from the one address that is named.
async fn upload(app: &App, headers: &HeaderMap, fields: &mut Fields) -> Result<Option<Upload>, ApiError> {
    let sent = fields.upload.take();
    let url = match (fields.list("files")?, &sent) {
        ([], _) => return Ok(sent),
        ([Value::String(url)], None) => url,
        ([_], None) => return Err(ApiError::malformed()),
        _ => return Err(Refusal::invalid("Only one file is allowed per message.").into()),
    };
    refuse_strange_pages(headers)?;
    file_by_url::fetch(app, url).await.map(Some)
}

fn written(fields: &Fields) -> Result<Written, ApiError> {
    let cards = fields.list("attachments")?.to_vec();
    if cards.len() > 1 {
        return Err(Refusal::invalid("Only one attachment is allowed per message.").into());
    }
    cards.iter().try_for_each(check_card).map_err(Refusal::invalid)?;
    Ok(Written { text: fields.owned("text")?, markdown: fields.owned("markdown")?, html: fields.owned("html")?, cards })
}

pub(super) async fn get_message(
    State(app): State<App>,
    Caller(caller): Caller,
    Segment(id): Segment,
    params: Params,
) -> Result<Answer<MessageAnswer>, ApiError> {
    let id = message_id(&id)?;
    app.world.read(|organisation| {
        let message = organisation.message(caller, id)?;
        Ok(Answer::new(MessageAnswer::new(organisation, message, caller, &params)))
    })
}

pub(super) async fn edit_message(
    State(app): State<App>,
    Caller(caller): Caller,
    Segment(id): Segment,
    params: Params,
    fields: Fields,
) -> Result<Answer<MessageAnswer>, ApiError> {
    let id = message_id(&id)?;
    let room = fields.text("roomId")?.ok_or_else(|| Refusal::invalid("roomId cannot be null"))?;
    let room = RoomId::parse(room).ok_or_else(Refusal::no_such_room)?;
    let written = written(&fields)?;
    app.limits.count_room(&app.world.read(|organisation| organisation.counted_room(room)), app.world.now())?;
    app.world.change(|organisation| {
        let message = organisation.edit(caller, id, room, written)?;
        Ok(Answer::new(MessageAnswer::new(organisation, &message, caller, &params)))
    })
}

pub(super) async fn delete_message(State(app): State<App>, Caller(caller): Caller, Segment(id): Segment) -> Result<StatusCode, ApiError> {
    let id = message_id(&id)?;
    app.world.change(|organisation| organisation.delete_message(caller, id))?;
    Ok(StatusCode::NO_CONTENT)
}
