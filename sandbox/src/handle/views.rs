//! What tests see: rooms, people and messages in plain words.

use crate::app::App;
use crate::ids::ContentId;
use crate::state::{Message, Organisation, Room};

/// A room as the archive has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomView {
    /// Its Webex id.
    pub id: String,
    /// Its title; of a direct room the two names, joined by ` & `.
    pub title: String,
    /// Whether it is a conversation of two.
    pub is_direct: bool,
    /// Who is in it.
    pub members: Vec<MemberView>,
    /// `…Z`, as Webex writes it.
    pub last_activity: String,
}

/// Somebody in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberView {
    /// Their Webex id.
    pub person_id: String,
    /// Their name.
    pub display_name: String,
    /// Their address.
    pub email: String,
}

/// A message as the archive has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageView {
    /// Its Webex id.
    pub id: String,
    /// The room it is in.
    pub room_id: String,
    /// The message it replies to.
    pub parent_id: Option<String>,
    /// Who wrote it.
    pub person_id: String,
    /// Their name.
    pub author: String,
    /// Their address.
    pub email: String,
    /// Its plain text.
    pub text: String,
    /// Its markdown, if it was written so.
    pub markdown: Option<String>,
    /// Its HTML, if it has any.
    pub html: Option<String>,
    /// Its files.
    pub files: Vec<FileView>,
    /// `…Z`, as Webex writes it.
    pub created: String,
    /// Set once it was edited.
    pub updated: Option<String>,
}

/// A file of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileView {
    /// What it is called.
    pub name: String,
    /// What its sender says it is, e.g. `text/plain`.
    pub media_type: String,
    /// How many bytes it has.
    pub size: u64,
    /// Where Webex gives it to members of its room.
    pub url: String,
}

pub(super) fn room_view(organisation: &Organisation, room: &Room) -> RoomView {
    let members: Vec<MemberView> = organisation
        .members(room.id)
        .filter_map(|membership| organisation.person(membership.person))
        .map(|person| MemberView { person_id: person.id.public(), display_name: person.display_name.clone(), email: person.email.clone() })
        .collect();
    let names: Vec<&str> = members.iter().map(|member| member.display_name.as_str()).collect();
    let title = if room.is_direct() { names.join(" & ") } else { room.title.clone() };
    RoomView {
        id: room.id.public(organisation.cluster()),
        title,
        is_direct: room.is_direct(),
        members,
        last_activity: room.last_activity.to_string(),
    }
}

pub(super) fn message_view(app: &App, organisation: &Organisation, message: &Message) -> MessageView {
    let author = organisation.person(message.author);
    let (api_base, cluster) = (app.api_base(organisation.cloud()), organisation.cluster());
    let files = message.files.iter().enumerate().map(|(index, file)| FileView {
        name: file.name.clone(),
        media_type: file.media_type.clone(),
        size: file.size,
        url: format!("{api_base}/contents/{}", ContentId { message: message.id, index }.public(cluster)),
    });
    MessageView {
        id: message.id.public(cluster),
        room_id: message.room.public(cluster),
        parent_id: message.parent.map(|parent| parent.public(cluster)),
        person_id: message.author.public(),
        author: author.map(|person| person.display_name.clone()).unwrap_or_default(),
        email: author.map(|person| person.email.clone()).unwrap_or_default(),
        text: message.content.text.clone().unwrap_or_default(),
        markdown: message.content.markdown.clone(),
        html: message.content.html.clone(),
        files: files.collect(),
        created: message.created.to_string(),
        updated: message.updated.map(|updated| updated.to_string()),
    }
}
