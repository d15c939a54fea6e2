//! The page: sign-in or chat.

use leptos::prelude::*;

use crate::chat::Chat;
use crate::platform::window;
use crate::portal::Portal;
use crate::sign_in::{self, SignInView};
use crate::view;
use crate::words::words;

/// The page.
#[component]
pub fn App(
    /// Everything the page knows.
    portal: Portal,
) -> impl IntoView {
    let is_signed_in = Memo::new(move |_| portal.session.with(Option::is_some));
    Effect::new(move |_| {
        let words = words();
        let unread = portal.rooms.with(crate::rooms::Rooms::total_unread);
        let name = portal.profile.with(|profile| profile.as_ref().map_or_else(|| words.chat.to_owned(), |profile| profile.name.clone()));
        let title = if unread > 0 { format!("({unread}) {name}") } else { name };
        window::set_title(&title, words.lang, words.dir);
    });
    move || {
        if is_signed_in.get() {
            return view! { <Chat portal={portal} /> }.into_any();
        }
        if window::has_fine_pointer() {
            window::focus_soon(sign_in::view::NAME_ID);
        }
        view! {
            <SignInView
                profile={portal.profile}
                sign_in={portal.sign_in}
                on_type={Callback::new(move |name| portal.sign_in.update(|sign_in| sign_in.typed(name)))}
                on_submit={Callback::new(move |()| sign_in::effects::submit(portal))}
            />
        }
        .into_any()
    }
}
