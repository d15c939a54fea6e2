//! What a page took at some moment and what the stream said since is the same as a page taken now: for
//! everything the stream can say, in whatever order and however often the network brings it.

use shared::{
    Author, AuthorKind, ClientMessageId, Delivery, Message, MessageId, MessagePage, Pending, PendingKind, PersonId, PortalEvent, RoomId,
    Timestamp, Visit, VisitId, VisitState, rich_text,
};

use super::state::{Echo, Older, Progress, Refresh, Source, Timeline};
use super::state_tests::{at, item, problem};
use crate::api::ApiError;
use crate::outbox::Item;

const FIRST_SEED: u64 = 20_261_125;
const INTERLEAVINGS: u64 = 10_000;
const STEPS: usize = 70;
const PAGE_SIZE: usize = 5;

/// The portal: what it knows, and everything it ever said on the stream.
#[derive(Default)]
struct Portal {
    clock: i64,
    /// By the time they were written.
    messages: Vec<Message>,
    pending: Vec<Pending>,
    visits: Vec<Visit>,
    said: Vec<PortalEvent>,
    made: u32,
}

/// What is on its way between the browser and the portal.
enum Request {
    Newest(Refresh),
    Older(Older),
    Send(Item),
}

enum Answer {
    Newest(Refresh, MessagePage),
    Older(Older, MessagePage),
    Sent(Pending),
}

/// A browser, its network and the portal.
struct World {
    random: fastrand::Rng,
    portal: Portal,
    timeline: Timeline,
    requests: Vec<Request>,
    answers: Vec<Answer>,
    /// What the portal refused to take; only this browser knows of it.
    refused: Vec<ClientMessageId>,
    /// How much of the stream was heard; `None` while it is broken.
    heard: Option<usize>,
    /// Where it broke.
    broke_at: usize,
    kinds: [u32; 6],
}

impl Portal {
    fn tick(&mut self) -> Timestamp {
        self.clock += 10;
        at(self.clock)
    }

    fn post(&mut self, text: &str, mine: Option<&ClientMessageId>, created_at: Timestamp) -> Message {
        self.made += 1;
        let (person, kind) = if mine.is_some() { ("ada", AuthorKind::Guest) } else { ("ben", AuthorKind::Staff) };
        let message = Message {
            id: MessageId::new(format!("m{}", self.made)),
            author: Author { person_id: PersonId::new(person), display_name: person.into(), kind },
            content: rich_text::from_plain_text(text),
            files: vec![],
            parent_id: None,
            created_at,
            edited_at: None,
            client_message_id: mine.cloned(),
        };
        let place = self.messages.partition_point(|other| other.created_at < message.created_at);
        self.messages.insert(place, message.clone());
        message
    }

    fn edit(&mut self, id: &MessageId, text: &str) -> Option<PortalEvent> {
        let edited_at = self.tick();
        let message = self.messages.iter_mut().find(|message| message.id == *id)?;
        message.content = rich_text::from_plain_text(text);
        message.edited_at = Some(edited_at);
        Some(PortalEvent::MessageEdited { room_id: RoomId::new("r"), message: message.clone() })
    }

    fn delete(&mut self, id: &MessageId) -> Option<PortalEvent> {
        let place = self.messages.iter().position(|message| message.id == *id)?;
        let message = self.messages.remove(place);
        Some(PortalEvent::MessageDeleted { room_id: RoomId::new("r"), message_id: message.id })
    }

    fn page(&self, before: Option<Timestamp>) -> MessagePage {
        let end = before.map_or(self.messages.len(), |before| self.messages.partition_point(|message| message.created_at < before));
        let begin = end.saturating_sub(PAGE_SIZE);
        let items: Vec<_> = self.messages.iter().take(end).skip(begin).cloned().collect();
        let older = (begin > 0).then(|| items.first().map(|message| message.id.clone())).flatten();
        if before.is_some() {
            return MessagePage { items, older, ..MessagePage::default() };
        }
        MessagePage { items, older, pending: self.pending.clone(), visits: self.visits.clone(), ..MessagePage::default() }
    }

