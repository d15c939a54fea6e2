//! A text box of one line with its label, a hint and what is wrong with it.

use leptos::prelude::*;
use shared::letters::is_letter;
use wasm_bindgen::JsValue;

use super::element::{Drawn, element, picture};
use super::icon::Icon;
use super::reactive::Derived;
use crate::words::words;

/// A labelled text box.
pub struct Field {
    /// Its id in the page; hint and error get ids made of it.
    pub id: &'static str,
    /// Its name.
    pub label: &'static str,
    /// What helps.
    pub hint: &'static str,
    /// What browsers know this as.
    pub autocomplete: &'static str,
    /// It must not be left empty.
    pub is_required: bool,
    /// What stands in it.
    pub value: Box<dyn Fn() -> String>,
    /// What is wrong with that, as a sentence; empty if nothing is.
    pub error: Derived<String>,
    /// The guest types.
    pub on_type: Box<dyn Fn(String)>,
}

/// Draws a labelled text box.
pub fn field(field: Field) -> Drawn {
    let Field { id, label, hint, autocomplete, is_required, value, error, on_type } = field;
    let hint_id = id.to_owned() + "-hint";
    let error_id = id.to_owned() + "-error";
    let is_wrong = move || error.with(|error| !error.is_empty());
    let text_box = element("input", "field__box")
        .with("id", id)
        .with("name", autocomplete)
        .with("type", if autocomplete == "email" { autocomplete } else { "text" })
        .with("autocomplete", autocomplete)
        .with("autocapitalize", "words")
        .with("spellcheck", "false")
        .with("enterkeyhint", "go")
        .with("aria-required", if is_required { "true" } else { "false" })
        .with("aria-describedby", &(error_id.clone() + " " + &hint_id))
        .with_live("aria-invalid", move || is_wrong().then(|| "true".to_owned()))
        .live(move |drawn| {
            let value = value();
            drawn.set("value", &JsValue::from_str(&value));
            drawn.clone().with("dir", direction(&value));
        })
        .on("input", move |event| on_type(event_target_value(&event)));
    labelled(id, label, text_box, error).child(element("p", "field__hint").with("id", &hint_id).text(hint))
}

/// Where the words in a box begin: as their letters want it, and while there are none as the page does.
pub fn direction(text: &str) -> &'static str {
    if text.chars().any(is_letter) { "auto" } else { words().dir() }
}

/// Something to be filled in below its label, and what is wrong with it, in an element with the id `{id}-error`.
pub fn labelled(id: &str, label: &str, control: Drawn, error: Derived<String>) -> Drawn {
    let label = element("label", "field__label").with("for", id).text(label);
    wrong_while(element("div", "field").child(label).child(control), id, error)
}

/// Adds what is wrong with it.
pub fn wrong_while(field: Drawn, id: &str, error: Derived<String>) -> Drawn {
    let line = element("p", "field__error")
        .with("id", &(id.to_owned() + "-error"))
        .with("role", "alert")
        .child(picture(Icon::Alert))
        .child(element("span", "").saying(move || error.get()));
    field.class_while("field--wrong", move || error.with(|error| !error.is_empty())).child(line)
}
