//! A question that must be answered first. The browser's own dialog keeps the focus inside, closes
//! on Escape and gives the focus back.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlDialogElement;

use crate::platform::window;
use crate::view;

/// A dialog, open while `is_open`.
#[component]
pub fn Dialog(
    /// Its id in the page.
    id: &'static str,
    /// Whether it is shown.
    is_open: RwSignal<bool>,
    /// The question.
    title: &'static str,
    /// What follows, and the buttons.
    children: Children,
) -> impl IntoView {
    Effect::new(move |_| {
        let is_open = is_open.get();
        let dialog = window::element(id).and_then(|element| element.dyn_into::<HtmlDialogElement>().ok());
        if let Some(dialog) = dialog {
            match (is_open, dialog.open()) {
                (true, false) => {
                    let _ = dialog.show_modal();
                }
                (false, true) => dialog.close(),
                _ => {}
            }
        }
    });
    view! {
        <dialog class="dialog" id=id aria-labelledby="dialog-title" on:close=move |_| is_open.set(false)>
            <h2 class="dialog__title" id="dialog-title">{title}</h2>
            {children()}
        </dialog>
    }
}