    /// The next thing happens to one of the guest's own messages or changes.
    fn advance(&mut self, random: &mut fastrand::Rng, place: usize) {
        let Some(pending) = self.pending.get(place).cloned() else { return };
        let next = match (pending.delivery, random.u8(..8)) {
            (Delivery::Failed, _) => return,
            (Delivery::Accepted, _) => Delivery::InFlight,
            (Delivery::NotConfirmed, 0..3) => Delivery::InFlight,
            (_, 0) => Delivery::Failed,
            (_, 1 | 2) => Delivery::NotConfirmed,
            _ => Delivery::Sent,
        };
        let mut now = Pending { delivery: next, problem: (next == Delivery::Failed).then(problem), ..pending };
        if next != Delivery::Sent {
            self.said.push(PortalEvent::DeliveryChanged { pending: now.clone() });
            self.pending[place] = now;
            return;
        }
        self.pending.remove(place);
        let change = match (now.kind, now.message_id.clone()) {
            (PendingKind::Edit, Some(id)) => self.edit(&id, &now.text),
            (PendingKind::Delete, Some(id)) => self.delete(&id),
            _ => {
                let created_at = self.tick();
                let message = self.post(&now.text, Some(&now.client_message_id), created_at);
                now.message_id = Some(message.id.clone());
                Some(PortalEvent::MessagePosted { room_id: RoomId::new("r"), message })
            }
        };
        let mut events: Vec<_> = change.into_iter().chain([PortalEvent::DeliveryChanged { pending: now }]).collect();
        if random.bool() {
            events.reverse();
        }
        self.said.extend(events);
    }

