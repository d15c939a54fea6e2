//! What runs while a guest is signed in: the event stream, and what each event changes.

use shared::{Message, PersonId, PortalEvent, RoomId, RoomList, Session};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::DragEvent;

use super::state::{Connection, Stream};
use super::typing;
use crate::api::decode::decode;
use crate::api::events::EventStream;
use crate::api::sse::Frame;
use crate::outbox::store::Drawer;
use crate::outbox::{self, Outbox, Stage};
use crate::platform::backoff::Backoff;
use crate::platform::sleep::sleep;
use crate::platform::task::spawn;
use crate::platform::{host, random, window};
use crate::portal::Portal;
use crate::rooms::Rooms;
use crate::sign_in::{self, Farewell};
use crate::timeline::state::{History, Source};
use crate::timeline::{self, Timeline, rich_text};
use crate::ui::announcer::announce;
use crate::visit;
use crate::words::words;

/// A server's wish for the wait before the next connection is followed up to here.
const LONGEST_WAIT_MILLIS: u32 = 15_000;

/// A guest is signed in: everything starts, with their rooms if they are known.
pub fn begin(portal: Portal, session: Session, rooms: Option<RoomList>) {
    let drawer = Drawer::new(&session.site_id, &session.guest_id);
    drawer.forget_others(&session.site_id);
    let items = drawer.outbox();
    portal.outbox.set(Outbox::restored(items));
    portal.connection.set(Connection { is_online: window::is_online(), ..Connection::default() });
    portal.session.set(Some(session));
    let round = portal.running().round();
    match rooms {
        Some(RoomList { items, last_event_id }) => {
            spawn(listen(portal, round, last_event_id));
            portal.rooms.update(|rooms| rooms.replace(items));
            show_open_room(portal);
        }
        None => {
            spawn(listen(portal, round, None));
            load_rooms(portal);
        }
    }
    outbox::effects::drain_all(portal);
}

/// The guest opens a room.
pub fn open_room(portal: Portal, room_id: &RoomId) {
    if let Some(before) = portal.rooms.with_untracked(|rooms| rooms.open_room().map(|room| room.id.clone())) {
        portal.change_timeline(&before, |timeline| timeline.looks_away(None));
    }
    portal.rooms.update(|rooms| rooms.open(room_id));
    portal.typing.update(Vec::clear);
    portal.change_timeline(room_id, Timeline::looks_again);
    show_open_room(portal);
}

/// Hears of the network going and coming back, as long as the page is there.
pub fn watch_network(portal: Portal) {
    super::attention::restore(portal);
    window::on("online", move |_| {
        portal.connection.update(|connection| connection.is_online = true);
        portal.running().wake();
    });
    window::on("offline", move |_| {
        portal.connection.update(|connection| connection.is_online = false);
        portal.running().break_stream();
    });
    window::on("visibilitychange", move |_| {
        let open = portal.rooms.with_untracked(|rooms| rooms.open_room().map(|room| room.id.clone()));
        let Some(room_id) = open else { return };
        if window::is_hidden() {
            portal.change_timeline(&room_id, |timeline| timeline.looks_away(None));
        } else {
            portal.rooms.update(Rooms::seen);
            portal.change_timeline(&room_id, Timeline::looks_again);
            note_seen(portal, &room_id);
        }
    });
    // A file that is let go beside the conversation would take the page's place.
    for event in ["dragover", "drop"] {
        window::on(event, |event| {
            if event.dyn_ref::<DragEvent>().is_some_and(window::has_files) {
                event.prevent_default();
            }
        });
    }
    window::on("beforeunload", move |event| {
        let is_uploading = |outbox: &Outbox| outbox.items().iter().any(|item| item.file.is_some() && item.stage == Stage::Queued);
        if portal.outbox.with_untracked(is_uploading) {
            // The browser asks whether to leave: the file is gone with the page.
            event.prevent_default();
        }
    });
    window::on(host::LOGOUT, move |_| {
        spawn(async move {
            if let Err(error) = sign_in::effects::leave(portal).await {
                host::tell("error", &JsValue::from_str(&error.sentence()));
            }
        });
    });
    // A page that is left may be kept for coming back: its open stream would take one of the few
    // connections of the next one. It connects again when it is shown.
    window::on("pagehide", move |_| portal.running().break_stream());
}

