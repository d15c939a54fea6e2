//! Where the guest is writing, in the text box itself.

use js_sys::JsString;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlTextAreaElement};

use super::view::MESSAGE_ID;
use crate::platform::window;

/// The text box, if it is in the page.
pub fn text_box() -> Option<HtmlTextAreaElement> {
    window::element(MESSAGE_ID)?.dyn_into().ok()
}

/// What stands before the caret.
pub fn before() -> Option<String> {
    let text_box = text_box()?;
    let end = text_box.selection_start().ok()??;
    Some(JsString::from(text_box.value()).slice(0, end).into())
}

/// Writes text in the place of what is selected and of so many UTF-16 units before it, as the guest would.
pub fn insert(text: &str, instead_of: u32) {
    let Some(text_box) = text_box() else { return };
    if let (Ok(Some(start)), Ok(Some(end))) = (text_box.selection_start(), text_box.selection_end()) {
        let _ = text_box.set_range_text_with_start_and_end_and_mode(text, start.saturating_sub(instead_of), end, "end");
        let _ = Event::new("input").and_then(|event| text_box.dispatch_event(&event));
    }
}

/// Writes text on a line of its own below what stands in the box, and goes on there. Whether there is a box.
pub fn append(text: &str) -> bool {
    let Some(text_box) = text_box() else { return false };
    let end = text_box.text_length();
    let _ = (text_box.focus(), text_box.set_selection_range(end, end));
    if end > 0 {
        insert("\n", 0);
    }
    insert(text, 0);
    true
}
