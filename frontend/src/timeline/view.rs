//! The log of a room.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent, PointerEvent};

use super::entry::{ACT, Act, TO, Tools};
use super::pane::{ABOVE_ID, BELOW_ID, CONTENT_ID, Pane, ROWS_ID, SCROLLER_ID};
use super::rows::{Body, Row};
use super::scroll::Place;
use super::state::History;
use super::thread::Reading;
use crate::platform::window;
use crate::ui::Icon;
use crate::ui::button;
use crate::ui::element::{Drawn, element, picture};
use crate::ui::reactive::{Derived, Signal, watch};
use crate::words::words;

/// A row that somebody wrote.
const ROW: &str = ".timeline__row";

/// What a log shows, and what it asks for.
pub struct Log {
    /// What is drawn, oldest first.
    pub rows: Box<dyn Fn() -> Vec<Row>>,
    /// What stands above them; told whether there are none.
    pub top: Box<dyn Fn(bool) -> Top>,
    /// There are older messages that nobody is fetching.
    pub has_older: Box<dyn Fn() -> bool>,
    /// Where a guest can try camera and microphone.
    pub test_url: Box<dyn Fn() -> Option<String>>,
    /// Nothing leaves the browser just now.
    pub is_waiting: Box<dyn Fn() -> bool>,
    /// What can be done with messages.
    pub tools: Rc<dyn Fn() -> Tools>,
    /// What stands in the log while nothing was said.
    pub empty: Box<dyn Fn() -> Drawn>,
    /// The message or visit to be brought into view.
    pub wanted: Signal<String>,
    /// Older messages are wanted.
    pub on_older: Rc<dyn Fn()>,
    /// The newest messages are to be fetched again.
    pub on_reload: Rc<dyn Fn()>,
    /// Something in a row was pressed: what, and to which message, file or visit.
    pub on_act: Box<dyn Fn(Act, String)>,
    /// The rows are drawn.
    pub on_drawn: Box<dyn Fn(&Element)>,
}

/// The log of a room.
pub fn timeline_view(log: Log) -> Drawn {
    let Log { rows, top: above, has_older, test_url, is_waiting, tools, empty, wanted, on_older, on_reload, on_act, on_drawn } = log;
    let pane = Rc::new(Pane::new(on_drawn));
    let is_at_end = Signal::new(true);
    let is_near_start = Signal::new(false);
    let is_empty = Signal::new(true);
    // How many came while the guest was further up.
    let missed = Signal::new(0_usize);

    let watched = pane.clone();
    watch(move || {
        let follow = |signal: Signal<bool>, now: bool| {
            if signal.get_untracked() != now {
                signal.set(now);
            }
        };
        // The pane holds what calls back here.
        let moving = Rc::downgrade(&watched);
        let moved = move |place: Place| {
            follow(is_at_end, place.is_at_end);
            follow(is_near_start, place.is_near_start);
            if place.is_at_end && missed.get_untracked() > 0 {
                missed.set(0);
            }
            if let Some(pane) = moving.upgrade() {
                pane.moved();
            }
        };
        watched.begin(moved);
    });
    let ended = pane.clone();
    let go_to_end: Rc<dyn Fn()> = Rc::new(move || ended.go_to_end());

    // Older messages are fetched while the beginning is near: by scrolling, and while the log is not full.
    let has_older = Derived::new(has_older);
    let fetch = on_older.clone();
    watch(move || {
        if is_near_start.get() && has_older.get() {
            fetch();
        }
    });

    // What comes at the end comes in softly, takes the guest along if they wrote it, and is counted
    // if they do not see it. Older messages come in above, where nobody looks.
    let last_id = RefCell::new(String::new());
    let (shown, go) = (pane.clone(), go_to_end.clone());
    watch(move || {
        let rows = rows();
        let test_url = test_url();
        let was_at_end = is_at_end.get_untracked();
        let before = last_id.borrow().clone();
        let last = rows.last().filter(|last| last.key.id != before).map(|last| (last.key.id.clone(), last.body.clone()));
        // Many may come at once.
        let is_said = |row: &&Row| matches!(row.body, Body::Theirs(..) | Body::Notice(_));
        let new = rows.iter().rev().take_while(|row| row.key.id != before).filter(is_said).count();
        if is_empty.get_untracked() != rows.is_empty() {
            is_empty.set(rows.is_empty());
        }
        shown.show(rows, was_at_end && !before.is_empty(), test_url);
        if let Some((id, body)) = last {
            last_id.replace(id);
            match body {
                _ if before.is_empty() => {}
                Body::Echo(_) | Body::Visit(_) => go(),
                Body::Theirs(..) | Body::Notice(_) if !was_at_end => missed.set(missed.get_untracked() + new),
                _ => {}
            }
        }
    });
    let led = pane.clone();
    watch(move || {
        let id = wanted.get();
        if !id.is_empty() {
            led.go_to(&id);
            wanted.set(String::new());
        }
    });

    let (pressing, pointing, left, escaping) = (pane.clone(), pane.clone(), pane.clone(), pane.clone());
    let (acting, pressed_tools, pointed_tools) = (tools.clone(), tools.clone(), tools);
    let state = Derived::new(move || above(is_empty.get()));
    let content = element("div", "timeline__content")
        .with("id", CONTENT_ID)
        .child(element("div", "timeline__above").holding(move || Some(top(state.get(), &empty, &on_older, &on_reload))))
        .child(element("div", "timeline__room").with("id", ABOVE_ID))
        .child(
            element("ol", "timeline__rows")
                .with("id", ROWS_ID)
                .class_while("timeline__rows--waiting", is_waiting)
                .class_while("timeline__rows--acting", move || acting() != Tools::default())
                .on("click", move |event| {
                    let Some(pressed) = around(&event, "[data-act]") else { return };
                    match (pressed.get_attribute(ACT).and_then(|act| Act::read(&act)), pressed.get_attribute(TO)) {
                        (Some(Act::More), _) => around(&event, ROW).iter().for_each(|row| pressing.show_tools(row, pressed_tools(), true)),
                        (Some(what), Some(to)) => {
                            pressing.hide_tools();
                            on_act(what, to);
                        }
                        _ => {}
                    }
                })
                .on("pointerover", move |event| {
                    // Where there is no mouse, the button is pressed.
                    if event.dyn_ref::<PointerEvent>().is_some_and(|event| event.pointer_type() == "mouse")
                        && let Some(row) = around(&event, ROW)
                    {
                        pointing.show_tools(&row, pointed_tools(), false);
                    }
                })
                .on("pointerleave", move |_| left.hide_tools())
                .on("keydown", move |event| {
                    if event.dyn_ref::<KeyboardEvent>().is_some_and(|event| event.key() == "Escape") {
                        event.prevent_default();
                        escaping.hide_tools();
                    }
                }),
        )
        .child(element("div", "timeline__room").with("id", BELOW_ID));
    let scroller = element("div", "timeline__scroller")
        .with("role", "log")
        .with("aria-label", words().messages())
        .with("aria-live", "off")
        .with("tabindex", "0")
        .with("id", SCROLLER_ID)
        .on("scroll", move |_| pane.scrolled())
        .child(content);
    let jump = element("div", "").holding(move || (!is_at_end.get()).then(|| jump(missed, go_to_end.clone())));
    element("div", "timeline").child(scroller).child(jump)
}

