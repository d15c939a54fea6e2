//! What a guest wrote before the program was there, into the box that `index.html` draws for whoever was here before.

use web_sys::HtmlTextAreaElement;

use super::caret;
use crate::platform::window;

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

/// Reads what stands in the box, before the program takes its place.
pub fn read() -> Early {
    if !is_expected() {
        return Early::default();
    }
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
    window::after(0, move || {
        if let Some(text_box) = caret::text_box() {
            let _ = (text_box.focus(), text_box.set_selection_range(caret, caret));
        }
    });
}
