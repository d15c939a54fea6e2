//! Buttons.

use super::element::{Drawn, element, picture};
use super::icon::Icon;

/// A button with words and, if so, a picture before them; the words are its name. Its class says how
/// much it asks to be pressed: `button--primary`, `button--danger`, `button--brief` (where it is
/// narrow only the picture is seen).
pub fn button(class: &str, label: &str, icon: Option<Icon>) -> Drawn {
    element("button", class).with("type", "button").maybe(icon.map(picture)).child(element("span", "button__label").text(label))
}

/// A button that shows a picture only; its name is told and shown on pointing.
pub fn picture_button(class: &str, label: &str, icon: Icon) -> Drawn {
    element("button", &["tool ", class].concat()).with("type", "button").with("aria-label", label).with("title", label).child(picture(icon))
}

impl Drawn {
    /// Looks and says that what it is for is under way, while that is so.
    pub fn busy_while(self, is_busy: impl Fn() -> bool + Clone + 'static) -> Self {
        let is_so = is_busy.clone();
        self.class_while("button--busy", is_busy).with_live("aria-disabled", move || is_so().then(|| "true".to_owned()))
    }
}