/// The guest sees all there is of a room: the next page that opens it knows, and so do the others in it.
pub fn note_seen(portal: Portal, room_id: &RoomId) {
    let newest = portal.peek_timeline(room_id, |timeline| timeline.newest().map(|newest| (newest.id.clone(), newest.created_at))).flatten();
    if let Some((drawer, (id, latest))) = portal.drawer().zip(newest).filter(|_| !window::is_hidden()) {
        drawer.set_seen(room_id, latest);
        typing::tell_read(portal, room_id, &id);
    }
}

/// Fetches the guest's rooms, and the messages of the open one.
pub fn load_rooms(portal: Portal) {
    let round = portal.running().round();
    spawn(async move {
        let mut backoff = Backoff::default();
        let mut has_failed = false;
        loop {
            let answer = portal.client().rooms().await;
            if portal.running().round() != round {
                return;
            }
            match answer {
                Ok(list) => {
                    portal.rooms.update(|rooms| rooms.replace(list.items));
                    return show_open_room(portal);
                }
                Err(error) if error.is_signed_out() => return portal.end(Farewell::Expired),
                Err(error) => {
                    // Once may pass before anybody has read it.
                    if std::mem::replace(&mut has_failed, true) {
                        portal.tell(error.sentence());
                    }
                    sleep(backoff.next_millis(random::fraction())).await;
                }
            }
            if portal.running().round() != round {
                return;
            }
        }
    });
}

fn show_open_room(portal: Portal) {
    let Some(room_id) = portal.rooms.with_untracked(|rooms| rooms.open_room().map(|room| room.id.clone())) else { return };
    let is_held = |timeline: &Timeline| !matches!(timeline.history(), History::Unknown | History::Closed(_));
    if portal.peek_timeline(&room_id, is_held) != Some(true) {
        timeline::effects::load_newest(portal, &room_id);
        timeline::effects::load_members(portal, &room_id);
    }
}

/// Keeps the event stream open until the guest leaves. What is asked for after the event with this id was the last one need
/// not be asked for again when the stream is there.
async fn listen(portal: Portal, round: u32, mut last_event_id: Option<String>) {
    let running = portal.running();
    let is_over = || running.round() != round;
    let mut backoff = Backoff::default();
    let mut least_wait = 0;
    while !is_over() {
        match EventStream::open(&portal.client(), last_event_id.as_deref()).await {
            _ if is_over() => return,
            Ok(mut stream) => {
                running.hold_stream(stream.controller());
                while let Some(frame) = stream.next().await {
                    if is_over() {
                        return;
                    }
                    match frame {
                        Frame::Retry(millis) => least_wait = millis.min(LONGEST_WAIT_MILLIS),
                        Frame::Id(id) => last_event_id = Some(id),
                        Frame::Event(data) => {
                            if let Some(event) = decode(&data) {
                                backoff.reset();
                                apply(portal, event);
                            }
                        }
                    }
                }
                if is_over() {
                    return;
                }
                portal.connection.update(|connection| connection.stream = Stream::Opening);
            }
            Err(error) if error.is_signed_out() => return portal.end(Farewell::Expired),
            Err(_) => portal.connection.update(|connection| connection.stream = Stream::Lost),
        }
        running.stream_sleeper.sleep(backoff.next_millis(random::fraction()).max(least_wait)).await;
    }
}

