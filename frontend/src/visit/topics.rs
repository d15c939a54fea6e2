//! The question what a meeting is about.

use shared::{Room, RoomId, Topic};

use super::away;
use super::effects::ask;
use crate::portal::Portal;
use crate::ui::button;
use crate::ui::dialog::{dialog, open_dialog};
use crate::ui::element::{Drawn, element};
use crate::words::words;

const DIALOG_ID: &str = "topics";

/// The guest wants to meet: asks at once, or first what it is about.
pub fn begin(portal: Portal, room_id: &RoomId) {
    if topics(portal, room_id).is_empty() {
        ask(portal, room_id, None);
    } else {
        open_dialog(DIALOG_ID, true);
    }
}

/// The dialog of a room, closed.
pub fn topics_dialog(portal: Portal, room_id: RoomId) -> Drawn {
    let choices = move || {
        let mut is_first = true;
        let choice = |topic: Topic| {
            let here = room_id.clone();
            let choice = button("button visit__choice", &topic.name, None);
            if let Some(away) = &topic.away {
                return choice.with("disabled", "").child(element("span", "visit__closed").text(&away::until(away)));
            }
            // Else a list that scrolls would have the focus first.
            let choice = if std::mem::take(&mut is_first) { choice.with("autofocus", "") } else { choice };
            choice.on("click", move |_| {
                open_dialog(DIALOG_ID, false);
                ask(portal, &here, Some(topic.name.clone()));
            })
        };
        Some(element("div", "visit__choices").children(topics(portal, &room_id).into_iter().map(choice)))
    };
    let back = button("button", words().not_now(), None).on("click", move |_| open_dialog(DIALOG_ID, false));
    dialog(DIALOG_ID, words().topic_question())
        .child(element("div", "").holding(choices))
        .child(element("div", "dialog__buttons").child(back))
}

fn topics(portal: Portal, room_id: &RoomId) -> Vec<Topic> {
    portal
        .rooms
        .with(|rooms| rooms.all().iter().find(|room: &&Room| room.id == *room_id).map(|room| room.topics.clone()))
        .unwrap_or_default()
}
