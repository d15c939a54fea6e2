//! What a site asks besides the name: what the chat is about, and whether the guest agrees to its terms.

use leptos::prelude::event_target_value;
use shared::{Asked, Consent, PreChat};
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use web_sys::HtmlInputElement;

use super::state::{CONSENT_ID, EMAIL_ID, TOPIC_ID};
use crate::portal::Portal;
use crate::ui::element::{Drawn, element};
use crate::ui::field::{Field, field, labelled, wrong_while};
use crate::ui::link::link;
use crate::ui::reactive::Derived;
use crate::words::words;

/// The questions of the site, if it has any.
pub fn pre_chat(portal: Portal) -> Option<Drawn> {
    let asked = portal.profile.with(|profile| profile.as_ref().map(|profile| profile.pre_chat.clone()))?;
    let questions = element("div", "sign-in__questions")
        .maybe((!asked.email.is_no()).then(|| email(portal, asked.email)))
        .maybe((!asked.topics.is_empty()).then(|| topic(portal, &asked.topics)))
        .maybe(asked.consent.as_ref().map(|asked| consent(portal, asked)));
    (asked != PreChat::default()).then_some(questions)
}

fn email(portal: Portal, asked: Asked) -> Drawn {
    let sign_in = portal.sign_in;
    let is_required = asked == Asked::Required;
    let error = move || sign_in.with(|sign_in| sign_in.is_about_email().then(|| words().email_wrong().to_owned()));
    field(Field {
        id: EMAIL_ID,
        label: if is_required { words().email() } else { words().email_optional() },
        hint: words().email_hint(),
        autocomplete: "email",
        is_required,
        value: Box::new(move || sign_in.with(|sign_in| sign_in.email.clone())),
        error: Derived::new(move || error().unwrap_or_default()),
        on_type: Box::new(move |email| sign_in.update(|sign_in| sign_in.email = email)),
    })
}

fn topic(portal: Portal, topics: &[String]) -> Drawn {
    let sign_in = portal.sign_in;
    let error =
        Derived::new(move || sign_in.with(|sign_in| sign_in.lacks_topic.then(|| words().topic_missing().to_owned())).unwrap_or_default());
    let choice = |value: &str, text: &str| element("option", "").with("value", value).text(text);
    let list = element("select", "field__box")
        .with("id", TOPIC_ID)
        .with("aria-required", "true")
        .with("aria-describedby", "topic-error")
        .with_live("aria-invalid", move || error.with(|error| (!error.is_empty()).then(|| "true".to_owned())))
        .child(choice("", words().choose_topic()))
        .children(topics.iter().map(|topic| choice(topic, topic)))
        .on("change", move |event| sign_in.update(|sign_in| sign_in.chose(event_target_value(&event))));
    list.set("value", &JsValue::from_str(&sign_in.with_untracked(|sign_in| sign_in.topic.clone())));
    labelled(TOPIC_ID, words().topic(), list, error)
}

fn consent(portal: Portal, asked: &Consent) -> Drawn {
    let sign_in = portal.sign_in;
    let error = Derived::new(move || {
        sign_in.with(|sign_in| sign_in.lacks_consent.then(|| words().consent_missing().to_owned())).unwrap_or_default()
    });
    let tick = element("input", "field__tick")
        .with("id", CONSENT_ID)
        .with("type", "checkbox")
        .with("aria-required", "true")
        .with("aria-describedby", "consent-error")
        .with_live("aria-invalid", move || error.with(|error| (!error.is_empty()).then(|| "true".to_owned())))
        .on("change", move |event| {
            let tick = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
            sign_in.update(|sign_in| sign_in.consented(tick.is_some_and(|tick| tick.checked())));
        });
    tick.set("checked", &JsValue::from_bool(sign_in.with_untracked(|sign_in| sign_in.has_consented)));
    let text = element("label", "").with("for", CONSENT_ID).with("dir", "auto").text(&asked.text);
    let more = asked.url.as_deref().map(|url| link(url, |link| link.text(words().consent_more())));
    let line = element("div", "field__line").child(tick).child(element("span", "").child(text).text(" ").maybe(more));
    wrong_while(element("div", "field").child(line), CONSENT_ID, error)
}
