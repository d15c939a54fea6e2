//! The card a guest sees first. `index.html` draws the same card before the program is there.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use shared::SiteProfile;
use shared::outgoing::Refusal;

use super::state::{Farewell, SignIn};
use crate::api::ApiError;
use crate::shelf::Shelf;
use crate::ui::{Banner, Button, Field, Icon, Look, Tone, icon};
use crate::view;
use crate::words::words;

/// The id of the text box, to give it the focus.
pub const NAME_ID: &str = "your-name";

/// The sign-in card.
#[component]
pub fn SignInView(
    /// The site, if it is known.
    profile: Shelf<Option<SiteProfile>>,
    /// The form.
    sign_in: Shelf<SignIn>,
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
    let farewell = Memo::new(move |_| sign_in.with(|sign_in| sign_in.farewell.map(sentence).unwrap_or_default().to_owned()));
    let trouble = Memo::new(move |_| {
        let trouble = |sign_in: &SignIn| sign_in.error.as_ref().filter(|_| !sign_in.is_about_name()).map(ApiError::sentence);
        sign_in.with(trouble).unwrap_or_default()
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
                    {move || (!farewell.with(String::is_empty)).then(|| view! { <p class="sign-in__farewell">{farewell.get()}</p> })}
                </div>
                <form class="sign-in__form" novalidate="" on:submit=submit>
                    <Field
                        id={NAME_ID}
                        label={words().your_name}
                        hint={words().name_hint}
                        autocomplete="name"
                        value={Memo::new(move |_| sign_in.with(|sign_in| sign_in.name.clone()))}
                        error={Memo::new(move |_| sign_in.with(name_error).unwrap_or_default())}
                        on_type={on_type}
                    />
                    <div role="alert">
                        {move || (!trouble.with(String::is_empty)).then(|| view! { <Banner tone={Tone::Error} picture={Icon::Alert} text={trouble.get()} /> })}
                    </div>
                    <Button
                        label={words().start_chat}
                        busy_label={words().starting}
                        look={Look::Primary}
                        is_submit={true}
                        is_busy={is_asking}
                    />
                </form>
            </div>
        </main>
    }
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
