//! The rows in the page. What is drawn stays; what has changed is drawn anew; nothing else is touched.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::entry::draw;
use super::rows::{Row, RowKey};
use crate::platform::window;

/// The rows in the page, in order.
#[derive(Default)]
pub struct List {
    drawn: Vec<(RowKey, Element)>,
}

impl List {
    /// Makes the page show these rows. Those that were not there before come in softly, if so.
    /// `test_url` leads to where a guest can try camera and microphone.
    pub fn show(&mut self, list: &Element, rows: &[Row], is_soft: bool, test_url: Option<&str>) {
        let focused = window::focused().filter(|focused| list.contains(Some(focused)));
        let mut refocused = None;
        let mut before: Vec<Option<(RowKey, Element)>> = std::mem::take(&mut self.drawn).into_iter().map(Some).collect();
        // Rows seldom change their order: the one wanted is nearly always the next one not taken yet.
        let mut next = 0;
        for row in rows {
            let same = find(&before, next, |key| *key == row.key);
            let kept = same.and_then(|place| {
                next = place + 1;
                before.get_mut(place).and_then(Option::take)
            });
            let drawn = kept.or_else(|| {
                let redrawn = find(&before, next, |key| key.id == row.key.id);
                let drawn = draw(row, test_url).class_if("timeline__row--new", is_soft && redrawn.is_none());
                let element = drawn.done()?;
                let old = redrawn.and_then(|place| before.get(place)?.as_ref());
                if old.is_some_and(|(_, old)| focused.as_ref().is_some_and(|focused| old.contains(Some(focused)))) {
                    refocused = Some(element.clone());
                }
                Some((row.key.clone(), element))
            });
            self.drawn.extend(drawn);
        }
        for (_, element) in before.into_iter().flatten() {
            element.remove();
        }
        let mut here = list.first_element_child();
        for (_, element) in &self.drawn {
            if here.as_ref() == Some(element) {
                here = element.next_element_sibling();
            } else {
                // Fails only if `here` has been taken out meanwhile, and nobody does.
                let _ = list.insert_before(element, here.as_deref());
            }
        }
        if let Some(row) = refocused {
            focus_in(&row);
        } else if focused.is_some_and(|focused| !focused.is_connected()) {
            // Its row is gone.
            focus(log_around(list));
        }
    }
}

/// Who used the keyboard in a row that was drawn anew goes on there, or in the log if nothing in it can be pressed.
fn focus_in(row: &Element) {
    let find = |selector| row.query_selector(selector).ok().flatten();
    let first = find("[data-safe]").or_else(|| find("button, a"));
    focus(first.or_else(|| log_around(row)));
}

fn log_around(element: &Element) -> Option<Element> {
    element.closest("[role=log]").ok().flatten()
}

fn focus(element: Option<Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// The place of such a row that is still there: behind `from`, else before it.
fn find(rows: &[Option<(RowKey, Element)>], from: usize, is_it: impl Fn(&RowKey) -> bool) -> Option<usize> {
    let is_it = |place: &usize| rows.get(*place).and_then(Option::as_ref).is_some_and(|(key, _)| is_it(key));
    (from..rows.len()).find(is_it).or_else(|| (0..from).find(is_it))
}
