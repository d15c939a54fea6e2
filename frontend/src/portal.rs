//! Everything the page knows, on shelves, and what runs beside it. Effects change it; components
//! read it. It lives as long as the page.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::*;
use shared::{PersonId, RoomId, Session, SiteProfile};
use wasm_bindgen::JsValue;
use web_sys::AbortController;

use crate::api::Client;
use crate::chat::state::Connection;
use crate::chat::typing::Typist;
use crate::composer::Desk;
use crate::composer::early::Early;
use crate::files::pictures;
use crate::outbox::Outbox;
use crate::outbox::held;
use crate::outbox::store::Drawer;
use crate::platform::host;
use crate::platform::sleep::Sleeper;
use crate::rooms::Rooms;
use crate::search::Search;
use crate::shelf::Shelf;
use crate::sign_in::{Farewell, SignIn};
use crate::timeline::Timeline;
use crate::ui::reactive::Signal;

/// Everything the page knows.
#[derive(Clone, Copy)]
pub struct Portal {
    /// The site; absent where it could not be asked for.
    pub profile: Shelf<Option<SiteProfile>>,
    /// A message was left for staff.
    pub note_told: Signal<bool>,
    /// The form of a guest who is not signed in.
    pub sign_in: Shelf<SignIn>,
    /// The guest, once signed in.
    pub session: Shelf<Option<Session>>,
    /// The guest's rooms.
    pub rooms: Shelf<Rooms>,
    /// The conversations that were opened.
    pub timelines: Shelf<Vec<(RoomId, Timeline)>>,
    /// What the guest wrote that is not known to be in Webex.
    pub outbox: Shelf<Outbox>,
    /// Whether the portal is heard.
    pub connection: Shelf<Connection>,
    /// What lies beside the text box.
    pub desk: Shelf<Desk>,
    /// What the guest wrote before the program was there.
    pub early: Shelf<Early>,
    /// What did not work, as a sentence; empty if nothing.
    pub trouble: Signal<String>,
    /// Who is writing in the open room.
    pub typing: Shelf<Vec<Typist>>,
    /// The second in which the others were told last that the guest writes; zero if they know that nobody does.
    pub typing_told_at: Signal<u32>,
    /// A sound calls the guest.
    pub has_sound: Signal<bool>,
    /// A notification does.
    pub notifies: Signal<bool>,
    /// What is looked for in the open conversation.
    pub search: Shelf<Search>,
    /// So many pages further up are looked through by themselves.
    pub search_pages: Signal<u32>,
    /// The message or visit of the open conversation that is to be brought into view; empty if none.
    pub wanted: Signal<String>,
    /// A meeting was asked for, and the portal has not answered.
    pub is_asking_visit: Signal<bool>,
    /// The open conversation will be fetched again in a moment.
    pub is_loading_later: Signal<bool>,
    client: StoredValue<Client, LocalStorage>,
    running: StoredValue<Running, LocalStorage>,
}

impl Portal {
    /// A page that knows nothing yet.
    pub fn new(client: Client) -> Self {
        Self {
            profile: Shelf::new(None),
            note_told: Signal::new(false),
            sign_in: Shelf::new(SignIn::default()),
            session: Shelf::new(None),
            rooms: Shelf::new(Rooms::default()),
            timelines: Shelf::new(Vec::new()),
            outbox: Shelf::new(Outbox::default()),
            connection: Shelf::new(Connection::default()),
            desk: Shelf::new(Desk::default()),
            early: Shelf::new(Early::default()),
            trouble: Signal::new(String::new()),
            typing: Shelf::new(Vec::new()),
            typing_told_at: Signal::new(0),
            has_sound: Signal::new(true),
            notifies: Signal::new(false),
            search: Shelf::new(Search::default()),
            search_pages: Signal::new(0),
            wanted: Signal::new(String::new()),
            is_asking_visit: Signal::new(false),
            is_loading_later: Signal::new(false),
            client: StoredValue::new_local(client),
            running: StoredValue::new_local(Running::default()),
        }
    }

    /// Asks the portal.
    pub fn client(&self) -> Client {
        self.client.get_value()
    }

    /// What runs beside the page.
    pub fn running(&self) -> Running {
        self.running.get_value()
    }

    /// Where the browser keeps this guest's things.
    pub fn drawer(&self) -> Option<Drawer> {
        self.session.with_untracked(|session| session.as_ref().map(|session| Drawer::new(&session.site_id, &session.guest_id)))
    }

    /// The guest's person in Webex.
    pub fn me(&self) -> Option<PersonId> {
        self.session.with(|session| session.as_ref().and_then(|session| session.person_id.clone()))
    }

