//! The owner's page around this one, where there is one: what it is told, and what it asks. It speaks through a script in
//! `index.html`, which knows whom to trust; the other half is `frontend/embed/protocol.js`.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Element;

use super::window::document;

/// The event by which the owner's page ends the guest's session.
pub const LOGOUT: &str = "portal-logout";

/// Tells the owner's page something.
pub fn tell(what: &str, value: &JsValue) {
    let tell = Reflect::get(&js_sys::global(), &JsValue::from_str("tellHost")).ok();
    if let Some(tell) = tell.and_then(|tell| tell.dyn_into::<Function>().ok()) {
        let _ = tell.call2(&JsValue::NULL, &JsValue::from_str(what), value);
    }
}

/// What the link or the owner's page says of the guest, such as their name; empty if nothing.
pub fn given(what: &str) -> String {
    root().and_then(|root| root.get_attribute(&("data-".to_owned() + what))).unwrap_or_default()
}

/// Waits until everything is there that the page around this one asks for; answers whether it could say who the guest is, where it
/// wanted to.
pub async fn prepared() -> bool {
    let promise = Reflect::get(&js_sys::global(), &JsValue::from_str("prepared")).ok();
    let Some(promise) = promise.and_then(|promise| promise.dyn_into::<Promise>().ok()) else { return true };
    JsFuture::from(promise).await.is_ok()
}

/// Leaves a sentence for a script that has no words of its own (frontend/frame).
pub fn leave_word(what: &str, text: &str) {
    if let Some(root) = root() {
        let _ = root.set_attribute(&("data-".to_owned() + what), text);
    }
}

/// Whether the owner's page has said who the guest is.
pub fn is_identified() -> bool {
    root().is_some_and(|root| root.has_attribute("data-identified"))
}

/// Whether the owner's page has put the chat away.
pub fn is_away() -> bool {
    root().is_some_and(|root| root.has_attribute("data-away"))
}

fn root() -> Option<Element> {
    document()?.document_element()
}
