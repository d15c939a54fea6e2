//! The bar above a conversation that is searched.

use leptos::prelude::*;
use shared::RoomId;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::KeyboardEvent;

use super::Search;
use super::effects::{SEARCH_ID, go, look, typed};
use super::highlight::mark;
use crate::composer::view::MESSAGE_ID;
use crate::platform::window;
use crate::portal::Portal;
use crate::timeline::Timeline;
use crate::timeline::pane::ROWS_ID;
use crate::timeline::state::History;
use crate::ui::element::{Drawn, element, picture};
use crate::ui::field::direction;
use crate::ui::reactive::{Derived, watch};
use crate::ui::{Icon, picture_button};
use crate::words::words;

/// The bar, while the guest is searching.
pub fn search_bar(portal: Portal, here: StoredValue<RoomId>) -> Drawn {
    let is_open = Derived::new(move || portal.search.with(|search| search.is_open));
    // Whatever becomes known of the conversation is looked through.
    watch(move || {
        let held = |timeline: &Timeline| (timeline.messages().len(), timeline.history().clone());
        if is_open.get() && here.with_value(|room_id| portal.with_timeline(room_id, held)).is_some() {
            here.with_value(|room_id| look(portal, room_id));
        }
    });
    element("search", "").holding(move || is_open.get().then(|| bar(portal, here)))
}

fn bar(portal: Portal, here: StoredValue<RoomId>) -> Drawn {
    let step = move |is_up| here.with_value(|room_id| go(portal, room_id, is_up));
    let close = move || {
        portal.search.set(Search::default());
        if let Some(rows) = window::element(ROWS_ID) {
            mark(&rows, &Search::default());
        }
        window::focus_soon(MESSAGE_ID);
    };
    let input = element("input", "search__text")
        .with("id", SEARCH_ID)
        .with("type", "search")
        .with_live("dir", move || Some(portal.search.with(|search| direction(&search.query)).to_owned()))
        .with("autocomplete", "off")
        .with("enterkeyhint", "search")
        .with("placeholder", words().search())
        .with("aria-label", words().search())
        .on("input", move |event| here.with_value(|room_id| typed(portal, room_id, event_target_value(&event))))
        .on("keydown", move |event| {
            let Some(event) = event.dyn_ref::<KeyboardEvent>().filter(|event| !event.is_composing()) else { return };
            match event.key().as_str() {
                "Enter" => step(!event.shift_key()),
                "Escape" => close(),
                _ => return,
            }
            event.prevent_default();
        });
    let told = move || {
        let history = |timeline: &Timeline| matches!(timeline.history(), History::Loading(_));
        let is_loading = here.with_value(|room_id| portal.with_timeline(room_id, history)) == Some(true);
        portal.search.with(|search| match search.place() {
            Some(place) => words().search_hit(place + 1, search.hits.len()),
            None if search.query.trim().is_empty() => String::new(),
            None if is_loading => words().searching().to_owned(),
            None => words().search_empty().to_owned(),
        })
    };
    let tool = |label, icon, is_up| {
        picture_button("search__tool", label, icon).on("click", move |_| step(is_up)).live(move |drawn| {
            let has_hits = portal.search.with(|search| !search.hits.is_empty());
            drawn.set("disabled", &JsValue::from_bool(!has_hits));
        })
    };
    element("div", "search")
        .child(picture(Icon::Search))
        .child(input)
        .child(element("span", "search__told").with("role", "status").saying(told))
        .child(tool(words().search_previous(), Icon::Up, true))
        .child(tool(words().search_next(), Icon::Down, false))
        .child(picture_button("search__tool", words().close(), Icon::Close).on("click", move |_| close()))
}
