//! A question that must be answered first, or something to look at. The browser's own dialog keeps the
//! focus inside, closes on Escape and gives the focus back.

use wasm_bindgen::JsCast;
use web_sys::HtmlDialogElement;

use super::element::{Drawn, element};
use crate::platform::window;

/// A dialog that is closed; its title is its name.
pub fn dialog(id: &str, title: &str) -> Drawn {
    let title_id = id.to_owned() + "-title";
    // `closedby`: a press beside it closes it, too.
    let dialog = element("dialog", "dialog").with("id", id).with("aria-labelledby", &title_id).with("closedby", "any");
    dialog.child(element("h2", "dialog__title").with("id", &title_id).text(title))
}

/// Opens a dialog that is in the page, or closes it.
pub fn open_dialog(id: &str, is_open: bool) {
    let dialog = window::element(id).and_then(|element| element.dyn_into::<HtmlDialogElement>().ok());
    if let Some(dialog) = dialog.filter(|dialog| dialog.open() != is_open) {
        if is_open {
            let _ = dialog.show_modal();
        } else {
            dialog.close();
        }
    }
}
