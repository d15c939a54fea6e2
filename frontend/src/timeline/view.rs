//! The log of a room.

use leptos::ev::MouseEvent;
use leptos::html;
use leptos::prelude::*;
use shared::ClientMessageId;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::entry::{AGAIN, DISCARD};
use super::list::List;
use super::rows::{Body, Row};
use super::scroll::{Place, Scroll};
use super::state::History;
use crate::ui::{Button, Icon, icon};
use crate::view;
use crate::words::words;

/// The log of a room.
#[component]
pub fn TimelineView(
    /// What is drawn, oldest first.
    #[prop(into)]
    rows: Signal<Vec<Row>>,
    /// What is known of older messages.
    #[prop(into)]
    history: Signal<History>,
    /// Nothing leaves the browser just now.
    #[prop(into)]
    is_waiting: Signal<bool>,
    /// Older messages are wanted.
    on_older: Callback<()>,
    /// The newest messages are to be fetched again.
    on_reload: Callback<()>,
    /// A failed message is to be sent after all.
    on_again: Callback<ClientMessageId>,
    /// A failed message is given up.
    on_discard: Callback<ClientMessageId>,
) -> impl IntoView {
    let scroller = NodeRef::<html::Div>::new();
    let content = NodeRef::<html::Div>::new();
    let list = NodeRef::<html::Ol>::new();
    let scroll = StoredValue::new_local(None::<Scroll>);
    let place = RwSignal::new(Place { is_at_end: true, is_near_start: false });
    let missed = RwSignal::new(0_usize);

    Effect::new(move |_| {
        if let (Some(scroller), Some(content), Some(list)) = (scroller.get(), content.get(), list.get()) {
            let moved = move |now: Place| {
                if place.try_get_untracked().is_some_and(|before| before != now) {
                    place.set(now);
                }
            };
            scroll.set_value(Some(Scroll::new(scroller.into(), &content, list.into(), moved)));
        }
    });
    let go_to_end = move || scroll.with_value(|scroll| scroll.iter().for_each(Scroll::go_to_end));

    // Older messages are fetched while the beginning is near: by scrolling, and while the log is not full.
    let can_load_older = Memo::new(move |_| matches!(history.get(), History::More(_)));
    Effect::new(move |_| {
        if place.get().is_near_start && can_load_older.get() {
            on_older.run(());
        }
    });

    // What comes at the end takes the guest along if they wrote it, and is counted if they do not see it.
    Effect::new(move |before: Option<Option<Last>>| {
        let last = rows.with(|rows| rows.last().map(Last::of));
        if let (Some(Some(before)), Some(last)) = (before, &last)
            && before.id != last.id
        {
            if last.is_echo {
                go_to_end();
            } else if !place.get_untracked().is_at_end && last.is_heard {
                missed.update(|missed| *missed += 1);
            }
        }
        last
    });
    Effect::new(move |_| {
        if place.get().is_at_end {
            missed.set(0);
        }
    });

    // Older messages come in above, where nobody looks; what comes at the end comes in softly.
    let drawn = StoredValue::new_local(List::default());
    Effect::new(move |was_filled: Option<bool>| {
        let is_soft = was_filled.unwrap_or_default() && place.get_untracked().is_at_end;
        rows.with(|rows| {
            if let Some(list) = list.get() {
                drawn.update_value(|drawn| drawn.show(&list, rows, is_soft));
            }
            !rows.is_empty()
        })
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

    let state = Memo::new(move |_| Top::of(&history.get(), rows.with(Vec::is_empty)));
    view! {
        <div class="timeline">
            <div class="timeline__scroller" role="log" aria-label=words().messages aria-live="off" tabindex="0" node_ref=scroller
                on:scroll=move |_| scroll.with_value(|scroll| scroll.iter().for_each(Scroll::scrolled))
            >
                <div class="timeline__content" node_ref=content>
                    {move || top(state.get(), on_older, on_reload)}
                    <ol class="timeline__rows" class:timeline__rows--waiting=is_waiting node_ref=list on:click=press></ol>
                </div>
            </div>
            {move || (!place.get().is_at_end).then(|| jump(missed, Callback::new(move |()| go_to_end())))}
        </div>
    }
    .into_any()
}

/// The last row, as far as scrolling cares.
#[derive(PartialEq)]
struct Last {
    id: String,
    is_echo: bool,
    is_heard: bool,
}

impl Last {
    fn of(row: &Row) -> Self {
        let is_heard = matches!(&row.body, Body::Theirs(_) | Body::Notice(_));
        Self { id: row.key.id.clone(), is_echo: matches!(&row.body, Body::Echo(_)), is_heard }
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
            <Button label={words().try_again.to_owned()} on_press={again} />
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
