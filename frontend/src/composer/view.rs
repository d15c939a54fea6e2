//! The box the guest writes in, with what lies beside it: a file to be sent, a message being edited.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Reflect;
use leptos::prelude::*;
use shared::{MessageId, PendingFile};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ClipboardEvent, Event, FileList, HtmlElement, HtmlInputElement, HtmlTextAreaElement, KeyboardEvent};

use super::caret;
use super::emoji::emoji_table;
use super::mention::{self, Mention, mention_list};
use super::state::{Desk, Headroom, Order, room_left, sends};
use crate::files::card;
use crate::platform::window;
use crate::shelf::Shelf;
use crate::timeline::entry::row_id;
use crate::ui::Icon;
use crate::ui::element::{Drawn, element, picture};
use crate::ui::field::direction;
use crate::ui::reactive::{Signal, watch};
use crate::ui::{button, picture_button};
use crate::words::words;

/// The id of the text box, to give it the focus.
pub const MESSAGE_ID: &str = "message";

/// What the guest wants of the composer.
pub enum Wish {
    /// This is being written; to be kept.
    Keep(String),
    /// To be done.
    Do(Order),
    /// The first of these files is to go with the message.
    Attach(FileList),
    /// The last message is to be edited.
    EditLast,
    /// Back from a thread to the conversation.
    Leave,
}