fn apply(portal: Portal, event: PortalEvent) {
    match event {
        PortalEvent::Hello { build, is_resumed } => greeted(portal, &build, is_resumed),
        PortalEvent::MessagePosted { room_id, message } => posted(portal, &room_id, message),
        PortalEvent::MessageEdited { room_id, message } => {
            portal.change_timeline(&room_id, |timeline| timeline.upsert(message));
        }
        PortalEvent::MessageDeleted { room_id, message_id } => {
            portal.change_timeline(&room_id, |timeline| timeline.deleted(&message_id));
            if portal.peek_timeline(&room_id, Timeline::is_emptied) == Some(true) {
                timeline::effects::load_newest(portal, &room_id);
            }
        }
        PortalEvent::TypingChanged { room_id, person, is_typing } => typing::heard(portal, &room_id, person, is_typing),
        PortalEvent::MessagesRead { room_id, person_id, message_id } => {
            if portal.me() != Some(person_id) {
                portal.change_timeline(&room_id, |timeline| timeline.read_by_others(&message_id));
            }
        }
        PortalEvent::DeliveryChanged { pending } => outbox::effects::heard(portal, &pending, Source::Event),
        PortalEvent::VisitChanged { visit } => visit::effects::heard(portal, visit),
        PortalEvent::RoomChanged { room } => {
            portal.rooms.update(|rooms| rooms.upsert(room));
            show_open_room(portal);
        }
        PortalEvent::GuestVouched { person_id } => vouched(portal, person_id),
        PortalEvent::SignedOut => {
            let drawer = portal.drawer();
            portal.end(Farewell::Left);
            if let Some(drawer) = drawer {
                drawer.empty();
            }
        }
        // The server closes the stream next, or says what this build does not know.
        PortalEvent::Bye | PortalEvent::Unknown => {}
    }
}

fn vouched(portal: Portal, person_id: PersonId) {
    portal.session.update(|session| {
        if let Some(session) = session {
            session.person_id = Some(person_id);
        }
    });
}

/// Webex may have vouched for the guest after they signed in and before the stream was there.
fn learn_who_this_is(portal: Portal) {
    if portal.session.with_untracked(|session| session.as_ref().is_none_or(|session| session.person_id.is_some())) {
        return;
    }
    let round = portal.running().round();
    spawn(async move {
        let answer = portal.client().session().await;
        if portal.running().round() == round
            && let Some(person_id) = answer.ok().and_then(|session| session.person_id)
        {
            vouched(portal, person_id);
        }
    });
}

fn greeted(portal: Portal, build: &str, is_resumed: bool) {
    let is_outdated = window::meta("guest-portal-build").is_some_and(|own| own != build);
    let was_broken = portal.connection.update(|connection| {
        connection.is_outdated = is_outdated;
        std::mem::replace(&mut connection.stream, Stream::Live) == Stream::Lost
    });
    learn_who_this_is(portal);
    if was_broken {
        // Whatever was in the way is so no longer.
        portal.trouble.set(String::new());
    }
    if !is_resumed {
        let open = portal.rooms.with_untracked(|rooms| rooms.open_room().map(|room| room.id.clone()));
        // The others are fetched when they are opened.
        portal.timelines.update(|timelines| timelines.retain(|(room_id, _)| Some(room_id) == open.as_ref()));
        if let Some(room_id) = open.filter(|room_id| portal.change_timeline(room_id, Timeline::gap).is_some()) {
            timeline::effects::load_newest(portal, &room_id);
            timeline::effects::load_thread(portal, &room_id);
        }
        load_rooms(portal);
    }
    portal.running().wake();
    outbox::effects::drain_all(portal);
}

fn posted(portal: Portal, room_id: &RoomId, message: Message) {
    if let Some(id) = &message.client_message_id {
        outbox::effects::forget(portal, id);
    }
    let me = portal.session.with_untracked(|session| session.as_ref().and_then(|session| session.person_id.clone()));
    let is_mine = portal.peek_timeline(room_id, |timeline| timeline.is_mine(&message, me.as_ref()));
    let is_mine = is_mine.unwrap_or_else(|| me.as_ref() == Some(&message.author.person_id));
    portal.rooms.update(|rooms| rooms.heard(room_id, message.created_at, is_mine, window::is_hidden()));
    let is_open = portal.rooms.with_untracked(|rooms| rooms.open_room().is_some_and(|room| room.id == *room_id));
    if is_open && !is_mine {
        let words_and_files = [rich_text::plain(&message.content)].into_iter().chain(message.files.iter().map(|file| file.name.clone()));
        let said = words_and_files.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
        announce(&words().said(&message.author.display_name, &said));
    }
    if !is_mine {
        super::attention::call(portal, &message);
        host::tell("message", &JsValue::UNDEFINED);
    }
    typing::stopped(portal, &message.author.person_id);
    let author = message.author.clone();
    portal.change_timeline(room_id, |timeline| timeline.upsert(message));
    if is_open {
        note_seen(portal, room_id);
    }
    if portal.peek_timeline(room_id, |timeline| timeline.is_stranger(&author)) == Some(true) {
        timeline::effects::load_members(portal, room_id);
    }
}
