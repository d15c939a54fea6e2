//! The log of a room.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::entry::{ACT, Act, TO};
use super::list::List;
use super::rows::{Body, Row};
use super::scroll::{Place, Scroll};
use super::state::History;
use crate::platform::window;
use crate::ui::Icon;
use crate::ui::button;
use crate::ui::element::{Drawn, element, picture};
use crate::words::words;

/// Ids in the page: one log is open at a time.
const SCROLLER_ID: &str = "timeline";
const CONTENT_ID: &str = "timeline-content";
const ROWS_ID: &str = "timeline-rows";

/// What a log shows, and what it asks for.
pub struct Log {
    /// What is drawn, oldest first.
    pub rows: Box<dyn Fn() -> Vec<Row>>,
    /// What is known of older messages.
    pub history: Box<dyn Fn() -> History + Send + Sync>,
    /// Where a guest can try camera and microphone.
    pub test_url: Box<dyn Fn() -> Option<String>>,
    /// Nothing leaves the browser just now.
    pub is_waiting: Box<dyn Fn() -> bool>,
    /// The guest's own messages can be changed.
    pub can_edit: Box<dyn Fn() -> bool>,
    /// What stands in the log while nothing was said.
    pub empty: Box<dyn Fn() -> Drawn>,
    /// Older messages are wanted.
    pub on_older: Callback<()>,
    /// The newest messages are to be fetched again.
    pub on_reload: Callback<()>,
    /// Something in a row was pressed: what, and to which message, file or visit.
    pub on_act: Box<dyn Fn(Act, String)>,
    /// The rows are drawn.
    pub on_drawn: Box<dyn Fn(&Element)>,
}

/// The log of a room.
pub fn timeline_view(log: Log) -> Drawn {
    let Log { rows, history, test_url, is_waiting, can_edit, empty, on_older, on_reload, on_act, on_drawn } = log;
    let scroll = Rc::new(RefCell::new(None::<Scroll>));
    let is_at_end = RwSignal::new(true);
    let is_near_start = RwSignal::new(false);
    let is_empty = RwSignal::new(true);
    // How many came while the guest was further up.
    let missed = RwSignal::new(0_usize);

    let watched = scroll.clone();
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
        *watched.borrow_mut() = Scroll::new(SCROLLER_ID, CONTENT_ID, ROWS_ID, moved);
    });
    let ended = scroll.clone();
    let go_to_end: Rc<dyn Fn()> = Rc::new(move || ended.borrow().iter().for_each(Scroll::go_to_end));

    // Older messages are fetched while the beginning is near: by scrolling, and while the log is not full.
    let history = Memo::new(move |_| history());
    Effect::new(move |_| {
        if is_near_start.get() && history.with(|history| matches!(history, History::More(_))) {
            on_older.run(());
        }
    });

    // What comes at the end comes in softly, takes the guest along if they wrote it, and is counted
    // if they do not see it. Older messages come in above, where nobody looks.
    let drawn = RefCell::new(List::default());
    let last_id = RefCell::new(String::new());
    let (shown, go) = (scroll.clone(), go_to_end.clone());
    Effect::new(move |_| {
        let rows = rows();
        let test_url = test_url();
        let was_at_end = is_at_end.get_untracked();
        let last = rows.last();
        let before = last_id.borrow().clone();
        let Some(list) = window::element(ROWS_ID) else { return };
        let show = || drawn.borrow_mut().show(&list, &rows, was_at_end && !before.is_empty(), test_url.as_deref());
        match &*shown.borrow() {
            Some(scroll) => scroll.around(show),
            None => show(),
        }
        on_drawn(&list);
        if is_empty.get_untracked() != rows.is_empty() {
            is_empty.set(rows.is_empty());
        }
        if let Some(last) = last.filter(|last| last.key.id != before) {
            last_id.replace(last.key.id.clone());
            match &last.body {
                _ if before.is_empty() => {}
                Body::Echo(_) | Body::Visit(_) => go(),
                Body::Theirs(..) | Body::Notice(_) if !was_at_end => missed.update(|missed| *missed += 1),
                _ => {}
            }
        }
    });

    let state = Memo::new(move |_| history.with(|history| Top::of(history, is_empty.get())));
    let content = element("div", "timeline__content")
        .with("id", CONTENT_ID)
        .child(element("div", "timeline__above").holding(move || Some(top(state.get(), &empty, on_older, on_reload))))
        .child(
            element("ol", "timeline__rows")
                .with("id", ROWS_ID)
                .class_while("timeline__rows--waiting", is_waiting)
                .class_while("timeline__rows--editable", can_edit)
                .on("click", move |event| {
                    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                    let pressed = target.and_then(|target| target.closest("[data-act]").ok().flatten());
                    let what = pressed.as_ref().and_then(|pressed| Act::read(&pressed.get_attribute(ACT)?));
                    if let Some((what, to)) = what.zip(pressed.and_then(|pressed| pressed.get_attribute(TO))) {
                        on_act(what, to);
                    }
                }),
        );
    let scroller = element("div", "timeline__scroller")
        .with("role", "log")
        .with("aria-label", words().messages)
        .with("aria-live", "off")
        .with("tabindex", "0")
        .with("id", SCROLLER_ID)
        .on("scroll", move |_| scroll.borrow().iter().for_each(Scroll::scrolled))
        .child(content);
    let jump = element("div", "").holding(move || (!is_at_end.get()).then(|| jump(missed, go_to_end.clone())));
    element("div", "timeline").child(scroller).child(jump)
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

