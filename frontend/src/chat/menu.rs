//! What else can be done with a conversation: a menu below its head. The browser's own popover closes it on Escape and on a
//! press elsewhere.

use shared::RoomId;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent};

use super::attention;
use crate::platform::window;
use crate::portal::Portal;
use crate::search;
use crate::transcript::{self, Form};
use crate::ui::element::{Drawn, element, later, picture};
use crate::ui::reactive::Signal;
use crate::ui::roving::{focus_child, rove};
use crate::ui::{Icon, picture_button};
use crate::words::words;

const MENU_ID: &str = "menu";

/// The button that opens the menu, and the menu.
pub fn menu(portal: Portal) -> Drawn {
    let opener = picture_button("chat__tool", words().more(), Icon::More).with("popovertarget", MENU_ID).with("aria-haspopup", "menu");
    element("div", "chat__more").child(opener).child(later(move || items(portal)))
}

fn items(portal: Portal) -> Drawn {
    let search = item(words().search(), Icon::Search).on("click", move |_| search::effects::open(portal));
    let keep = move |label, icon, form| {
        item(label, icon).on("click", move |_| {
            if let Some(room_id) = open_room(portal) {
                transcript::save(portal, &room_id, form);
            }
        })
    };
    let sound =
        switch(words().sound(), portal.has_sound).on("click", move |_| attention::set_sound(portal, !portal.has_sound.get_untracked()));
    let notify = attention::can_notify().then(|| {
        let asked = move |_| attention::set_notify(portal, !portal.notifies.get_untracked());
        switch(words().notify(), portal.notifies).on("click", asked)
    });
    element("div", "menu")
        .with("id", MENU_ID)
        .with("popover", "auto")
        .with("role", "menu")
        .with("aria-label", words().more())
        .on("toggle", |_| {
            open_menu().map(|menu| focus_child(&menu, 0));
        })
        .on("click", |_| close())
        .on("keydown", moved)
        .child(search)
        .child(keep(words().transcript_text(), Icon::Sheet, Form::Text))
        .child(keep(words().transcript_html(), Icon::File, Form::Html))
        .child(keep(words().transcript_print(), Icon::Print, Form::Print))
        .child(sound)
        .maybe(notify)
}

fn open_room(portal: Portal) -> Option<RoomId> {
    portal.rooms.with_untracked(|rooms| rooms.open_room().map(|room| room.id.clone()))
}

fn item(label: &str, icon: Icon) -> Drawn {
    let button = element("button", "menu__item").with("type", "button").with("role", "menuitem").with("tabindex", "-1");
    button.child(picture(icon)).child(element("span", "").text(label))
}

fn switch(label: &str, is_on: Signal<bool>) -> Drawn {
    item(label, Icon::Check)
        .with("role", "menuitemcheckbox")
        .with_live("aria-checked", move || Some(if is_on.get() { "true" } else { "false" }.to_owned()))
}

/// The keys of a menu.
fn moved(event: Event) {
    let Some(key) = event.dyn_ref::<KeyboardEvent>().map(KeyboardEvent::key) else { return };
    if key == "Tab" {
        close();
    } else if open_menu().is_some_and(|menu| rove(&menu, &key, 1)) {
        event.prevent_default();
    }
}

fn open_menu() -> Option<Element> {
    window::element(MENU_ID).filter(|menu| menu.matches(":popover-open").unwrap_or_default())
}

fn close() {
    if let Some(menu) = window::element(MENU_ID).and_then(|menu| menu.dyn_into::<HtmlElement>().ok()) {
        let _ = menu.hide_popover();
    }
}
