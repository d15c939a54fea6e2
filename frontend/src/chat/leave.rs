//! Leaving for good, after one question.

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::portal::Portal;
use crate::sign_in;
use crate::ui::{Banner, Button, Dialog, Icon, Look, Tone};
use crate::view;
use crate::words::words;

/// The question, and what follows from *Leave*.
#[component]
pub fn LeaveDialog(
    /// Everything the page knows.
    portal: Portal,
    /// Whether it is asked.
    is_open: RwSignal<bool>,
) -> impl IntoView {
    let is_leaving = RwSignal::new(false);
    let error = RwSignal::new(String::new());
    let leave = move || {
        is_leaving.set(true);
        error.set(String::new());
        spawn_local(async move {
            // Once it is done, the dialog is gone with the rest of the chat.
            if let Err(why) = sign_in::effects::leave(portal).await {
                is_leaving.try_set(false);
                error.try_set(why.sentence());
            }
        });
    };
    let unsent = Memo::new(move |_| portal.outbox.with(crate::outbox::Outbox::count_unsent));
    view! {
        <Dialog id={"leave"} is_open={is_open} title={words().leave_question}>
            <p class="dialog__text">{words().leave_hint}</p>
            {move || (unsent.get() > 0).then(|| view! { <p class="dialog__text dialog__text--warning">{(words().leave_unsent)(unsent.get())}</p> })}
            <div role="alert">
                {move || (!error.with(String::is_empty)).then(|| view! { <Banner tone={Tone::Error} picture={Icon::Alert} text={error.get()} /> })}
            </div>
            <div class="dialog__buttons">
                <Button label={words().stay} on_press={Callback::new(move |()| is_open.set(false))} />
                <Button label={words().leave} look={Look::Danger} is_busy={is_leaving} on_press={Callback::new(move |()| leave())} />
            </div>
        </Dialog>
    }
}