/// The box the guest writes in, with what was being written here last time.
pub fn composer(
    desk: Shelf<Desk>,
    draft: String,
    is_thread: bool,
    can_attach: impl Fn() -> bool + 'static,
    people: impl Fn() -> Vec<String> + 'static,
    wish: Rc<dyn Fn(Wish)>,
) -> Drawn {
    let text = Signal::new(draft);
    let mention = Shelf::new(Mention::default());
    let has_emoji = Signal::new(false);
    let is_editing = move || desk.with(|desk| desk.editing.is_some());
    let is_over = move || matches!(text.with(|text| room_left(text)), Headroom::Over(_));
    let room = move || match text.with(|text| room_left(text)) {
        Headroom::Plenty => String::new(),
        Headroom::Left(count) => words().bytes_left(count),
        Headroom::Over(count) => words().too_long(count),
    };
    let keeper = wish.clone();
    let write: Rc<dyn Fn(String)> = Rc::new(move |new: String| {
        if desk.with_untracked(|desk| desk.editing.is_none()) {
            keeper(Wish::Keep(new.clone()));
        }
        text.set(new);
    });
    let offer = move || {
        let now = caret::before().map(|before| mention::looked_for(&before, &people())).unwrap_or_default();
        // Else the table of emoji would be drawn anew below the guest's hand.
        if mention.with_untracked(|before| *before != now) {
            mention.set(now);
        }
    };
    let take_mention = move |place: usize| {
        let taken = mention.update(std::mem::take);
        if let Some(name) = taken.names.get(place) {
            caret::insert(&("@".to_owned() + name + " "), taken.typed_units);
        }
    };
    let take_emoji = |emoji: String| caret::insert(&emoji, 0);
    let doer = wish.clone();
    let send = Rc::new(move || {
        let order = text.with_untracked(|text| desk.update(|desk| desk.submit(text)));
        if let Some(order) = order {
            if matches!(order, Order::Send(..)) {
                doer(Wish::Keep(String::new()));
                text.set(String::new());
            }
            has_emoji.set(false);
            mention.set(Mention::default());
            doer(Wish::Do(order));
            window::focus_soon(MESSAGE_ID);
        }
    });

    let (sender, presser, paster) = (send.clone(), wish.clone(), wish.clone());
    let taker = take_mention;
    let press = move |event: Event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        let key = event.key();
        let chosen = mention.with_untracked(|mention| mention.name().map(|_| mention.chosen));
        if let Some(chosen) = chosen.filter(|_| !event.is_composing()) {
            match key.as_str() {
                "ArrowDown" | "ArrowUp" => mention.update(|mention| mention.step(key == "ArrowDown")),
                "Enter" | "Tab" => taker(chosen),
                "Escape" => mention.set(Mention::default()),
                _ => return,
            }
            event.prevent_default();
            // The composer must not hear the same Escape.
            event.stop_propagation();
            return;
        }
        if sends(&key, event.shift_key(), event.is_composing(), event.key_code()) {
            event.prevent_default();
            sender();
        } else if key == "Escape" {
            if has_emoji.get_untracked() {
                return;
            }
            // Else the owner's page may put the chat away.
            if desk.with_untracked(|desk| desk.editing.is_some()) {
                event.prevent_default();
                desk.update(|desk| desk.editing = None);
            } else if is_thread {
                event.prevent_default();
                presser(Wish::Leave);
            }
        } else if key == "ArrowUp" && text.with_untracked(String::is_empty) && desk.with_untracked(|desk| desk.editing.is_none()) {
            event.prevent_default();
            presser(Wish::EditLast);
        }
    };
    let paste = move |event: Event| {
        let Some(data) = event.dyn_ref::<ClipboardEvent>().and_then(ClipboardEvent::clipboard_data) else { return };
        // Word processors and spreadsheets give a picture of the words beside them.
        let has_words = data.get_data("text/plain").is_ok_and(|text| !text.is_empty());
        if let Some(files) = data.files().filter(|files| files.length() > 0 && !has_words) {
            event.prevent_default();
            paster(Wish::Attach(files));
        }
    };
    let text_box = element("textarea", "composer__text")
        .with("id", MESSAGE_ID)
        .with("rows", "1")
        .with_live("dir", move || Some(text.with(|text| direction(text)).to_owned()))
        .with("enterkeyhint", "send")
        .with("placeholder", if is_thread { words().write_a_reply() } else { words().write_a_message() })
        .with("aria-label", words().message())
        .with("aria-describedby", "message-room message-hint")
        .with_live("aria-invalid", move || is_over().then(|| "true".to_owned()))
        .live(move |drawn| text.with(|text| drawn.set("value", &JsValue::from_str(text))))
        .with("aria-autocomplete", "list")
        .with_live("aria-controls", move || mention.with(|mention| mention.name().map(|_| mention::LIST_ID.to_owned())))
        .with_live("aria-activedescendant", move || mention.with(|mention| mention.name().map(|_| mention::line_id(mention.chosen))))
        .on("input", move |event| {
            write(event_target_value(&event));
            offer();
        })
        .on("blur", move |_| {
            if mention.with_untracked(|mention| mention.name().is_some()) {
                mention.set(Mention::default());
            }
        })
        .on("keydown", press)
        .on("paste", paste);
    exchange(desk, text);
    // Once it is in the page, and whenever it says something else.
    watch(move || {
        text.track();
        window::element(MESSAGE_ID).and_then(|element| element.dyn_into::<HtmlElement>().ok()).iter().for_each(grow);
    });

    let send_button = element("button", "composer__send")
        .with("type", "submit")
        .with_live("aria-label", move || Some(if is_editing() { words().save() } else { words().send() }.to_owned()))
        .with_live("title", move || Some(if is_editing() { words().save() } else { words().send() }.to_owned()))
        .live(move |drawn| {
            let can_send = text.with(|text| desk.with(|desk| desk.can_submit(text)));
            drawn.set("disabled", &JsValue::from_bool(!can_send));
        })
        .holding(move || Some(picture(if is_editing() { Icon::Check } else { Icon::Send })));
    let chooser = wish;
    let panel = move || {
        let take = take_mention;
        mention_list(mention, take).or_else(|| has_emoji.get().then(|| emoji_table(take_emoji)))
    };
    let smile = picture_button("composer__tool", words().emoji(), Icon::Smile)
        .with_live("aria-expanded", move || Some(has_emoji.get().to_string()))
        .on("click", move |_| {
            has_emoji.set(!has_emoji.get_untracked());
            if !has_emoji.get_untracked() {
                window::focus_soon(MESSAGE_ID);
            }
        });
    element("form", "composer")
        .on("submit", move |event| {
            event.prevent_default();
            send();
        })
        .on("keydown", move |event| {
            let is_escape = event.dyn_ref::<KeyboardEvent>().is_some_and(|event| event.key() == "Escape");
            if is_escape && has_emoji.get_untracked() {
                event.prevent_default();
                has_emoji.set(false);
                window::focus_soon(MESSAGE_ID);
            }
        })
        .child(element("div", "composer__panels").holding(panel))
        .child(element("div", "composer__beside").with("role", "status").holding(move || beside(desk)))
        .child(
            element("div", "composer__box")
                .class_while("composer__box--over", is_over)
                .child(element("div", "composer__attach").holding(move || (can_attach() && !is_editing()).then(|| attach(chooser.clone()))))
                .child(text_box)
                .child(smile)
                .child(send_button),
        )
        .child(
            element("div", "composer__foot")
                .child(element("span", "composer__hint").with("id", "message-hint").text(words().enter_sends()))
                .child(element("span", "composer__room").with("id", "message-room").with("role", "status").saying(room)),
        )
}

