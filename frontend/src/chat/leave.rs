//! Leaving for good, after one question.

use crate::platform::task::spawn;
use crate::portal::Portal;
use crate::sign_in;
use crate::ui::button;
use crate::ui::dialog::{dialog, open_dialog};
use crate::ui::element::{Drawn, element};
use crate::ui::reactive::Signal;
use crate::words::words;

/// The id of the dialog, to open it.
pub const LEAVE_ID: &str = "leave";

/// The question, and what follows from *Leave*.
pub fn leave_dialog(portal: Portal) -> Drawn {
    let is_leaving = Signal::new(false);
    let error = Signal::new(String::new());
    let leave = move || {
        if is_leaving.get_untracked() {
            return;
        }
        is_leaving.set(true);
        error.set(String::new());
        spawn(async move {
            // Once it is done, the dialog is gone with the rest of the chat.
            if let Err(why) = sign_in::effects::leave(portal).await {
                is_leaving.set(false);
                error.set(why.sentence());
            }
        });
    };
    let unsent = move || match portal.outbox.with(crate::outbox::Outbox::count_unsent) {
        0 => String::new(),
        count => words().leave_unsent(count),
    };
    let stay = button("button", words().stay(), None).on("click", |_| open_dialog(LEAVE_ID, false));
    let go = button("button button--danger", words().leave(), None).busy_while(move || is_leaving.get()).on("click", move |_| leave());
    dialog(LEAVE_ID, words().leave_question())
        .child(element("p", "dialog__text").text(words().leave_hint()))
        .child(element("p", "dialog__text dialog__text--warning").saying(unsent))
        .child(element("p", "dialog__text dialog__text--warning").with("role", "alert").saying(move || error.get()))
        .child(element("div", "dialog__buttons").child(stay).child(go))
}
