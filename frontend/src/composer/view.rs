//! The box the guest writes in.

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::state::{Headroom, room_left, sendable, sends};
use crate::platform::window;
use crate::ui::{Icon, icon};
use crate::view;
use crate::words::words;

/// The id of the text box, to give it the focus.
pub const MESSAGE_ID: &str = "message";

/// The box the guest writes in.
#[component]
pub fn Composer(
    /// What was being written here last time.
    draft: String,
    /// The guest types; to be kept.
    on_draft: Callback<String>,
    /// The guest sends.
    on_send: Callback<String>,
) -> impl IntoView {
    let text = RwSignal::new(draft);
    let is_over = Memo::new(move |_| matches!(text.with(|text| room_left(text)), Headroom::Over(_)));
    let room = move || match text.with(|text| room_left(text)) {
        Headroom::Plenty => String::new(),
        Headroom::Left(count) => (words().bytes_left)(count),
        Headroom::Over(count) => (words().too_long)(count),
    };
    let can_send = Memo::new(move |_| text.with(|text| sendable(text).is_ok()));
    Effect::new(move |_| {
        text.track();
        text_box().iter().for_each(grow);
    });
    let write = move |new: String| {
        on_draft.run(new.clone());
        text.set(new);
    };
    let send = move || {
        if let Ok(message) = text.with_untracked(|text| sendable(text)) {
            on_send.run(message);
            write(String::new());
            window::focus_soon(MESSAGE_ID);
        }
    };
    let press = move |event: KeyboardEvent| {
        if sends(&event.key(), event.shift_key(), event.is_composing(), event.key_code()) {
            event.prevent_default();
            send();
        }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        send();
    };
    view! {
        <form class="composer" on:submit=submit>
            <div class="composer__box" class:composer__box--over=is_over>
                <textarea
                    class="composer__text"
                    id={MESSAGE_ID}
                    rows="1"
                    dir="auto"
                    enterkeyhint="send"
                    placeholder=words().write_a_message
                    aria-label=words().message
                    aria-describedby="message-room message-hint"
                    aria-invalid=move || is_over.get().then_some("true")
                    prop:value=text
                    on:input=move |event| write(event_target_value(&event))
                    on:keydown=press
                ></textarea>
                <button type="submit" class="composer__send" aria-label=words().send title=words().send prop:disabled=move || !can_send.get()>
                    {icon(Icon::Send)}
                </button>
            </div>
            <div class="composer__foot">
                <span class="composer__hint" id="message-hint">{words().enter_sends}</span>
                <span class="composer__room" id="message-room" role="status">
                    {room}
                </span>
            </div>
        </form>
    }
}

fn text_box() -> Option<HtmlElement> {
    window::element(MESSAGE_ID)?.dyn_into().ok()
}

/// Makes the box as high as its text; the sheet bounds it.
fn grow(text_box: &HtmlElement) {
    let style = text_box.style();
    let _ = style.set_property("block-size", "auto");
    let _ = style.set_property("block-size", &format!("{}px", text_box.scroll_height()));
}
