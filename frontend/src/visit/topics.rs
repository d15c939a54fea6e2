//! The question what a meeting is about.

use shared::RoomId;

use super::effects::ask;
use crate::portal::Portal;
use crate::ui::button;
use crate::ui::dialog::{dialog, open_dialog};
use crate::ui::element::{Drawn, element};
use crate::words::words;

const DIALOG_ID: &str = "topics";

/// The guest wants to meet: asks at once, or first what it is about.
pub fn begin(portal: Portal, room_id: &RoomId) {
    if topics(portal).is_empty() {
        ask(portal, room_id, None);
    } else {
        open_dialog(DIALOG_ID, true);
    }
}

/// The dialog of a room, closed.
pub fn topics_dialog(portal: Portal, room_id: RoomId) -> Drawn {
    let choices = move || {
        let choice = |topic: String| {
            let room_id = room_id.clone();
            button("button visit__choice", &topic, None).on("click", move |_| {
                open_dialog(DIALOG_ID, false);
                ask(portal, &room_id, Some(topic.clone()));
            })
        };
        let mut choices = topics(portal).into_iter().map(choice);
        // Else a list that scrolls would have the focus first.
        let first = choices.next().map(|first| first.with("autofocus", ""));
        Some(element("div", "visit__choices").maybe(first).children(choices))
    };
    let back = button("button", words().not_now, None).on("click", move |_| open_dialog(DIALOG_ID, false));
    dialog(DIALOG_ID, words().topic_question)
        .child(element("div", "").holding(choices))
        .child(element("div", "dialog__buttons").child(back))
}

fn topics(portal: Portal) -> Vec<String> {
    portal.profile.with(|profile| profile.as_ref().map(|profile| profile.topics.clone())).unwrap_or_default()
}
