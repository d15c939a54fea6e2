//! What the guest sees: portal page and widget are one app in two sizes.
//!
//! Modules stand in reading order: the words, the browser ([`platform`]), the portal's API ([`api`]),
//! the parts of any page and what every view is written with ([`ui`]), what the page knows
//! ([`shelf`], [`portal`]), one folder per thing a guest does, and the page ([`app`]).
//! In each folder `state` is plain data tested with `cargo test`, `effects` asks the network and
//! reports back into the state, and `view` draws.

pub mod words;

pub mod platform;

pub mod api;

pub mod ui;

pub mod shelf;

pub mod portal;

pub mod sign_in;

pub mod outbox;

pub mod files;

pub mod visit;

pub mod timeline;

pub mod composer;

pub mod rooms;

pub mod search;

pub mod transcript;

pub mod chat;

pub mod app;

use leptos::prelude::*;
use shared::{SiteId, path};
use wasm_bindgen::JsValue;

use crate::api::Client;
use crate::app::app;
use crate::platform::both::both;
use crate::platform::sleep::sleep;
use crate::platform::{host, window};
use crate::portal::Portal;
use crate::words::choose;

/// The site of a page that neither its address nor the server names: `trunk serve` without a server's help.
const FALLBACK_SITE: &str = "demo";

fn main() {
    #[cfg(debug_assertions)]
    console_error_panic_hook::set_once();
    platform::task::spawn(start());
}

/// Finds out who is there, and only then replaces what `index.html` drew: nothing is seen to jump.
async fn start() {
    let named = || window::meta("guest-portal-site").filter(|site| SiteId::is_well_formed(site)).map(SiteId::new);
    let site_id = path::site_of_page(&window::path()).or_else(named).unwrap_or_else(|| SiteId::new(FALLBACK_SITE));
    // The page's signals live as long as the page.
    let owner = Owner::new();
    owner.set();
    let portal = Portal::new(Client::new(site_id));
    chat::effects::watch_network(portal);
    let client = portal.client();
    let language = choose(&window::parameter("lang"), &window::languages());
    // A language may be worded in the site's own way.
    let own = window::meta("guest-portal-words").unwrap_or_default();
    let own = own.split(' ').find(|file| file.starts_with(language.lang));
    let words = words::load(language, own, async |file| client.words(file).await);
    both(sign_in::effects::look_around(portal), words).await;
    // What was answered is understood: drawing it is a task of its own.
    sleep(0).await;
    if let Some(root) = window::root() {
        // The page draws itself into its root; what is mounted beside it is nothing.
        leptos::mount::mount_to(root.clone(), move || app(portal, &root)).forget();
    }
    host::leave_word("still-there", words::words().still_there());
    host::tell("ready", &JsValue::UNDEFINED);
    std::mem::forget(owner);
}