    fn visit(&mut self, random: &mut fastrand::Rng) {
        let now = self.tick();
        let visit = match self.visits.last_mut().filter(|visit| !visit.state.is_over()) {
            Some(visit) => {
                let states = match visit.state {
                    VisitState::Requested => [VisitState::Ringing, VisitState::Cancelled],
                    VisitState::Ringing => [VisitState::Claimed, VisitState::Missed],
                    VisitState::Claimed => [VisitState::Joined, VisitState::Expired],
                    _ => [VisitState::Ended, VisitState::Ended],
                };
                visit.state = states[usize::from(random.u8(..4) == 0)];
                visit.state_at = now;
                visit.clone()
            }
            None => {
                self.made += 1;
                let visit = Visit {
                    id: VisitId::new(format!("v{}", self.made)),
                    room_id: RoomId::new("r"),
                    topic: None,
                    state: VisitState::Requested,
                    requested_at: now,
                    state_at: now,
                    starts_at: None,
                    invite_urls: Vec::new(),
                    place: None,
                    wait_secs: None,
                    staff_name: None,
                    join_url: None,
                    expires_at: None,
                    problem: None,
                };
                self.visits.push(visit.clone());
                visit
            }
        };
        self.said.push(PortalEvent::VisitChanged { visit });
    }
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self {
            random: fastrand::Rng::with_seed(seed),
            portal: Portal { clock: 10_000, ..Portal::default() },
            timeline: Timeline::default(),
            requests: vec![],
            answers: vec![],
            refused: vec![],
            heard: Some(0),
            broke_at: 0,
            kinds: [0; 6],
        };
        for _ in 0..world.random.usize(..12) {
            let now = world.portal.tick();
            world.portal.post("before", None, now);
        }
        world.ask_for_newest();
        world
    }

    fn step(&mut self) {
        match self.random.u8(..24) {
            0..3 => self.staff_post(),
            3..5 => self.staff_change(),
            5 | 6 => self.portal.visit(&mut self.random),
            7 => self.guest_writes(),
            8 => self.guest_changes(),
            9..12 => {
                let place = self.random.usize(..=self.portal.pending.len());
                self.portal.advance(&mut self.random, place);
            }
            12..16 => self.hear(),
            16..18 => self.serve(),
            18..20 => self.receive(),
            20 => self.break_or_mend(),
            21 => self.scroll_up(),
            22 => self.ask_for_newest(),
            _ => self.give_up(),
        }
    }

    fn staff_post(&mut self) {
        let now = self.portal.tick();
        // Now and then one is found later than those after it.
        let created_at = if self.random.u8(..4) == 0 { at(now.as_millis() - 10 * self.random.i64(1..6) - 5) } else { now };
        if self.portal.messages.iter().any(|message| message.created_at == created_at) {
            return;
        }
        let message = self.portal.post("hello", None, created_at);
        self.portal.said.push(PortalEvent::MessagePosted { room_id: RoomId::new("r"), message });
    }

    fn some_message(&mut self) -> Option<MessageId> {
        let place = self.random.usize(..=self.portal.messages.len());
        self.portal.messages.get(place).map(|message| message.id.clone())
    }

    fn staff_change(&mut self) {
        let Some(id) = self.some_message() else { return };
        let text = format!("edited {}", self.portal.clock);
        let event = if self.random.bool() { self.portal.edit(&id, &text) } else { self.portal.delete(&id) };
        self.portal.said.extend(event);
    }

    fn write(&mut self, kind: PendingKind, message_id: Option<MessageId>, text: String) {
        self.portal.made += 1;
        let id = ClientMessageId::new(format!("c{:06}", self.portal.made));
        let written_at = self.portal.tick();
        let item = Item { client_message_id: id, kind, message_id, text, written_at, ..item() };
        self.timeline.written(&item);
        self.requests.push(Request::Send(item));
    }

    fn guest_writes(&mut self) {
        let text = format!("mine {}", self.portal.clock);
        self.write(PendingKind::Post, None, text);
    }

    fn guest_changes(&mut self) {
        let me = PersonId::new("ada");
        let Some(message) = self.timeline.last_own(Some(&me)).cloned() else { return };
        let (kind, text) = if self.random.bool() {
            (PendingKind::Edit, format!("changed {}", self.portal.clock))
        } else {
            (PendingKind::Delete, String::new())
        };
        self.write(kind, Some(message.id.clone()), text);
    }

    fn ask_for_newest(&mut self) {
        let refresh = self.timeline.refreshing();
        self.requests.push(Request::Newest(refresh));
    }

    fn scroll_up(&mut self) {
        if let Some(older) = self.timeline.loading_older() {
            self.requests.push(Request::Older(older));
        }
    }

    fn give_up(&mut self) {
        let failed = self.timeline.echoes().iter().map(|held| &held.value).find(|echo| echo.progress == Progress::Failed);
        let Some(id) = failed.map(|echo| echo.client_message_id.clone()) else { return };
        self.portal.pending.retain(|pending| pending.client_message_id != id);
        self.timeline.discarded(&id);
    }

    /// A request arrives, or is lost on the way.
    fn serve(&mut self) {
        if self.requests.is_empty() {
            return;
        }
        let place = self.random.usize(..self.requests.len());
        // What a guest wrote goes in order.
        let place = match &self.requests[place] {
            Request::Send(_) => self.requests.iter().position(|request| matches!(request, Request::Send(_))).unwrap_or(place),
            _ => place,
        };
        let is_lost = self.random.u8(..6) == 0;
        match self.requests.remove(place) {
            Request::Newest(refresh) if is_lost => {
                self.timeline.refresh_failed(ApiError::Offline);
                if !self.timeline.is_superseded(&refresh) {
                    self.ask_for_newest();
                }
            }
            Request::Older(older) if is_lost => self.timeline.older(&older, Err(ApiError::Offline)),
            Request::Newest(refresh) => self.answers.push(Answer::Newest(refresh, self.portal.page(None))),
            Request::Older(older) => {
                let found = self.portal.messages.iter().find(|message| message.id == older.before);
                match found.map(|message| message.created_at) {
                    Some(at) => self.answers.push(Answer::Older(older, self.portal.page(Some(at)))),
                    None => self.timeline.older(&older, Err(ApiError::Unreadable)),
                }
            }
            Request::Send(item) if is_lost => {
                self.timeline.refused(&item.client_message_id, problem());
                self.refused.push(item.client_message_id);
            }
            Request::Send(item) => {
                let pending = Pending {
                    client_message_id: item.client_message_id,
                    room_id: item.room_id,
                    kind: item.kind,
                    text: item.text,
                    file: None,
                    delivery: Delivery::Accepted,
                    queued_at: self.portal.tick(),
                    message_id: item.message_id,
                    parent_id: item.parent_id,
                    problem: None,
                };
                self.portal.pending.push(pending.clone());
                self.answers.push(Answer::Sent(pending));
            }
        }
    }

    fn receive(&mut self) {
        if self.answers.is_empty() {
            return;
        }
        match self.answers.swap_remove(self.random.usize(..self.answers.len())) {
            Answer::Newest(refresh, page) => {
                self.timeline.refreshed(page, &refresh);
                if self.timeline.is_overtaken() && !self.timeline.is_superseded(&refresh) {
                    self.ask_for_newest();
                }
            }
            Answer::Older(older, page) => self.timeline.older(&older, Ok(page)),
            Answer::Sent(pending) => {
                self.timeline.pending(&pending, Source::Answer);
                if self.timeline.is_overtaken() {
                    self.ask_for_newest();
                }
            }
        }
    }

    /// The stream says the next thing.
    fn hear(&mut self) {
        let Some(event) = self.heard.and_then(|heard| self.portal.said.get(heard)).cloned() else { return };
        self.heard = self.heard.map(|heard| heard + 1);
        let kind = match event {
            PortalEvent::MessagePosted { message, .. } => {
                self.timeline.upsert(message);
                0
            }
            PortalEvent::MessageEdited { message, .. } => {
                self.timeline.upsert(message);
                1
            }
            PortalEvent::MessageDeleted { message_id, .. } => {
                self.timeline.deleted(&message_id);
                2
            }
            PortalEvent::DeliveryChanged { pending } => {
                self.timeline.pending(&pending, Source::Event);
                3
            }
            PortalEvent::VisitChanged { visit } => {
                self.timeline.visit(visit);
                4
            }
            _ => return,
        };
        self.kinds[kind] += 1;
        if self.timeline.is_emptied() {
            self.ask_for_newest();
        }
    }

    fn break_or_mend(&mut self) {
        match self.heard {
            Some(heard) => (self.heard, self.broke_at) = (None, heard),
            None => self.mend(),
        }
    }

    /// The stream is there again: with everything since, some of it twice, or with a gap.
    fn mend(&mut self) {
        if self.random.bool() {
            self.heard = Some(self.broke_at.saturating_sub(self.random.usize(..4)));
        } else {
            self.heard = Some(self.portal.said.len());
            self.kinds[5] += 1;
            self.timeline.gap();
            self.ask_for_newest();
        }
    }

    /// Everything that is under way arrives.
    fn settle(&mut self) {
        if self.heard.is_none() {
            self.mend();
        }
        while !self.requests.is_empty() || !self.answers.is_empty() || self.heard.is_some_and(|heard| heard < self.portal.said.len()) {
            match self.random.u8(..3) {
                0 => self.hear(),
                1 => self.serve(),
                _ => self.receive(),
            }
        }
    }

    fn read_to_the_top(&mut self) {
        for _ in 0..200 {
            self.scroll_up();
            self.settle();
        }
    }

    /// What a page loaded now shows.
    fn fresh(&self) -> Timeline {
        let mut fresh = Timeline::default();
        let refresh = fresh.refreshing();
        fresh.refreshed(self.portal.page(None), &refresh);
        fresh
    }
}

