//! Where the guest is writing, in the text box itself.

use js_sys::JsString;
use wasm_bindgen::JsCast;
use web_sys::HtmlTextAreaElement;

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

/// Puts text in the place of what is selected and of so many UTF-16 units before it; what stands in the box then.
pub fn insert(text: &str, instead_of: u32) -> Option<String> {
    let text_box = text_box()?;
    let (start, end) = (text_box.selection_start().ok()??, text_box.selection_end().ok()??);
    let start = start.saturating_sub(instead_of);
    text_box.set_range_text_with_start_and_end_and_mode(text, start, end, "end").ok()?;
    Some(text_box.value())
}