    /// The session is over: everything stops. What was not sent stays in the browser.
    pub fn end(&self, farewell: Farewell) {
        let Some(session) = self.session.update(Option::take) else {
            // Somebody who was known and had not come in yet.
            if farewell == Farewell::Left {
                self.sign_in.set(SignIn { farewell: Some(farewell), ..SignIn::default() });
            }
            return;
        };
        let was_answered = self.rooms.with_untracked(Rooms::is_known);
        let farewell = if farewell == Farewell::Expired && !was_answered { Farewell::Forgotten } else { farewell };
        self.running().end_round();
        if farewell == Farewell::Expired {
            // Who was vouched for is so again.
            host::tell("over", &JsValue::UNDEFINED);
        }
        let name = if farewell == Farewell::Left { String::new() } else { session.display_name };
        self.sign_in.set(SignIn { name, farewell: Some(farewell), ..SignIn::default() });
        self.rooms.set(Rooms::default());
        self.timelines.update(Vec::clear);
        self.outbox.set(Outbox::default());
        self.desk.set(Desk::default());
        self.search.set(Search::default());
        self.typing.update(Vec::clear);
        self.early.set(Early::default());
        self.trouble.set(String::new());
        self.is_asking_visit.set(false);
        held::clear();
        pictures::clear();
    }

    /// Tells the guest that something did not work.
    pub fn tell(&self, sentence: String) {
        self.trouble.set(sentence);
    }

    /// Reads the conversation of a room, if it was opened, and follows it.
    pub fn with_timeline<T>(&self, room_id: &RoomId, read: impl FnOnce(&Timeline) -> T) -> Option<T> {
        self.timelines.with(|timelines| find(timelines, room_id).map(read))
    }

    /// Reads the conversation of a room once, if it was opened.
    pub fn peek_timeline<T>(&self, room_id: &RoomId, read: impl FnOnce(&Timeline) -> T) -> Option<T> {
        self.timelines.with_untracked(|timelines| find(timelines, room_id).map(read))
    }

    /// Changes the conversation of a room, if it was opened.
    pub fn change_timeline<T>(&self, room_id: &RoomId, change: impl FnOnce(&mut Timeline) -> T) -> Option<T> {
        self.peek_timeline(room_id, |_| ())?;
        self.timelines.update(|timelines| timelines.iter_mut().find(|(id, _)| id == room_id).map(|(_, timeline)| change(timeline)))
    }
}

fn find<'a>(timelines: &'a [(RoomId, Timeline)], room_id: &RoomId) -> Option<&'a Timeline> {
    timelines.iter().find(|(id, _)| id == room_id).map(|(_, timeline)| timeline)
}

/// The tasks of one signed-in guest and what they wait with.
#[derive(Clone, Default)]
pub struct Running {
    round: Rc<Cell<u32>>,
    stream: Rc<RefCell<Option<AbortController>>>,
    /// What the event stream waits with before it connects again.
    pub stream_sleeper: Sleeper,
    lanes: Rc<RefCell<Vec<(RoomId, Sleeper)>>>,
}

impl Running {
    /// The number of the present guest's round; a task of an earlier one ends itself.
    pub fn round(&self) -> u32 {
        self.round.get()
    }

    /// Ends all tasks.
    pub fn end_round(&self) {
        self.round.set(self.round.get().wrapping_add(1));
        self.break_stream();
        self.wake();
        self.lanes.borrow_mut().clear();
    }

    /// Remembers what ends the event stream.
    pub fn hold_stream(&self, controller: AbortController) {
        *self.stream.borrow_mut() = Some(controller);
    }

    /// Ends the event stream; its task connects again.
    pub fn break_stream(&self) {
        if let Some(controller) = self.stream.borrow_mut().take() {
            controller.abort();
        }
    }

    /// Ends all waits: now is a good moment to try again.
    pub fn wake(&self) {
        self.stream_sleeper.wake();
        self.lanes.borrow().iter().for_each(|(_, sleeper)| sleeper.wake());
    }

    /// Takes a room's lane; `None` if somebody sends there already.
    pub fn take_lane(&self, room_id: &RoomId) -> Option<Sleeper> {
        let mut lanes = self.lanes.borrow_mut();
        if lanes.iter().any(|(id, _)| id == room_id) {
            return None;
        }
        let sleeper = Sleeper::default();
        lanes.push((room_id.clone(), sleeper.clone()));
        Some(sleeper)
    }

    /// Gives a room's lane back.
    pub fn free_lane(&self, room_id: &RoomId) {
        self.lanes.borrow_mut().retain(|(id, _)| id != room_id);
    }
}
