//! One room: its log, what did not work, and the box to write in or the button to meet.

use std::rc::Rc;

use leptos::prelude::*;
use shared::{Abilities, ClientMessageId, MessageId, PendingKind, Room, RoomId};
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, FileList};

use super::header::meet_button;
use super::typing::{self, typing_line};
use crate::api::Step;
use crate::composer::caret;
use crate::composer::early::{self, Early};
use crate::composer::state::{Order, sendable};
use crate::composer::view::{MESSAGE_ID, Wish};
use crate::composer::{Desk, composer};
use crate::files::card::{limit_text, size_text};
use crate::outbox::{self, held};
use crate::platform::{clock, window};
use crate::portal::Portal;
use crate::search::{Search, highlight, search_bar};
use crate::timeline::entry::{Act, Tools};
use crate::timeline::state::History;
use crate::timeline::view::{Log, Top, empty};
use crate::timeline::{self, Timeline, rich_text, rows, timeline_view};
use crate::ui::element::{Drawn, element, later};
use crate::ui::reactive::{Derived, Signal};
use crate::ui::{Icon, Tone, banner, button, picture_button};
use crate::visit::note::{self, note_button, note_dialog};
use crate::visit::topics::topics_dialog;
use crate::words::words;
use crate::{files, visit};

/// What can be done in a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Messages can be written.
    #[default]
    Write,
    /// Only meetings are offered.
    Meet,
    /// Nothing any more.
    Closed,
}

