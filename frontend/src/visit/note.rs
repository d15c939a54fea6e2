//! A message that is left where guests do not write otherwise.

use shared::RoomId;
use wasm_bindgen::JsCast;
use web_sys::HtmlTextAreaElement;

use crate::platform::task::spawn;
use crate::platform::window;
use crate::portal::Portal;
use crate::ui::announcer::announce;
use crate::ui::dialog::{dialog, open_dialog};
use crate::ui::element::{Drawn, element};
use crate::ui::reactive::Signal;
use crate::ui::{Icon, button};
use crate::words::words;

const DIALOG_ID: &str = "note";
const TEXT_ID: &str = "note-text";

/// The button that opens the dialog.
pub fn note_button() -> Drawn {
    button("button button--large", words().leave_note(), Some(Icon::Chat)).on("click", |_| open_dialog(DIALOG_ID, true))
}

/// The dialog of a room, closed.
pub fn note_dialog(portal: Portal, room_id: RoomId) -> Drawn {
    let is_sending = Signal::new(false);
    let said = Signal::new(String::new());
    let send = move |_| {
        let Some(text_box) = window::element(TEXT_ID).and_then(|found| found.dyn_into::<HtmlTextAreaElement>().ok()) else { return };
        let (room_id, text) = (room_id.clone(), text_box.value());
        if is_sending.get_untracked() {
            return;
        }
        is_sending.set(true);
        spawn(async move {
            let answer = portal.client().leave_note(&room_id, &text).await;
            is_sending.set(false);
            match answer {
                Ok(()) => {
                    text_box.set_value("");
                    said.set(String::new());
                    open_dialog(DIALOG_ID, false);
                    portal.note_told.set(true);
                    announce(words().note_left());
                }
                Err(error) => said.set(error.sentence()),
            }
        });
    };
    let text_box = element("textarea", "field__box visit__note")
        .with("id", TEXT_ID)
        .with("dir", "auto")
        .with("rows", "5")
        .with("maxlength", "4000")
        .with("aria-describedby", "note-hint")
        .on("input", move |_| said.set(String::new()));
    let field = element("div", "field")
        .child(element("label", "field__label").with("for", TEXT_ID).text(words().note_label()))
        .child(text_box)
        .child(element("p", "field__hint").with("id", "note-hint").text(words().note_hint()))
        .child(element("p", "visit__problem").with("role", "alert").saying(move || said.get()));
    let send = button("button button--primary", words().send_note(), None).busy_while(move || is_sending.get()).on("click", send);
    let back = button("button", words().not_now(), None).on("click", move |_| open_dialog(DIALOG_ID, false));
    dialog(DIALOG_ID, words().leave_note()).child(field).child(element("div", "dialog__buttons").child(back).child(send))
}

/// What is said once a message was left.
pub fn told(portal: Portal) -> Option<Drawn> {
    portal.note_told.get().then(|| element("p", "chat__note").with("role", "status").text(words().note_left()))
}
