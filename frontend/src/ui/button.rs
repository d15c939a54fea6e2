//! A button.

use leptos::prelude::*;

use super::icon::{Icon, icon};
use crate::view;

/// How much a button asks to be pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// The one thing to do here.
    Primary,
    /// One thing among others.
    #[default]
    Quiet,
    /// Cannot be undone.
    Danger,
}

/// A button with a picture, words, or both; the words are its name in any case.
#[component]
pub fn Button(
    /// Its name.
    label: &'static str,
    /// How it looks.
    #[prop(optional)]
    look: Look,
    /// A picture before the name.
    #[prop(optional, into)]
    picture: Option<Icon>,
    /// Where it is narrow only the picture is seen.
    #[prop(optional)]
    is_brief: bool,
    /// Sends the form it stands in.
    #[prop(optional)]
    is_submit: bool,
    /// Its name while it is busy.
    #[prop(optional)]
    busy_label: Option<&'static str>,
    /// What it is for is under way.
    #[prop(optional, into)]
    is_busy: Signal<bool>,
    /// It was pressed.
    #[prop(optional)]
    on_press: Option<Callback<()>>,
) -> impl IntoView {
    let press = move |_| {
        if let Some(on_press) = on_press.filter(|_| !is_busy.get_untracked()) {
            on_press.run(());
        }
    };
    view! {
        <button
            type=if is_submit { "submit" } else { "button" }
            class="button"
            class:button--primary=look == Look::Primary
            class:button--danger=look == Look::Danger
            class:button--brief=is_brief
            class:button--busy=is_busy
            aria-disabled=move || is_busy.get().then_some("true")
            on:click=press
        >
            {picture.map(icon)}
            <span class="button__label">{move || busy_label.filter(|_| is_busy.get()).unwrap_or(label)}</span>
        </button>
    }
    .into_any()
}
