//! Lets what was found be seen in the log, where the browser can mark text without changing the page.

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Node};

use super::Search;
use crate::platform::intl;
use crate::platform::window::{self, document};
use crate::timeline::entry::row_id;

/// The names of the highlights in the sheet: of all places, and of those in the message the guest looks at.
const ALL: &str = "search";
/// See [`ALL`].
const NOW: &str = "search-now";

/// Marks every place of the log that says what is looked for; none if that is nothing.
pub fn mark(log: &Element, search: &Search) {
    let Some(highlights) = read(&js_sys::global(), "CSS").and_then(|css| read(&css, "highlights")) else { return };
    let now = search.at.as_ref().and_then(|at| window::element(&row_id(at.as_str())));
    for (name, place) in [(ALL, Some(log)), (NOW, now.as_ref())] {
        let ranges = Array::new();
        let wanted = intl::lower(search.query.trim());
        if let Some(place) = place.filter(|_| !wanted.is_empty()) {
            collect(place, &wanted, &ranges);
        }
        let class = read(&js_sys::global(), "Highlight").and_then(|class| class.dyn_into::<Function>().ok());
        let made = class.and_then(|class| Reflect::construct(&class, &ranges).ok());
        if let Some((made, set)) = made.zip(read(&highlights, "set").and_then(|set| set.dyn_into::<Function>().ok())) {
            let _ = set.call2(&highlights, &JsValue::from_str(name), &made);
        }
    }
}

fn collect(node: &Node, wanted: &str, ranges: &Array) {
    let mut child = node.first_child();
    while let Some(here) = child {
        match here.node_type() {
            Node::TEXT_NODE => add(&here, wanted, ranges),
            // What only screen readers are told is not seen, and what is quoted stands elsewhere.
            _ if here.dyn_ref::<Element>().is_some_and(|element| element.matches(".hidden, .timeline__quote").unwrap_or_default()) => {}
            _ => collect(&here, wanted, ranges),
        }
        child = here.next_sibling();
    }
}

fn add(text: &Node, wanted: &str, ranges: &Array) {
    let Some(said) = text.text_content() else { return };
    let lower = intl::lower(&said);
    // Places are counted in UTF-16, and some capitals are longer than their small letters.
    let units = |text: &str| text.encode_utf16().count();
    if units(&lower) != units(&said) {
        return;
    }
    let is_hit = |place: &usize| lower.get(*place..).is_some_and(|rest| rest.starts_with(wanted));
    for place in lower.char_indices().map(|(place, _)| place).filter(is_hit) {
        let from = units(lower.get(..place).unwrap_or_default());
        let range = document().and_then(|document| document.create_range().ok());
        if let (Some(range), Ok(from), Ok(length)) = (range, u32::try_from(from), u32::try_from(units(wanted)))
            && range.set_start(text, from).is_ok()
            && range.set_end(text, from + length).is_ok()
        {
            ranges.push(&range);
        }
    }
}

fn read(from: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(from, &JsValue::from_str(name)).ok().filter(|value| !value.is_undefined() && !value.is_null())
}
