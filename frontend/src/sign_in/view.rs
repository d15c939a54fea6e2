//! The card a guest sees first. `index.html` draws the same card before the program is there.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use shared::SiteProfile;
use shared::outgoing::Refusal;

use super::state::{Farewell, SignIn};
use crate::ui::{Banner, Button, Field, Icon, Look, Tone, icon};
use crate::view;
use crate::words::words;

/// The id of the text box, to give it the focus.
pub const NAME_ID: &str = "your-name";

/// The sign-in card.
#[component]
pub fn SignInView(
    /// The site, if it is known.
    #[prop(into)]
    profile: Signal<Option<SiteProfile>>,
    /// The form.
    #[prop(into)]
    sign_in: Signal<SignIn>,
    /// The guest types.
    on_type: Callback<String>,
    /// The guest presses the button.
    on_submit: Callback<()>,
) -> impl IntoView {
    let site_name =
        move || profile.with(|profile| profile.as_ref().map_or_else(|| words().chat.to_owned(), |profile| profile.name.clone()));
    let welcome = move || {
        let own = profile.with(|profile| profile.as_ref().and_then(|profile| profile.welcome.clone()));
        own.unwrap_or_else(|| words().welcome.to_owned())
    };
    let is_asking = Memo::new(move |_| sign_in.with(|sign_in| sign_in.is_asking));
    let farewell = Memo::new(move |_| sign_in.with(|sign_in| sign_in.farewell));
    let trouble = Memo::new(move |_| {
        sign_in.with(|sign_in| sign_in.error.as_ref().filter(|_| !sign_in.is_about_name()).map(crate::api::ApiError::sentence))
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        on_submit.run(());
    };
    view! {
        <main class="sign-in">
            <div class="sign-in__card">
                <div class="sign-in__mark">{icon(Icon::Chat)}</div>
                <h1 class="sign-in__title" dir="auto">{site_name}</h1>
                <p class="sign-in__welcome" dir="auto">{welcome}</p>
                <div class="sign-in__news" role="status">
                    {move || farewell.get().map(|farewell| view! { <p class="sign-in__farewell">{sentence(farewell)}</p> })}
                </div>
                <form class="sign-in__form" novalidate="" on:submit=submit>
                    <Field
                        id={NAME_ID}
                        label={words().your_name}
                        hint={words().name_hint}
                        autocomplete="name"
                        value={Signal::derive(move || sign_in.with(|sign_in| sign_in.name.clone()))}
                        error={Signal::derive(move || sign_in.with(name_error))}
                        on_type={on_type}
                    />
                    <div role="alert">
                        {move || trouble.get().map(|text| view! { <Banner tone={Tone::Error} picture={Icon::Alert} text={text} /> })}
                    </div>
                    <Button
                        label={Signal::derive(move || if is_asking.get() { words().starting } else { words().start_chat }.to_owned())}
                        look={Look::Primary}
                        is_submit={true}
                        is_busy={is_asking}
                    />
                </form>
            </div>
        </main>
    }
    .into_any()
}

fn sentence(farewell: Farewell) -> &'static str {
    match farewell {
        Farewell::Left => words().you_left,
        Farewell::Expired => words().session_over,
    }
}

fn name_error(sign_in: &SignIn) -> Option<String> {
    match (sign_in.name_error, &sign_in.error) {
        (Some(Refusal::Empty), _) => Some(words().name_missing.to_owned()),
        (Some(Refusal::TooLong { length, limit }), _) => Some((words().name_too_long)(length, limit)),
        (None, Some(error)) if sign_in.is_about_name() => Some(error.sentence()),
        (None, _) => None,
    }
}
