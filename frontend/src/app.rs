//! The page: sign-in or chat.

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::chat::chat;
use crate::composer::early;
use crate::platform::window;
use crate::portal::Portal;
use crate::sign_in::{self, sign_in_view};
use crate::ui::element::existing;
use crate::ui::reactive::{Derived, watch};
use crate::words::words;

/// Draws the page into its root, in place of what stands there, as long as the page is there.
pub fn app(portal: Portal, root: HtmlElement) {
    let is_signed_in = Derived::new(move || portal.session.with(Option::is_some));
    watch(move || {
        let words = words();
        let unread = portal.rooms.with(crate::rooms::Rooms::total_unread);
        let name = portal.profile.with(|profile| profile.as_ref().map_or_else(|| words.chat().to_owned(), |profile| profile.name.clone()));
        let title = if unread > 0 { "(".to_owned() + &unread.to_string() + ") " + &name } else { name };
        window::set_title(&title, words.lang, words.dir());
    });
    portal.early.set(early::read());
    let _ = root.remove_attribute(early::GUEST);
    existing(root.unchecked_into()).live(move |root| {
        root.empty();
        if is_signed_in.get() {
            root.clone().child(chat(portal));
            return;
        }
        if window::has_fine_pointer() {
            window::focus_soon(sign_in::state::NAME_ID);
        }
        let typed = move |name| portal.sign_in.update(|sign_in| sign_in.typed(name));
        root.clone().child(sign_in_view(portal, typed, move || sign_in::effects::submit(portal)));
    });
}