type Drawn = (ClientMessageId, PendingKind, String, Progress);

/// What is drawn as on its way, as far as a page loaded now can know of it: a change is drawn at its message.
fn echoes(timeline: &Timeline, fresh: &Timeline, except: &[ClientMessageId]) -> Vec<Drawn> {
    let is_drawn = |echo: &&Echo| {
        !except.contains(&echo.client_message_id)
            && (echo.kind == PendingKind::Post || echo.message_id.as_ref().is_some_and(|id| fresh.message(id).is_some()))
    };
    let echoes = timeline.echoes().iter().map(|held| &held.value).filter(is_drawn);
    echoes.map(|echo| (echo.client_message_id.clone(), echo.kind, echo.text.clone(), echo.progress)).collect()
}

/// Which messages, and when each was changed last.
fn said<'a>(messages: impl Iterator<Item = &'a Message>) -> Vec<(&'a str, i64, Option<i64>)> {
    messages.map(|message| (message.id.as_str(), message.created_at.as_millis(), message.edited_at.map(Timestamp::as_millis))).collect()
}

#[test]
fn a_page_and_the_events_since_are_the_page_taken_again() {
    let mut kinds = [0; 6];
    for seed in FIRST_SEED..FIRST_SEED + INTERLEAVINGS {
        let mut world = World::new(seed);
        (0..STEPS).for_each(|_| world.step());
        world.settle();
        let fresh = world.fresh();
        let held = said(world.timeline.messages().iter().map(|held| &*held.value));
        let known = said(world.portal.messages.iter());
        assert!(known.ends_with(&held), "seed {seed}: there is a hole: the browser holds {held:?} of {known:?}");
        assert_eq!(echoes(&world.timeline, &fresh, &world.refused), echoes(&fresh, &fresh, &[]), "seed {seed}");
        let visits = |timeline: &Timeline| timeline.visits().iter().map(|held| (*held.value).clone()).collect::<Vec<_>>();
        assert_eq!(visits(&world.timeline), visits(&fresh), "seed {seed}");
        world.read_to_the_top();
        let held = said(world.timeline.messages().iter().map(|held| &*held.value));
        assert_eq!(held, said(world.portal.messages.iter()), "seed {seed}: everything can be read; {:?}", world.timeline.history());
        kinds.iter_mut().zip(world.kinds).for_each(|(sum, count)| *sum += count);
    }
    let [posted, edited, deleted, delivered, visited, gaps] = kinds;
    println!(
        "{INTERLEAVINGS} interleavings from seed {FIRST_SEED}: {posted} posted, {edited} edited, {deleted} deleted, \
         {delivered} deliveries, {visited} visits heard, {gaps} gaps"
    );
    assert!(kinds.iter().all(|count| *count > 1_000), "{kinds:?}");
}
