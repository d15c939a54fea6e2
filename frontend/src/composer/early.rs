//! What a guest wrote before the program was there, into the box that `index.html` draws for whoever was here before.

use web_sys::{HtmlElement, HtmlTextAreaElement};

use super::caret;
use crate::platform::task::spawn;
use crate::platform::window;
use crate::portal::Portal;

/// The attribute of the page's root by which the server says that the guest was here before.
pub const GUEST: &str = "data-guest";

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Early {
    /// The words.
    pub text: String,
    /// Enter was pressed: they are to be sent.
    pub is_sent: bool,
    /// Where the guest is writing on, in UTF-16 units, if they are.
    pub caret: Option<u32>,
}

/// Whether the guest was here before, as far as the server can tell.
pub fn is_expected() -> bool {
    window::root().is_some_and(|root| root.get_attribute(GUEST).as_deref() == Some("known"))
}

/// The program begins: what `index.html` drew goes, but for the box, while it may be written in.
pub fn begin(root: &HtmlElement) {
    let drawn = if is_expected() { ":scope > :not(.early)" } else { ":scope > *" };
    while let Some(drawn) = root.query_selector(drawn).ok().flatten() {
        drawn.remove();
    }
}

/// What the program draws can be used from now on: takes the box away, and what was written along.
pub fn uncover(portal: Portal) {
    if is_expected()
        && let Some(root) = window::root()
    {
        portal.early.set(read());
        let _ = root.remove_attribute(GUEST);
        if let Some(cover) = root.first_element_child() {
            cover.remove();
        }
    }
}

fn read() -> Early {
    let read = |text_box: HtmlTextAreaElement| {
        let has_focus = window::focused().is_some_and(|focused| focused.is_same_node(Some(&text_box)));
        Early {
            text: text_box.value(),
            is_sent: text_box.has_attribute("data-sent"),
            caret: text_box.selection_end().ok().flatten().filter(|_| has_focus),
        }
    };
    caret::text_box().map(read).unwrap_or_default()
}

/// Lets the guest write on where they were.
pub fn write_on(caret: u32) {
    // Before the browser hands on any key that was pressed meanwhile.
    spawn(async move {
        if let Some(text_box) = caret::text_box() {
            let _ = (text_box.focus(), text_box.set_selection_range(caret, caret));
        }
    });
}
