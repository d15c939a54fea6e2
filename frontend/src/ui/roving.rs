//! One stop for Tab, and arrow keys within it: what menus and tables of buttons have in common (WAI-ARIA practices).

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::platform::window;

/// Moves the focus among the children of `inside`, which stand in so many columns; whether the key was one for that.
pub fn rove(inside: &Element, key: &str, columns: u32) -> bool {
    let (columns, count) = (i64::from(columns), i64::from(inside.children().length()));
    let is_rtl = window::is_rtl();
    let by = match key {
        "ArrowDown" => columns,
        "ArrowUp" => -columns,
        "ArrowLeft" if columns > 1 => {
            if is_rtl {
                1
            } else {
                -1
            }
        }
        "ArrowRight" if columns > 1 => {
            if is_rtl {
                -1
            } else {
                1
            }
        }
        "Home" => return focus_child(inside, 0),
        "End" => return focus_child(inside, count - 1),
        _ => return false,
    };
    let focused = window::focused();
    let here = (0..count).find(|place| child(inside, *place) == focused);
    let place = match here {
        Some(here) => (here + by).rem_euclid(count.max(1)),
        None if by < 0 => count - 1,
        None => 0,
    };
    focus_child(inside, place)
}

/// Gives a child the focus.
pub fn focus_child(inside: &Element, place: i64) -> bool {
    if let Some(child) = child(inside, place).and_then(|child| child.dyn_into::<HtmlElement>().ok()) {
        let _ = child.focus();
    }
    true
}

fn child(inside: &Element, place: i64) -> Option<Element> {
    inside.children().item(u32::try_from(place).ok()?)
}