/// One room.
pub fn conversation(portal: Portal, room_id: RoomId) -> Drawn {
    // The same id for each closure, without a copy in each.
    let here = StoredValue::new(room_id);
    portal.desk.set(Desk::default());
    portal.search.set(Search::default());
    portal.trouble.set(String::new());
    let room = move || portal.rooms.with(|rooms| here.with_value(|id| rooms.all().iter().find(|room| room.id == *id).cloned()));
    let can = Derived::new(move || room().map(|room: Room| room.can).unwrap_or_default());
    let place = Derived::new(move || match room() {
        Some(room) if room.is_closed => Place::Closed,
        Some(Room { can: Abilities { write: false, meet: true, .. } | Abilities { write: false, leave_note: true, .. }, .. }) => {
            Place::Meet
        }
        _ => Place::Write,
    });
    let log = Log {
        rows: Box::new(move || {
            let me = portal.me();
            let rows = |timeline: &Timeline| rows::rows(timeline, me.as_ref(), &clock::day_of);
            here.with_value(|room_id| portal.with_timeline(room_id, rows)).unwrap_or_default()
        }),
        top: Box::new(move |is_empty| {
            let top = |timeline: &Timeline| match timeline.thread() {
                Some(thread) => Top::of_thread(&thread.reading),
                None => Top::of(timeline.history(), is_empty),
            };
            here.with_value(|room_id| portal.with_timeline(room_id, top)).unwrap_or(Top::LoadingAll)
        }),
        has_older: Box::new(move || {
            let has_older = |timeline: &Timeline| timeline.thread().is_none() && matches!(timeline.history(), History::More(_));
            here.with_value(|room_id| portal.with_timeline(room_id, has_older)) == Some(true)
        }),
        test_url: Box::new(move || portal.profile.with(|profile| profile.as_ref()?.media_test_url.clone())),
        is_waiting: Box::new(move || portal.connection.with(|connection| connection.is_broken())),
        tools: Rc::new(move || {
            let Abilities { write, edit, .. } = can.get();
            Tools { reply: write && place.get() == Place::Write, edit }
        }),
        empty: Box::new(move || match place.get_untracked() {
            Place::Meet if can.get().meet => empty(Icon::Camera, words().meet_only(), words().meet_only_hint()),
            Place::Meet => empty(Icon::Chat, words().leave_note(), words().note_hint()),
            Place::Write | Place::Closed => empty(Icon::Chat, words().nothing_yet(), words().nothing_yet_hint()),
        }),
        wanted: portal.wanted,
        on_older: Rc::new(move || here.with_value(|room_id| timeline::effects::load_older(portal, room_id))),
        on_reload: Rc::new(move || {
            here.with_value(|room_id| match portal.peek_timeline(room_id, |timeline| timeline.thread().is_some()) {
                Some(true) => timeline::effects::load_thread(portal, room_id),
                _ => timeline::effects::load_newest(portal, room_id),
            });
        }),
        on_act: Box::new(move |act, to| here.with_value(|room_id| press(portal, room_id, act, to))),
        on_drawn: Box::new(move |log| {
            here.with_value(|room_id| files::effects::complete(portal, room_id, log));
            portal.search.with_untracked(|search| highlight::mark(log, search));
        }),
    };
    let thread = Derived::new(move || {
        let root = |timeline: &Timeline| timeline.thread().map(|thread| thread.root.clone());
        here.with_value(|room_id| portal.with_timeline(room_id, root)).flatten()
    });
    let typing = element("div", "chat__typing-place").holding(move || typing_line(portal));
    let trouble = element("div", "chat__trouble").with("role", "alert").holding(move || trouble(portal));
    // The box to write in comes last: whoever can write can do everything.
    let topics = later(move || topics_dialog(portal, here.get_value()));
    let note = later(move || note_dialog(portal, here.get_value()));
    let below = element("div", "chat__below").holding_soon(move || {
        early::uncover(portal);
        if place.get() != Place::Write {
            portal.early.update(std::mem::take);
        }
        Some(match place.get() {
            Place::Write => write_box(portal, here, can, thread.get()),
            Place::Closed => element("p", "composer__closed").text(words().space_closed()),
            Place::Meet => element("div", "chat__meet")
                // While there is a meeting, its card says what to do.
                .holding(move || {
                    let room_id = here.get_value();
                    let is_idle = !visit::effects::has_active(portal, &room_id);
                    let can = can.get();
                    is_idle.then(|| {
                        let meet = can.meet.then(|| meet_button(portal, room_id, "button button--primary button--large"));
                        element("div", "chat__ways").maybe(meet).maybe(can.leave_note.then(note_button)).maybe(note::told(portal))
                    })
                }),
        })
    });
    let thread_bar = element("div", "chat__thread-place").holding(move || thread.with(Option::is_some).then(|| thread_bar(portal, here)));
    let drawn = element("div", "chat__conversation")
        .child(search_bar(portal, here))
        .child(thread_bar)
        .child(timeline_view(log))
        .child(typing)
        .child(trouble)
        .child(below);
    let drawn = drawn.child(element("div", "chat__drop").with("aria-hidden", "true").text(words().drop_here()));
    dropped_on(drawn, portal, can).child(topics).child(note)
}

/// What stands above an open thread: where the guest is, and the way back.
fn thread_bar(portal: Portal, here: StoredValue<RoomId>) -> Drawn {
    let back = picture_button("chat__back", words().close(), Icon::Back).on("click", move |_| {
        here.with_value(|room_id| close_thread(portal, room_id));
    });
    element("div", "chat__thread").child(back).child(element("h2", "chat__thread-title").text(words().thread()))
}

fn close_thread(portal: Portal, room_id: &RoomId) {
    if let Some(root) = portal.change_timeline(room_id, Timeline::close_thread).flatten() {
        window::focus_soon(MESSAGE_ID);
        // Back to where the guest came from, once the conversation is drawn.
        window::after(60, move || portal.wanted.set(root.to_string()));
    }
}

