//! The log of a room.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use shared::ClientMessageId;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::entry::{AGAIN, DISCARD};
use super::list::List;
use super::rows::{Body, Row};
use super::scroll::{Place, Scroll};
use super::state::History;
use crate::platform::window;
use crate::ui::{Button, Icon, icon};
use crate::view;
use crate::words::words;

/// Ids in the page: one log is open at a time.
const SCROLLER_ID: &str = "timeline";
const CONTENT_ID: &str = "timeline-content";
const ROWS_ID: &str = "timeline-rows";

/// The log of a room.
#[component]
pub fn TimelineView(
    /// What is drawn, oldest first.
    rows: impl Fn() -> Vec<Row> + Send + Sync + 'static,
    /// What is known of older messages.
    history: impl Fn() -> History + Copy + Send + Sync + 'static,
    /// Nothing leaves the browser just now.
    is_waiting: Memo<bool>,
    /// Older messages are wanted.
    on_older: Callback<()>,
    /// The newest messages are to be fetched again.
    on_reload: Callback<()>,
    /// A failed message is to be sent after all.
    on_again: Callback<ClientMessageId>,
    /// A failed message is given up.
    on_discard: Callback<ClientMessageId>,
) -> impl IntoView {
    let scroll = StoredValue::new_local(None::<Scroll>);
    let is_at_end = RwSignal::new(true);
    let is_near_start = RwSignal::new(false);
    let is_empty = RwSignal::new(true);
    // How many came while the guest was further up.
    let missed = RwSignal::new(0_usize);

    Effect::new(move |_| {
        let follow = |signal: RwSignal<bool>, now: bool| {
            if signal.try_get_untracked().is_some_and(|before| before != now) {
                signal.set(now);
            }
        };
        let moved = move |place: Place| {
            follow(is_at_end, place.is_at_end);
            follow(is_near_start, place.is_near_start);
            if place.is_at_end && missed.try_get_untracked().is_some_and(|missed| missed > 0) {
                missed.set(0);
            }
        };
        scroll.set_value(Scroll::new(SCROLLER_ID, CONTENT_ID, ROWS_ID, moved));
    });
    let go_to_end = move || scroll.with_value(|scroll| scroll.iter().for_each(Scroll::go_to_end));

    // Older messages are fetched while the beginning is near: by scrolling, and while the log is not full.
    let can_load_older = Memo::new(move |_| matches!(history(), History::More(_)));
    Effect::new(move |_| {
        if is_near_start.get() && can_load_older.get() {
            on_older.run(());
        }
    });

    // What comes at the end comes in softly, takes the guest along if they wrote it, and is counted
    // if they do not see it. Older messages come in above, where nobody looks.
    let drawn = StoredValue::new_local(List::default());
    let last_id = StoredValue::new_local(String::new());
    Effect::new(move |_| {
        let rows = rows();
        let was_at_end = is_at_end.get_untracked();
        let last = rows.last();
        let before = last_id.get_value();
        let show = || {
            if let Some(list) = window::element(ROWS_ID) {
                drawn.update_value(|drawn| drawn.show(&list, &rows, was_at_end && !before.is_empty()));
            }
        };
        scroll.with_value(|scroll| match scroll {
            Some(scroll) => scroll.around(show),
            None => show(),
        });
        if is_empty.get_untracked() != rows.is_empty() {
            is_empty.set(rows.is_empty());
        }
        if let Some(last) = last.filter(|last| last.key.id != before) {
            last_id.set_value(last.key.id.clone());
            match &last.body {
                _ if before.is_empty() => {}
                Body::Echo(_) => go_to_end(),
                Body::Theirs(_) | Body::Notice(_) if !was_at_end => missed.update(|missed| *missed += 1),
                _ => {}
            }
        }
    });
    let press = move |event: MouseEvent| {
        let Some(pressed) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
        let id = |attribute| pressed.get_attribute(attribute).map(ClientMessageId::new);
        if let Some(id) = id(AGAIN) {
            on_again.run(id);
        } else if let Some(id) = id(DISCARD) {
            on_discard.run(id);
        }
    };

    let state = Memo::new(move |_| Top::of(&history(), is_empty.get()));
    view! {
        <div class="timeline">
            <div class="timeline__scroller" role="log" aria-label=words().messages aria-live="off" tabindex="0" id={SCROLLER_ID}
                on:scroll=move |_| scroll.with_value(|scroll| scroll.iter().for_each(Scroll::scrolled))
            >
                <div class="timeline__content" id={CONTENT_ID}>
                    {move || top(state.get(), on_older, on_reload)}
                    <ol class="timeline__rows" class:timeline__rows--waiting=is_waiting id={ROWS_ID} on:click=press></ol>
                </div>
            </div>
            {move || (!is_at_end.get()).then(|| jump(missed, Callback::new(move |()| go_to_end())))}
        </div>
    }
}

/// What stands above the rows.
#[derive(Clone, Debug, PartialEq)]
enum Top {
    Loading,
    LoadingAll,
    Failed(String),
    FailedAll(String),
    Beginning,
    Empty,
}

impl Top {
    fn of(history: &History, is_empty: bool) -> Self {
        match history {
            History::Unknown | History::Opening if is_empty => Self::LoadingAll,
            History::Unknown | History::Opening | History::Loading(_) | History::More(_) => Self::Loading,
            History::Closed(error) => Self::FailedAll(error.sentence()),
            History::Failed(_, error) => Self::Failed(error.sentence()),
            History::Beginning if is_empty => Self::Empty,
            History::Beginning => Self::Beginning,
        }
    }
}

fn top(top: Top, on_older: Callback<()>, on_reload: Callback<()>) -> AnyView {
    match top {
        Top::Loading => {
            view! { <p class="timeline__top"><span class="timeline__spinner"></span><span class="hidden">{words().loading}</span></p> }
                .into_any()
        }
        Top::LoadingAll => view! {
            <div class="timeline__ghosts">
                <p class="hidden">{words().loading}</p>
                {["a", "b", "c"].map(|which| view! { <div class=format!("timeline__ghost timeline__ghost--{which}")></div> })}
            </div>
        }
        .into_any(),
        Top::Failed(text) => failed(text, on_older),
        Top::FailedAll(text) => failed(text, on_reload),
        Top::Beginning => view! { <p class="timeline__top">{words().beginning}</p> }.into_any(),
        Top::Empty => view! {
            <div class="timeline__empty">
                <span class="timeline__empty-mark">{icon(Icon::Chat)}</span>
                <p class="timeline__empty-title">{words().nothing_yet}</p>
                <p class="timeline__empty-text">{words().nothing_yet_hint}</p>
            </div>
        }
        .into_any(),
    }
}

fn failed(text: String, again: Callback<()>) -> AnyView {
    view! {
        <div class="timeline__trouble" role="alert">
            <p><strong>{words().cannot_load}</strong>{" "}{text}</p>
            <Button label={words().try_again} on_press={again} />
        </div>
    }
    .into_any()
}

fn jump(missed: RwSignal<usize>, go: Callback<()>) -> AnyView {
    let name = move || match missed.get() {
        0 => words().jump_to_latest.to_owned(),
        count => (words().new_messages)(count),
    };
    view! {
        <button type="button" class="timeline__jump" class:timeline__jump--news=move || { missed.get() > 0 } aria-label=name on:click=move |_| go.run(())>
            {move || (missed.get() > 0).then(name)}
            {icon(Icon::Down)}
        </button>
    }
    .into_any()
}