/// What an event happened in.
fn around(event: &Event, selector: &str) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest(selector).ok().flatten()
}

/// What stands above the rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Top {
    /// Nothing.
    #[default]
    Nothing,
    /// More is being fetched.
    Loading,
    /// Everything is.
    LoadingAll,
    /// More could not be fetched, and why.
    Failed(String),
    /// Nothing could.
    FailedAll(String),
    /// Here the conversation begins.
    Beginning,
    /// Nothing was said yet.
    Empty,
}

impl Top {
    /// What stands above an open thread.
    pub fn of_thread(reading: &Reading) -> Self {
        match reading {
            Reading::Loading => Self::Loading,
            Reading::Whole => Self::Nothing,
            Reading::Failed(error) => Self::FailedAll(error.sentence()),
        }
    }

    /// What stands above a conversation.
    pub fn of(history: &History, is_empty: bool) -> Self {
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

fn top(top: Top, empty: &dyn Fn() -> Drawn, on_older: &Rc<dyn Fn()>, on_reload: &Rc<dyn Fn()>) -> Drawn {
    let loading = |class| element("span", class).text(words().loading());
    match top {
        Top::Nothing => element("div", ""),
        Top::Loading => element("p", "timeline__top").child(element("span", "timeline__spinner")).child(loading("hidden")),
        Top::LoadingAll => element("div", "timeline__ghosts")
            .child(loading("hidden"))
            .child(element("div", "timeline__ghost timeline__ghost--a"))
            .child(element("div", "timeline__ghost timeline__ghost--b"))
            .child(element("div", "timeline__ghost timeline__ghost--c")),
        Top::Failed(text) => failed(&text, on_older),
        Top::FailedAll(text) => failed(&text, on_reload),
        Top::Beginning => element("p", "timeline__top").text(words().beginning()),
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

fn failed(text: &str, again: &Rc<dyn Fn()>) -> Drawn {
    let again = again.clone();
    let sentence = element("p", "").child(element("strong", "").text(words().cannot_load())).text(" ").text(text);
    let button = button("button", words().try_again(), None).on("click", move |_| again());
    element("div", "timeline__trouble").with("role", "alert").child(sentence).child(button)
}

fn jump(missed: Signal<usize>, go: Rc<dyn Fn()>) -> Drawn {
    let name = move || match missed.get() {
        0 => words().jump_to_latest().to_owned(),
        count => words().unread(count),
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
