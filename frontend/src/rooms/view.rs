//! The list of spaces.

use shared::{Room, RoomId};

use super::state::Rooms;
use crate::platform::clock;
use crate::shelf::Shelf;
use crate::ui::avatar::avatar;
use crate::ui::element::{Drawn, element};
use crate::words::words;

/// The list of spaces; `on_open` hears which one the guest chooses.
pub fn room_list(rooms: Shelf<Rooms>, on_open: impl Fn(&RoomId) + Clone + 'static) -> Drawn {
    let list = move || {
        rooms.with(|rooms| {
            if rooms.is_known() && rooms.all().is_empty() {
                return Some(element("p", "rooms__empty").text(words().no_spaces()));
            }
            let line = |room: &Room| line(rooms, room, on_open.clone());
            Some(element("ul", "rooms__list").children(rooms.all().iter().map(line)))
        })
    };
    element("nav", "rooms")
        .with("aria-labelledby", "rooms-title")
        .child(element("h2", "rooms__title").with("id", "rooms-title").text(words().spaces()))
        .child(element("div", "").holding(list))
}

fn line(rooms: &Rooms, room: &Room, on_open: impl Fn(&RoomId) + 'static) -> Drawn {
    let id = room.id.clone();
    let unread = rooms.unread(&id);
    let is_open = rooms.open_room().is_some_and(|open| open.id == id);
    let time = room.last_activity_at.map(|at| element("time", "").with("datetime", &clock::machine_text(at)).text(&clock::short_text(at)));
    let news = (unread > 0).then(|| {
        let number = element("span", "").with("aria-hidden", "true").text(&unread.min(99).to_string());
        element("span", "rooms__unread").child(number).child(element("span", "hidden").text(&words().unread(unread)))
    });
    let button = element("button", "rooms__room")
        .with("type", "button")
        .class_if("rooms__room--open", is_open)
        .child(avatar(&room.title, id.as_str()))
        .child(element("span", "rooms__name").with("dir", "auto").text(&room.title))
        .child(element("span", "rooms__side").maybe(time).maybe(news))
        .on("click", move |_| on_open(&id));
    element("li", "").child(if is_open { button.with("aria-current", "true") } else { button })
}
