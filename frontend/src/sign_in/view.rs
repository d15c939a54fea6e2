//! The card a guest sees first. `index.html` draws the same card before the program is there.

use shared::outgoing::Refusal;
use shared::path;

use super::pre_chat::pre_chat;
use super::state::{Farewell, NAME_ID, SignIn};
use crate::api::ApiError;
use crate::platform::{host, window};
use crate::portal::Portal;
use crate::ui::element::{Drawn, element, picture};
use crate::ui::link::link;
use crate::ui::reactive::Derived;
use crate::ui::{Field, Icon, Tone, banner, button, field};
use crate::visit::away;
use crate::words::words;

/// The sign-in card. The guest types, and presses the button.
pub fn sign_in_view(portal: Portal, on_type: impl Fn(String) + 'static, on_submit: impl Fn() + 'static) -> Drawn {
    let (profile, sign_in) = (portal.profile, portal.sign_in);
    let site_name =
        move || profile.with(|profile| profile.as_ref().map_or_else(|| words().chat().to_owned(), |profile| profile.name.clone()));
    let away = move || {
        let away = profile.with(|profile| profile.as_ref().and_then(|profile| profile.away.clone()));
        away.map(|away| element("p", "sign-in__farewell").with("dir", "auto").text(&away::sentence(&away)))
    };
    let is_asking = move || sign_in.with(|sign_in| sign_in.is_asking);
    // Who is to be vouched for by the web site comes in by no form.
    let is_closed = move || {
        let farewell = sign_in.with(|sign_in| sign_in.farewell);
        let needs_identity = || profile.with(|profile| profile.as_ref().is_some_and(|profile| profile.needs_identity));
        match farewell {
            Some(Farewell::Unrecognised) => true,
            farewell if host::is_identified() => farewell.is_some(),
            _ => needs_identity(),
        }
    };
    let welcome = move || {
        let own = profile.with(|profile| profile.as_ref().and_then(|profile| profile.welcome.clone()));
        own.unwrap_or_else(|| if is_closed() || host::is_identified() { "" } else { words().welcome() }.to_owned())
    };
    let again = move || is_closed().then(|| element("a", "").with("href", "").text(words().reload()));
    let farewell = move || {
        let farewell = sign_in.with(|sign_in| sign_in.farewell);
        if farewell.is_none() && is_closed() {
            return Some(element("p", "sign-in__farewell").text(words().sign_in_first()).text(" ").maybe(again()));
        }
        let farewell = farewell?;
        let way_out = (farewell == Farewell::Forgotten && window::is_framed()).then(|| {
            let site_id = portal.client().site_id().clone();
            link(&path::site_page(&site_id), |link| link.text(words().own_tab()))
        });
        Some(element("p", "sign-in__farewell").text(sentence(farewell)).text(" ").maybe(way_out).maybe(again()))
    };
    let trouble = Derived::new(move || {
        let trouble = |sign_in: &SignIn| sign_in.error.as_ref().filter(|_| sign_in.mistake().is_none()).map(ApiError::sentence);
        sign_in.with(trouble).unwrap_or_default()
    });
    let name = Field {
        id: NAME_ID,
        label: words().your_name(),
        hint: words().name_hint(),
        autocomplete: "name",
        is_required: true,
        value: Box::new(move || sign_in.with(|sign_in| sign_in.name.clone())),
        error: Derived::new(move || sign_in.with(name_error).unwrap_or_default()),
        on_type: Box::new(on_type),
    };
    let start = button("button button--primary", "", None).with("type", "submit").busy_while(is_asking);
    let start = start.saying(move || if is_asking() { words().starting() } else { words().start_chat() }.to_owned());
    let form = element("form", "sign-in__form")
        .class_while("sign-in__form--closed", is_closed)
        .with("novalidate", "")
        .on("submit", move |event| {
            event.prevent_default();
            on_submit();
        })
        .child(field(name))
        .child(element("div", "sign-in__more").holding(move || pre_chat(portal)))
        .child(element("div", "").with("role", "alert").holding(move || {
            let trouble = trouble.get();
            (!trouble.is_empty()).then(|| banner(Tone::Error, Some(Icon::Alert), &trouble))
        }))
        .child(start);
    let card = element("div", "sign-in__card")
        .child(element("div", "sign-in__mark").child(picture(Icon::Chat)))
        .child(element("h1", "sign-in__title").child(element("bdi", "").saying(site_name)))
        .child(element("p", "sign-in__welcome").with("dir", "auto").saying(welcome))
        .child(element("div", "").with("role", "status").holding(away))
        .child(element("div", "sign-in__news").with("role", "status").holding(farewell))
        .child(form);
    element("main", "sign-in").child(card)
}

fn sentence(farewell: Farewell) -> &'static str {
    match farewell {
        Farewell::Left => words().you_left(),
        Farewell::Expired => words().session_over(),
        Farewell::Unrecognised => words().not_recognised(),
        Farewell::Forgotten => words().no_cookies(),
    }
}

fn name_error(sign_in: &SignIn) -> Option<String> {
    match (sign_in.name_error, &sign_in.error) {
        (Some(Refusal::Empty), _) => Some(words().name_missing().to_owned()),
        (Some(Refusal::TooLong { length, limit }), _) => Some(words().name_too_long(length, limit)),
        (None, Some(error)) if sign_in.is_about_name() => Some(error.sentence()),
        (None, _) => None,
    }
}