/// The box to write in; in a thread, its answers.
fn write_box(portal: Portal, here: StoredValue<RoomId>, can: Derived<Abilities>, thread: Option<MessageId>) -> Drawn {
    let root = StoredValue::new(thread.clone());
    let kept = portal.drawer().map(|drawer| here.with_value(|room_id| drawer.draft(room_id, thread.as_ref()))).unwrap_or_default();
    let Early { text, is_sent, caret } = portal.early.update(std::mem::take);
    match caret {
        Some(caret) => early::write_on(if is_sent { 0 } else { caret }),
        None if window::has_fine_pointer() => window::focus_soon(MESSAGE_ID),
        None => {}
    }
    let draft = if is_sent || text.is_empty() { kept } else { text.clone() };
    if is_sent && let Ok(text) = sendable(&text) {
        here.with_value(|room_id| outbox::effects::send(portal, room_id, None, text, None));
    }
    let wish = move |wish: Wish| {
        here.with_value(|room_id| match wish {
            Wish::Keep(text) => {
                typing::tell(portal, room_id, !text.is_empty());
                if let Some(drawer) = portal.drawer() {
                    root.with_value(|root| drawer.set_draft(room_id, root.as_ref(), &text));
                }
            }
            Wish::Do(Order::Send(text, file)) => outbox::effects::send(portal, room_id, root.get_value(), text, file),
            Wish::Do(Order::Edit(id, text)) => outbox::effects::change(portal, room_id, PendingKind::Edit, &id, text),
            Wish::Do(Order::Nothing) => {}
            Wish::Attach(files) => attach(portal, &files),
            Wish::EditLast => {
                let me = portal.me();
                let last = |timeline: &Timeline| timeline.last_own(me.as_ref()).map(|message| message.id.to_string());
                if let Some(id) = portal.peek_timeline(room_id, last).flatten().filter(|_| can.get_untracked().edit) {
                    press(portal, room_id, Act::Edit, id);
                }
            }
            Wish::Leave => close_thread(portal, room_id),
        });
    };
    let people = move || {
        let me = portal.session.with_untracked(|session| session.as_ref().and_then(|session| session.person_id.clone()));
        let others = |timeline: &Timeline| {
            let others = timeline.members().iter().filter(|member| Some(&member.person_id) != me.as_ref());
            others.map(|member| member.display_name.clone()).collect()
        };
        here.with_value(|room_id| portal.peek_timeline(room_id, others)).unwrap_or_default()
    };
    composer(portal.desk, draft, thread.is_some(), move || can.get().files, people, Rc::new(wish))
}

/// Something in the log was pressed.
fn press(portal: Portal, room_id: &RoomId, act: Act, to: String) {
    let client_id = || ClientMessageId::new(to.as_str());
    let message_id = || MessageId::new(to.as_str());
    match act {
        Act::Again => outbox::effects::send_again(portal, room_id, &client_id()),
        Act::Discard => outbox::effects::discard(portal, room_id, &client_id()),
        Act::Edit => {
            let text = |timeline: &Timeline| timeline.message(&message_id()).map(|message| rich_text::editable(&message.content));
            if let Some(text) = portal.peek_timeline(room_id, text).flatten() {
                portal.desk.update(|desk| desk.edit(message_id(), text));
            }
        }
        Act::Rewrite => rewrite(portal, room_id.clone(), client_id()),
        Act::Delete => {
            portal.change_timeline(room_id, |timeline| timeline.ask_about(Some(message_id())));
        }
        Act::Keep | Act::DeleteSurely => {
            portal.change_timeline(room_id, |timeline| timeline.ask_about(None));
            if act == Act::DeleteSurely {
                outbox::effects::change(portal, room_id, PendingKind::Delete, &message_id(), String::new());
            }
        }
        Act::Thread | Act::Reply => {
            portal.change_timeline(room_id, |timeline| timeline.open_thread(&message_id()));
            timeline::effects::load_thread(portal, room_id);
            if act == Act::Reply || window::has_fine_pointer() {
                window::focus_soon(MESSAGE_ID);
            }
        }
        // The log itself does that.
        Act::More => {}
        Act::Download => files::effects::download(portal, &to),
        Act::Enlarge => {
            let name = |timeline: &Timeline| files::effects::name_of(timeline, &to);
            files::effects::enlarge(&to, &portal.peek_timeline(room_id, name).flatten().unwrap_or_default());
        }
        Act::Join => visit::effects::step(portal, &to, Step::Join),
        Act::CancelVisit => visit::effects::step(portal, &to, Step::Cancel),
        Act::Leave => visit::effects::step(portal, &to, Step::Leave),
    }
}

