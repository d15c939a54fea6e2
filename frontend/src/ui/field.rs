//! A text box of one line with its label, a hint and what is wrong with it.

use leptos::prelude::*;

use super::icon::{Icon, icon};
use crate::view;

/// A labelled text box.
#[component]
pub fn Field(
    /// Its id in the page; hint and error get ids made of it.
    id: &'static str,
    /// Its name.
    label: &'static str,
    /// What helps.
    hint: &'static str,
    /// What browsers know this as.
    autocomplete: &'static str,
    /// What stands in it.
    value: Memo<String>,
    /// What is wrong with that, as a sentence; empty if nothing is.
    error: Memo<String>,
    /// The guest types.
    on_type: Callback<String>,
) -> impl IntoView {
    let hint_id = format!("{id}-hint");
    let error_id = format!("{id}-error");
    let described_by = format!("{error_id} {hint_id}");
    let is_wrong = move || error.with(|error| !error.is_empty());
    view! {
        <div class="field" class:field--wrong=is_wrong>
            <label class="field__label" for=id>{label}</label>
            <input
                class="field__box"
                id=id
                name=autocomplete
                type="text"
                dir="auto"
                autocomplete=autocomplete
                autocapitalize="words"
                spellcheck="false"
                enterkeyhint="go"
                aria-required="true"
                aria-invalid=move || is_wrong().then_some("true")
                aria-describedby=described_by
                prop:value=value
                on:input=move |event| on_type.run(event_target_value(&event))
            />
            <p class="field__error" id=error_id role="alert">
                {move || is_wrong().then(|| icon(Icon::Alert))}
                <span>{error}</span>
            </p>
            <p class="field__hint" id=hint_id>{hint}</p>
        </div>
    }
}
