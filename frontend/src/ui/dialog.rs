//! A question that must be answered first, or something to look at. The browser's own dialog keeps the
//! focus inside, closes on Escape and gives the focus back.

use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlDialogElement, MouseEvent};

use super::element::{Drawn, element};
use crate::platform::window;

/// A dialog that is closed; its title is its name.
pub fn dialog(id: &str, title: &str) -> Drawn {
    let title_id = id.to_owned() + "-title";
    let dialog = element("dialog", "dialog").with("id", id).with("aria-labelledby", &title_id).on("click", pressed);
    dialog.child(element("h2", "dialog__title").with("id", &title_id).text(title))
}

/// A press beside a dialog closes it. Not every browser does that by itself.
fn pressed(event: Event) {
    let dialog = event.target().and_then(|target| target.dyn_into::<HtmlDialogElement>().ok());
    if let Some((dialog, press)) = dialog.zip(event.dyn_ref::<MouseEvent>()) {
        let place = dialog.get_bounding_client_rect();
        let (x, y) = (f64::from(press.client_x()), f64::from(press.client_y()));
        if x < place.left() || x > place.right() || y < place.top() || y > place.bottom() {
            dialog.close();
        }
    }
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
