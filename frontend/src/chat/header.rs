//! The head of a conversation: its name and who is in it, the way to a meeting, back to the list, and out.

use shared::{Author, AuthorKind, Room, RoomId};

use super::leave::LEAVE_ID;
use super::menu::menu;
use super::view::site_name;
use crate::portal::Portal;
use crate::timeline::Timeline;
use crate::ui::Icon;
use crate::ui::avatar::avatar;
use crate::ui::button;
use crate::ui::dialog::{dialog, open_dialog};
use crate::ui::element::{Drawn, element, later, picture};
use crate::ui::reactive::{Derived, Signal};
use crate::visit;
use crate::words::words;

const MEMBERS_ID: &str = "members";

/// The head of the open conversation.
pub fn header(portal: Portal, is_list_shown: Signal<bool>) -> Drawn {
    let title = move || portal.rooms.with(|rooms| rooms.open_room().map(|room| room.title.clone())).unwrap_or_else(|| site_name(portal));
    let has_several = Derived::new(move || portal.rooms.with(|rooms| rooms.all().len() > 1));
    let names = Derived::new(move || with_members(portal, |members| names(members, portal)).unwrap_or_default());
    let leave = button("button button--brief", words().leave_chat(), Some(Icon::Leave)).on("click", |_| open_dialog(LEAVE_ID, true));
    let titles = element("div", "chat__titles")
        .child(element("h1", "chat__title").child(element("bdi", "").saying(title)))
        .child(element("div", "").holding(move || members_button(names)));
    element("header", "chat__header")
        .child(element("div", "").holding(move || has_several.get().then(|| back(portal, is_list_shown))))
        .child(titles)
        .child(element("div", "").holding(move || meet(portal)))
        .child(menu(portal))
        .child(leave)
        .child(later(move || members_dialog(portal)))
}

fn back(portal: Portal, is_list_shown: Signal<bool>) -> Drawn {
    let dot = move || match portal.rooms.with(crate::rooms::Rooms::total_unread) {
        0 => None,
        unread => Some(element("span", "chat__dot").child(element("span", "hidden").text(&words().unread(unread)))),
    };
    element("button", "tool chat__back")
        .with("type", "button")
        .with("aria-label", words().back_to_spaces())
        .on("click", move |_| is_list_shown.set(true))
        .child(picture(Icon::Back))
        .child(element("span", "").holding(dot))
}

/// *Join meeting*, or the way to the card while there is one. Where nothing can be written the
/// large button below the cards is the only one.
fn meet(portal: Portal) -> Option<Drawn> {
    let (room_id, can) = portal.rooms.with(|rooms| rooms.open_room().map(|room| (room.id.clone(), room.can)))?;
    (can.meet && can.write).then(|| meet_button(portal, room_id, "button button--brief button--meet"))
}

/// The button of a room that asks for a meeting; while there is one it leads to its card.
pub fn meet_button(portal: Portal, room_id: RoomId, class: &str) -> Drawn {
    let active = portal.with_timeline(&room_id, |timeline| timeline.active_visit().map(|visit| visit.id.to_string())).flatten();
    match active {
        Some(id) => button(class, words().show_meeting(), Some(Icon::Camera)).on("click", move |_| portal.wanted.set(id.clone())),
        None => button(class, words().join_meeting(), Some(Icon::Camera))
            .busy_while(move || portal.is_asking_visit.get())
            .on("click", move |_| visit::topics::begin(portal, &room_id)),
    }
}

/// Reads who is in the open room.
fn with_members<T>(portal: Portal, read: impl FnOnce(&[Author]) -> T) -> Option<T> {
    let room_id = portal.rooms.with(|rooms| rooms.open_room().map(|room: &Room| room.id.clone()))?;
    portal.with_timeline(&room_id, |timeline: &Timeline| read(timeline.members()))
}

/// The names of the others.
fn names(members: &[Author], portal: Portal) -> Vec<String> {
    let me = portal.me();
    let others = members.iter().filter(|member| Some(&member.person_id) != me.as_ref());
    others.map(|member| member.display_name.clone()).collect()
}

fn members_button(names: Derived<Vec<String>>) -> Option<Drawn> {
    let names = names.get();
    (!names.is_empty()).then(|| {
        element("button", "chat__members")
            .with("type", "button")
            .child(element("span", "hidden").text(&words().members_of("")))
            .children(names.iter().map(|name| element("span", "chat__member").child(element("bdi", "").text(name))))
            .on("click", |_| open_dialog(MEMBERS_ID, true))
    })
}

/// Everybody with what they are.
fn members_dialog(portal: Portal) -> Drawn {
    let line = |member: &Author, is_me: bool| {
        let kind = match member.kind {
            _ if is_me => words().you(),
            AuthorKind::Guest => words().guest(),
            AuthorKind::Staff => words().staff(),
            AuthorKind::Portal | AuthorKind::Unknown => "",
        };
        element("li", "members__one")
            .child(avatar(&member.display_name, member.person_id.as_str()))
            .child(element("span", "members__name").child(element("bdi", "").text(&member.display_name)))
            .child(element("span", "members__kind").text(kind))
    };
    let list = move || {
        let me = portal.me();
        let lines = |members: &[Author]| {
            let lines = members.iter().map(|member| line(member, Some(&member.person_id) == me.as_ref()));
            element("ul", "members").children(lines)
        };
        with_members(portal, lines)
    };
    let close = button("button", words().close(), None).on("click", |_| open_dialog(MEMBERS_ID, false));
    dialog(MEMBERS_ID, words().members()).child(element("div", "").holding(list)).child(element("div", "dialog__buttons").child(close))
}
