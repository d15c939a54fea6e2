//! The page: sign-in or chat.

use wasm_bindgen::JsValue;
use web_sys::HtmlElement;

use crate::chat::chat;
use crate::composer::early;
use crate::platform::{host, window};
use crate::portal::Portal;
use crate::sign_in::{self, sign_in_view};
use crate::ui::element::element;
use crate::ui::reactive::{Derived, watch};
use crate::words::words;

/// Draws the page into its root, as long as the page is there. What `index.html` drew goes; the conversation of who was here
/// before lies over what is being drawn until that can be used, see [`early::uncover`].
pub fn app(portal: Portal, root: &HtmlElement) {
    let is_signed_in = Derived::new(move || portal.session.with(Option::is_some));
    watch(move || {
        let words = words();
        let unread = portal.rooms.with(crate::rooms::Rooms::total_unread);
        let name = portal.profile.with(|profile| profile.as_ref().map_or_else(|| words.chat().to_owned(), |profile| profile.name.clone()));
        let title = if unread > 0 { "(".to_owned() + &unread.to_string() + ") " + &name } else { name };
        window::set_title(&title, words.lang, words.dir());
        host::tell("unread", &JsValue::from_f64(unread as f64));
    });
    early::begin(root);
    let page = element("div", "page").holding(move || {
        if is_signed_in.get() {
            return Some(chat(portal));
        }
        early::uncover(portal);
        if window::has_fine_pointer() {
            window::focus_soon(sign_in::state::NAME_ID);
        }
        let typed = move |name| portal.sign_in.update(|sign_in| sign_in.typed(name));
        Some(sign_in_view(portal, typed, move || sign_in::effects::submit(portal)))
    });
    if let Some(page) = page.done() {
        let _ = root.append_child(&page);
    }
}
