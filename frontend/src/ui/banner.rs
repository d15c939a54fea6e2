//! A line across the page that says how things stand.

use leptos::prelude::*;

use super::icon::{Icon, icon};
use crate::view;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Good to know.
    Quiet,
    /// Something does not work just now.
    Warning,
    /// Something went wrong.
    Error,
}

/// A line across the page; what it has to offer stands after the words.
#[component]
pub fn Banner(
    /// How bad it is.
    tone: Tone,
    /// A picture before the words.
    #[prop(optional, into)]
    picture: Option<Icon>,
    /// The words.
    #[prop(into)]
    text: String,
    /// A button's name and what it does.
    #[prop(optional, into)]
    offer: Option<(&'static str, Callback<()>)>,
) -> impl IntoView {
    view! {
        <div
            class="banner"
            class:banner--quiet=tone == Tone::Quiet
            class:banner--warning=tone == Tone::Warning
            class:banner--error=tone == Tone::Error
        >
            {picture.map(icon)}
            <span class="banner__text" dir="auto">{text}</span>
            {offer.map(|(label, press)| {
                view! { <button type="button" class="banner__button" on:click=move |_| press.run(())>{label}</button> }
            })}
        </div>
    }
    .into_any()
}