/// What is edited takes the draft's place in the box, and gives it back.
fn exchange(desk: Shelf<Desk>, text: Signal<String>) {
    let shown = RefCell::new(None::<MessageId>);
    let draft = RefCell::new(String::new());
    watch(move || {
        let editing = desk.with(|desk| desk.editing.clone());
        let mut shown = shown.borrow_mut();
        if shown.as_ref() == editing.as_ref().map(|(id, _)| id) {
            return;
        }
        if shown.is_none() {
            *draft.borrow_mut() = text.get_untracked();
        }
        let mark = |id: Option<&MessageId>, is_edited| {
            if let Some(row) = id.and_then(|id| window::element(&row_id(id.as_str()))) {
                let _ = row.class_list().toggle_with_force("timeline__row--edited", is_edited);
            }
        };
        let now = editing.as_ref().map(|(id, _)| id);
        mark(shown.as_ref(), false);
        mark(now, true);
        *shown = now.cloned();
        text.set(match editing {
            Some((_, words)) => words,
            None => draft.take(),
        });
        window::after(0, || {
            let text_box = window::element(MESSAGE_ID).and_then(|element| element.dyn_into::<HtmlTextAreaElement>().ok());
            if let Some(text_box) = text_box {
                let _ = text_box.focus();
                let end = text_box.text_length();
                let _ = text_box.set_selection_range(end, end);
            }
        });
    });
}

/// What lies beside the box, above it.
fn beside(desk: Shelf<Desk>) -> Option<Drawn> {
    let (file, is_editing) = desk.with(|desk| (desk.file.clone(), desk.editing.is_some()));
    let edit = is_editing.then(|| {
        let cancel = button("button button--small", words().cancel(), None).on("click", move |_| desk.update(|desk| desk.editing = None));
        let bar = element("div", "composer__bar").child(picture(Icon::Edit)).child(element("span", "").text(words().editing()));
        bar.child(cancel)
    });
    let file = file.map(|file| chosen(desk, &file));
    (edit.is_some() || file.is_some()).then(|| element("div", "").maybe(edit).maybe(file))
}

/// The file that goes with the next message.
fn chosen(desk: Shelf<Desk>, file: &PendingFile) -> Drawn {
    let remove = picture_button("file__download", words().remove_file(), Icon::Close).on("click", move |_| {
        desk.update(|desk| desk.file = None);
        window::focus_soon(MESSAGE_ID);
    });
    element("div", "file").child(card::face(&file.name, &card::size_text(file.size)).child(remove))
}

/// The button that lets the guest choose a file.
fn attach(wish: Rc<dyn Fn(Wish)>) -> Drawn {
    let input = element("input", "").with("type", "file").with("hidden", "").on("change", move |event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
        if let Some(files) = input.files() {
            wish(Wish::Attach(files));
        }
        // So that the same file can be chosen again.
        input.set_value("");
    });
    let opened = input.clone().done().and_then(|input| input.dyn_into::<HtmlElement>().ok());
    let choose =
        picture_button("composer__tool", words().attach(), Icon::Attach).on("click", move |_| opened.iter().for_each(HtmlElement::click));
    element("span", "").child(choose).child(input)
}

/// Makes the box as high as its text; the sheet bounds it. Where the sheet can do all of it, nothing is to be done.
fn grow(text_box: &HtmlElement) {
    let style = text_box.style();
    if Reflect::has(&style, &JsValue::from_str("fieldSizing")).unwrap_or_default() {
        return;
    }
    let _ = style.set_property("block-size", "auto");
    let _ = style.set_property("block-size", &(text_box.scroll_height().to_string() + "px"));
}
