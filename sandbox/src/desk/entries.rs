//! Messages as the desk draws them.

use serde::Serialize;
use serde_json::Value;

use crate::content::Run;
use crate::ids::{ContentId, MessageId, PersonId, RoomId};
use crate::moment::Moment;
use crate::state::{Gap, Message, Organisation, Person, ticks};

/// Newest messages of a room that the desk draws.
const SHOWN: usize = 500;
/// How much of a message stands above its answers.
const QUOTED_CHARACTERS: usize = 120;

/// One message, or the place of one that was taken back.
#[derive(Serialize)]
pub(super) struct Entry {
    id: String,
    author: String,
    is_own: bool,
    is_guest: bool,
    is_edited: bool,
    is_deleted: bool,
    /// Own words without files.
    can_edit: bool,
    text: String,
    runs: Vec<Run>,
    /// What was typed, where it can be edited.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<Answered>,
    files: Vec<FileCard>,
    /// Adaptive Cards.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cards: Vec<Value>,
    created: Moment,
}

/// What a reply replies to.
#[derive(Serialize)]
struct Answered {
    id: String,
    /// Missing where it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<String>,
    text: String,
}

#[derive(Serialize)]
struct FileCard {
    id: String,
    name: String,
    media_type: String,
    size: u64,
}

/// The newest, the oldest of them first.
pub(super) fn timeline(organisation: &Organisation, room: RoomId, viewer: PersonId) -> Vec<Entry> {
    let messages = organisation.whole_timeline(room).rev().take(SHOWN).map(|message| (message.id, entry(organisation, message, viewer)));
    let mut entries: Vec<(MessageId, Entry)> = messages.collect();
    let first = entries.last().map(|(id, _)| ticks(id.uuid())).filter(|_| entries.len() == SHOWN).unwrap_or_default();
    let gaps = organisation.gaps(room).filter(|gap| ticks(gap.id.uuid()) > first);
    entries.extend(gaps.map(|gap| (gap.id, gap_entry(organisation, gap, viewer))));
    entries.sort_by_key(|(id, _)| ticks(id.uuid()));
    entries.into_iter().map(|(_, entry)| entry).collect()
}

pub(super) fn entry(organisation: &Organisation, message: &Message, viewer: PersonId) -> Entry {
    let author = organisation.person(message.author);
    let content = &message.content;
    let is_own = message.author == viewer;
    let cluster = organisation.cluster();
    let can_edit = is_own && message.files.is_empty() && content.cards.is_empty();
    let file = |(index, file): (usize, &crate::state::StoredFile)| FileCard {
        id: ContentId { message: message.id, index }.public(cluster),
        name: file.name.clone(),
        media_type: file.media_type.clone(),
        size: file.size,
    };
    Entry {
        id: message.id.public(cluster),
        author: author.map(|person| person.display_name.clone()).unwrap_or_default(),
        is_own,
        is_guest: author.is_some_and(Person::is_guest),
        is_edited: message.updated.is_some(),
        is_deleted: false,
        can_edit,
        text: summary(message),
        runs: content.runs(),
        source: can_edit.then(|| content.markdown.clone().or_else(|| content.text.clone())).flatten(),
        answers: message.parent.map(|parent| answered(organisation, parent)),
        files: message.files.iter().enumerate().map(file).collect(),
        cards: content.cards.iter().filter_map(|card| card.get("content").cloned()).collect(),
        created: message.created,
    }
}

fn gap_entry(organisation: &Organisation, gap: &Gap, viewer: PersonId) -> Entry {
    let author = organisation.person(gap.author);
    Entry {
        id: gap.id.public(organisation.cluster()),
        author: author.map(|person| person.display_name.clone()).unwrap_or_default(),
        is_own: gap.author == viewer,
        is_guest: author.is_some_and(Person::is_guest),
        is_edited: false,
        is_deleted: true,
        can_edit: false,
        text: String::new(),
        runs: Vec::new(),
        source: None,
        answers: None,
        files: Vec::new(),
        cards: Vec::new(),
        created: gap.created,
    }
}

fn answered(organisation: &Organisation, id: MessageId) -> Answered {
    let public_id = id.public(organisation.cluster());
    match organisation.any_message(id) {
        None => Answered { id: public_id, author: None, text: String::new() },
        Some(message) => Answered {
            id: public_id,
            author: Some(organisation.name_of(message.author)),
            text: summary(message).chars().take(QUOTED_CHARACTERS).collect(),
        },
    }
}

/// In one line; a file without words is its name.
fn summary(message: &Message) -> String {
    let text = message.content.text.clone().unwrap_or_default();
    if text.is_empty() { message.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", ") } else { text }
}
