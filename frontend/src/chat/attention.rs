//! Calls the guest who looks elsewhere: by a sound, and on the portal's own page by a notification.

use shared::Message;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

use super::view::site_name_now;
use crate::platform::task::spawn;
use crate::platform::{sound, storage, window};
use crate::portal::Portal;
use crate::timeline::rich_text::plain;
use crate::words::words;

/// Where the browser keeps what the guest has chosen.
const SOUND: &str = "gp:sound";
const NOTIFY: &str = "gp:notify";
const OFF: &str = "off";
const ON: &str = "on";

/// What the guest chose last time; a sound unless they want none.
pub fn restore(portal: Portal) {
    portal.has_sound.set(storage::get(SOUND).as_deref() != Some(OFF));
    portal.notifies.set(storage::get(NOTIFY).as_deref() == Some(ON) && is_granted());
}

/// Somebody else said something.
pub fn call(portal: Portal, message: &Message) {
    if !window::is_hidden() && window::has_focus() {
        return;
    }
    if portal.has_sound.get_untracked() {
        sound::chime();
    }
    if portal.notifies.get_untracked() && is_granted() {
        let options = NotificationOptions::new();
        options.set_body(&words().said(&message.author.display_name, &plain(&message.content)));
        // One at a time.
        options.set_tag("guest-portal");
        if let Ok(notification) = Notification::new_with_options(&site_name_now(portal), &options) {
            window::focus_on_click(&notification);
        }
    }
}

/// The guest wants a sound, or none.
pub fn set_sound(portal: Portal, is_on: bool) {
    portal.has_sound.set(is_on);
    storage::set(SOUND, if is_on { ON } else { OFF });
    if is_on {
        sound::chime();
    }
}

/// Whether notifications are offered: browsers let no frame of another page ask.
pub fn can_notify() -> bool {
    !window::is_framed() && window::knows("Notification")
}

/// The guest wants notifications, or none. The browser asks them, too.
pub fn set_notify(portal: Portal, is_on: bool) {
    storage::set(NOTIFY, if is_on { ON } else { OFF });
    if !is_on || is_granted() {
        return portal.notifies.set(is_on);
    }
    spawn(async move {
        if let Ok(asked) = Notification::request_permission() {
            let _ = JsFuture::from(asked).await;
        }
        portal.notifies.set(is_granted());
        if !is_granted() {
            portal.tell(words().notify_refused().to_owned());
        }
    });
}

fn is_granted() -> bool {
    can_notify() && Notification::permission() == NotificationPermission::Granted
}
