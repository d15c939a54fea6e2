//! Who is writing just now; and telling the others in a room that the guest is, and what they have read.

use shared::{Author, MessageId, PersonId, RoomId, path};

use crate::api::json::Json;
use crate::platform::task::spawn;
use crate::platform::{clock, window};
use crate::portal::Portal;
use crate::ui::element::{Drawn, element};
use crate::words::words;

/// Webex's apps say it again every few seconds: silence for so long means that somebody has stopped.
const FADES_MILLIS: u32 = 12_000;

/// That the guest goes on writing is said again so often.
const SAY_AGAIN_SECS: u32 = 4;

/// The guest has written something, or nothing is left of it.
pub fn tell(portal: Portal, room_id: &RoomId, is_typing: bool) {
    let now = if is_typing { (clock::now().as_millis() / 1000) as u32 } else { 0 };
    let told_at = portal.typing_told_at.get_untracked();
    let is_news = if is_typing { now >= told_at.saturating_add(SAY_AGAIN_SECS) } else { told_at > 0 };
    if is_news && is_heard(portal, room_id) {
        portal.typing_told_at.set(now);
        say(portal, path::room_typing(room_id), ("is_typing", Json::Flag(is_typing)));
    }
}

/// The guest sees everything up to a message.
pub fn tell_read(portal: Portal, room_id: &RoomId, message_id: &MessageId) {
    if is_heard(portal, room_id) {
        say(portal, path::room_read(room_id), ("message_id", Json::of(message_id.as_str())));
    }
}

/// Whether the others in a room hear of it.
fn is_heard(portal: Portal, room_id: &RoomId) -> bool {
    portal.rooms.with_untracked(|rooms| rooms.open_room().is_some_and(|room| room.id == *room_id && room.can.typing))
}

/// Nobody minds if it gets lost.
fn say(portal: Portal, path: String, field: (&'static str, Json)) {
    spawn(async move { drop(portal.client().tell(&path, &[field]).await) });
}

/// Somebody who is writing.
pub struct Typist {
    person: Author,
    /// How often they were heard.
    heard: u32,
}

/// Somebody writes in a room, or has stopped.
pub fn heard(portal: Portal, room_id: &RoomId, person: Author, is_typing: bool) {
    let is_open = portal.rooms.with_untracked(|rooms| rooms.open_room().is_some_and(|room| room.id == *room_id));
    if !is_typing || !is_open || portal.me().as_ref() == Some(&person.person_id) {
        return stopped(portal, &person.person_id);
    }
    let person_id = person.person_id.clone();
    let heard = portal.typing.update(|typing| match typing.iter_mut().find(|typist| typist.person.person_id == person_id) {
        Some(typist) => {
            typist.heard += 1;
            typist.heard
        }
        None => {
            typing.push(Typist { person, heard: 0 });
            0
        }
    });
    window::after(FADES_MILLIS, move || take_out(portal, &person_id, Some(heard)));
}

/// Somebody has stopped writing, or has sent what they wrote.
pub fn stopped(portal: Portal, person_id: &PersonId) {
    take_out(portal, person_id, None);
}

fn take_out(portal: Portal, person_id: &PersonId, heard: Option<u32>) {
    let is_it = |typist: &Typist| typist.person.person_id == *person_id && heard.is_none_or(|heard| heard == typist.heard);
    if portal.typing.with_untracked(|typing| typing.iter().any(is_it)) {
        portal.typing.update(|typing| typing.retain(|typist| !is_it(typist)));
    }
}

/// Says who is writing.
pub fn typing_line(portal: Portal) -> Option<Drawn> {
    let sentence = portal.typing.with(|typing| match typing.as_slice() {
        [] => None,
        [one] => Some(words().typing(&one.person.display_name)),
        _ => Some(words().typing_several().to_owned()),
    })?;
    let dots = element("span", "chat__dots").children((0..3).map(|_| element("span", "")));
    Some(element("p", "chat__typing").child(dots).child(element("span", "").text(&sentence)))
}