/// What failed goes back into the box it was written in, and only then out of the log.
fn rewrite(portal: Portal, room_id: RoomId, id: ClientMessageId) {
    let places = |timeline: &Timeline| {
        let echo = timeline.echo(&id)?;
        Some((echo.text.clone(), echo.parent_id.clone(), timeline.thread().map(|thread| thread.root.clone())))
    };
    let Some((text, parent, open)) = portal.peek_timeline(&room_id, places).flatten() else { return };
    portal.desk.update(|desk| desk.editing = None);
    if parent != open {
        match &parent {
            Some(root) => {
                portal.change_timeline(&room_id, |timeline| timeline.open_thread(root));
                timeline::effects::load_thread(portal, &room_id);
            }
            None => close_thread(portal, &room_id),
        }
    }
    // Once that box is drawn.
    window::after(0, move || {
        if caret::append(&text) {
            outbox::effects::discard(portal, &room_id, &id);
        }
    });
}

/// The guest chose a file: it waits beside the box, unless it is too large for this site.
fn attach(portal: Portal, files: &FileList) {
    let Some(file) = files.get(0) else { return };
    let limit = portal.profile.with_untracked(|profile| profile.as_ref().map_or(0, |profile| profile.max_file_bytes));
    match portal.desk.update(|desk| desk.choose(held::describe(&file), limit)) {
        Ok(()) => {
            held::choose(file);
            portal.trouble.set(if files.length() > 1 { words().one_file().to_owned() } else { String::new() });
            window::focus_soon(MESSAGE_ID);
        }
        Err(size) => portal.tell(words().file_too_large(&size_text(size), &limit_text(limit))),
    }
}

/// Files may be let go anywhere on the conversation.
fn dropped_on(drawn: Drawn, portal: Portal, can: Derived<Abilities>) -> Drawn {
    let is_over = Signal::new(false);
    let takes = move |event: &web_sys::Event| {
        // Words that are dragged into the box are the browser's to insert.
        let is_taken = can.get_untracked().files && event.dyn_ref::<DragEvent>().is_some_and(window::has_files);
        if is_taken {
            event.prevent_default();
        }
        is_taken
    };
    drawn
        .class_while("chat__conversation--dropping", move || is_over.get())
        .on("dragover", move |event| {
            let is_taken = takes(&event);
            if is_over.get_untracked() != is_taken {
                is_over.set(is_taken);
            }
        })
        .on("dragleave", move |event| {
            // Passing from one part to another is no leaving.
            let to =
                event.dyn_ref::<DragEvent>().and_then(|event| event.related_target()).and_then(|to| to.dyn_into::<web_sys::Node>().ok());
            let from = event.current_target().and_then(|from| from.dyn_into::<web_sys::Node>().ok());
            if !from.is_some_and(|from| to.is_some() && from.contains(to.as_ref())) {
                is_over.set(false);
            }
        })
        .on("drop", move |event| {
            is_over.set(false);
            if takes(&event)
                && let Some(files) = event.dyn_ref::<DragEvent>().and_then(|event| event.data_transfer()?.files())
            {
                attach(portal, &files);
            }
        })
}

/// What did not work.
fn trouble(portal: Portal) -> Option<Drawn> {
    let sentence = portal.trouble.get();
    (!sentence.is_empty()).then(|| {
        let close = button("banner__button", words().close(), None).on("click", move |_| {
            portal.trouble.set(String::new());
            window::focus_soon(MESSAGE_ID);
        });
        banner(Tone::Error, Some(Icon::Alert), &sentence).child(close)
    })
}