fn top(top: Top, empty: &dyn Fn() -> Drawn, on_older: Callback<()>, on_reload: Callback<()>) -> Drawn {
    let loading = |class| element("span", class).text(words().loading);
    match top {
        Top::Loading => element("p", "timeline__top").child(element("span", "timeline__spinner")).child(loading("hidden")),
        Top::LoadingAll => element("div", "timeline__ghosts")
            .child(loading("hidden"))
            .child(element("div", "timeline__ghost timeline__ghost--a"))
            .child(element("div", "timeline__ghost timeline__ghost--b"))
            .child(element("div", "timeline__ghost timeline__ghost--c")),
        Top::Failed(text) => failed(&text, on_older),
        Top::FailedAll(text) => failed(&text, on_reload),
        Top::Beginning => element("p", "timeline__top").text(words().beginning),
        Top::Empty => empty(),
    }
}

/// A large mark, a heading and a line: for a log without messages.
pub fn empty(icon: Icon, title: &str, text: &str) -> Drawn {
    element("div", "timeline__empty")
        .child(element("span", "timeline__empty-mark").child(picture(icon)))
        .child(element("p", "timeline__empty-title").text(title))
        .child(element("p", "timeline__empty-text").text(text))
}

fn failed(text: &str, again: Callback<()>) -> Drawn {
    let sentence = element("p", "").child(element("strong", "").text(words().cannot_load)).text(" ").text(text);
    let button = button("button", words().try_again, None).on("click", move |_| again.run(()));
    element("div", "timeline__trouble").with("role", "alert").child(sentence).child(button)
}

fn jump(missed: RwSignal<usize>, go: Rc<dyn Fn()>) -> Drawn {
    let name = move || match missed.get() {
        0 => words().jump_to_latest.to_owned(),
        count => (words().new_messages)(count),
    };
    let count = element("span", "").saying(move || if missed.get() > 0 { name() } else { String::new() });
    element("button", "timeline__jump")
        .with("type", "button")
        .with_live("aria-label", move || Some(name()))
        .class_while("timeline__jump--news", move || missed.get() > 0)
        .on("click", move |_| {
            go();
            // The button goes away.
            window::focus_soon(SCROLLER_ID);
        })
        .child(count)
        .child(picture(Icon::Down))
}

/// Brings a row into view and lets it be noticed.
pub fn go_to_row(id: &str) {
    let Some(row) = window::element(id) else { return };
    row.scroll_into_view();
    // Only what can take the focus takes it: a visit's card.
    let _ = row.unchecked_ref::<HtmlElement>().focus();
    let classes = row.class_list();
    let _ = classes.remove_1("timeline__row--found");
    // The movement begins anew only once the browser has seen it gone.
    window::after(30, move || {
        let _ = classes.add_1("timeline__row--found");
    });
}
