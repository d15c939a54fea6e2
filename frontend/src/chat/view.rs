//! The frame of the chat: what is told on top, spaces at the side, the conversation.

use shared::{Room, RoomId};

use super::conversation::conversation;
use super::effects::open_room;
use super::header::header;
use super::leave::leave_dialog;
use super::state::{Notice, notice};
use crate::composer::early;
use crate::files::effects::LIGHTBOX_ID;
use crate::platform::window;
use crate::portal::Portal;
use crate::rooms::room_list;
use crate::timeline::Timeline;
use crate::ui::announcer::announcer;
use crate::ui::avatar::avatar;
use crate::ui::dialog::open_dialog;
use crate::ui::element::{Drawn, element, later};
use crate::ui::reactive::{Derived, Signal};
use crate::ui::{Icon, Tone, banner, button, picture_button};
use crate::visit::away;
use crate::words::words;

/// The page of a signed-in guest.
pub fn chat(portal: Portal) -> Drawn {
    // Where it is narrow: whether the list covers the conversation.
    let is_list_shown = Signal::new(false);
    // Empty while no room is open.
    let room_id = Derived::new(move || portal.rooms.with(|rooms| rooms.open_room().map(|room| room.id.to_string())).unwrap_or_default());
    let open = move |room_id: &RoomId| {
        is_list_shown.set(false);
        open_room(portal, room_id);
    };
    let side = element("aside", "chat__side")
        .child(element("div", "chat__site").child(element("bdi", "").saying(move || site_name(portal))))
        .child(room_list(portal.rooms, open))
        .child(element("div", "").holding(move || guest(portal)));
    let main = element("main", "chat__main").child(header(portal, is_list_shown)).child(notices(portal)).child(
        element("div", "chat__room").holding_soon(move || {
            let room_id = room_id.get();
            Some(if room_id.is_empty() { nothing(portal) } else { conversation(portal, RoomId::new(room_id)) })
        }),
    );
    element("div", "chat")
        .class_while("chat--list", move || is_list_shown.get())
        .child(side)
        .child(main)
        .child(announcer())
        .child(later(move || leave_dialog(portal)))
        .child(later(lightbox))
}

/// The site's name, as far as known.
pub fn site_name(portal: Portal) -> String {
    portal.profile.with(|profile| profile.as_ref().map_or_else(|| words().chat().to_owned(), |profile| profile.name.clone()))
}

/// The same, for what is written once.
pub fn site_name_now(portal: Portal) -> String {
    portal.profile.with_untracked(|profile| profile.as_ref().map_or_else(|| words().chat().to_owned(), |profile| profile.name.clone()))
}

fn guest(portal: Portal) -> Option<Drawn> {
    portal.session.with(|session| {
        let session = session.as_ref()?;
        let sentence = element("span", "").with("dir", "auto").text(&words().signed_in_as(&session.display_name));
        Some(
            element("p", "chat__guest")
                .child(avatar(&session.display_name, session.person_id.as_ref().map_or(session.guest_id.as_str(), |id| id.as_str())))
                .child(sentence),
        )
    })
}

/// What is told above the conversation.
fn notices(portal: Portal) -> Drawn {
    let is_simulated = move || portal.profile.with(|profile| profile.as_ref().is_some_and(|profile| profile.is_simulated));
    let told = Derived::new(move || {
        let room_id = portal.rooms.with(|rooms| rooms.open_room().map(|room| room.id.clone()));
        let is_stale = room_id.and_then(|room_id| portal.with_timeline(&room_id, Timeline::is_stale));
        portal.connection.with(|connection| notice(*connection, is_stale.unwrap_or_default()))
    });
    let away = move || {
        let sentence = |room: &Room| {
            let away = room.away.as_ref()?;
            let hint = if room.can.write { words().away_write() } else { "" };
            Some(banner(Tone::Quiet, Some(Icon::Clock), &words().sentences(&away::sentence(away), hint)))
        };
        portal.rooms.with(|rooms| rooms.open_room().and_then(sentence))
    };
    element("div", "chat__notices")
        .child(element("div", "").holding(move || is_simulated().then(|| banner(Tone::Quiet, None, words().simulator()))))
        .child(element("div", "").with("role", "status").holding(away))
        .child(element("div", "").with("role", "status").holding(move || told.get().map(draw_notice)))
}

fn draw_notice(notice: Notice) -> Drawn {
    let (icon, text) = match notice {
        Notice::Offline => (Icon::CloudOff, words().offline()),
        Notice::Reconnecting => (Icon::CloudOff, words().reconnecting()),
        Notice::Stale => (Icon::Alert, words().stale()),
        Notice::Forgetful => (Icon::Alert, words().not_kept()),
        Notice::Outdated => {
            let reload = button("banner__button", words().reload(), None).on("click", |_| window::reload());
            return banner(Tone::Quiet, None, words().new_version()).child(reload);
        }
    };
    banner(Tone::Warning, Some(icon), text)
}

fn nothing(portal: Portal) -> Drawn {
    early::uncover(portal);
    let text = move || portal.rooms.with(|rooms| if rooms.is_known() { words().no_spaces() } else { words().loading() }).to_owned();
    element("p", "chat__nothing").saying(text)
}

/// What shows an image as large as it goes; see [`crate::files::effects::enlarge`].
fn lightbox() -> Drawn {
    let close = picture_button("lightbox__close", words().close(), Icon::Close);
    let dialog = element("dialog", "lightbox").with("id", LIGHTBOX_ID);
    // The dialog fills the window, so that nothing is beside it: a press anywhere closes it.
    let dialog = dialog.on("click", |_| open_dialog(LIGHTBOX_ID, false));
    dialog.child(close).child(element("img", "lightbox__image").with("alt", ""))
}
