//! A question that must be answered first. The browser's own dialog keeps the focus inside, closes
//! on Escape and gives the focus back.

use leptos::html;
use leptos::prelude::*;

use crate::view;

/// A dialog, open while `is_open`.
#[component]
pub fn Dialog(
    /// Whether it is shown.
    is_open: RwSignal<bool>,
    /// The question.
    title: &'static str,
    /// What follows, and the buttons.
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let is_open = is_open.get();
        if let Some(dialog) = dialog.get() {
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
        <dialog class="dialog" aria-labelledby="dialog-title" node_ref=dialog on:close=move |_| is_open.set(false)>
            <h2 class="dialog__title" id="dialog-title">{title}</h2>
            {children()}
        </dialog>
    }
    .into_any()
}
