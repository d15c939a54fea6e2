//! Who listens to what.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use shared::{GuestId, PortalEvent, RoomId};
use tokio::sync::{mpsc, watch};

use super::ring::Ring;
use crate::{clock::Clock, secrets};

/// Events a slow listener may leave waiting before its stream is closed; it comes back and resumes.
const QUEUE: usize = 64;

/// Whom an event concerns.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Everybody in a room.
    Room(RoomId),
    /// One guest, on all their tabs.
    Guest(GuestId),
    /// The tabs of one session, by the hash of its id: what ends with it.
    Session(Vec<u8>),
}

/// Numbers events, keeps the last ones, and hands each to those it concerns. Clones share it.
#[derive(Clone)]
pub struct Hub {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Clock,
    /// Random per start: numbers of another start mean nothing here.
    epoch: String,
    state: Mutex<State>,
    /// Counts who came to listen: feeds look sooner then.
    arrivals: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    seq: u64,
    ring: Ring,
    next_listener: u64,
    queues: HashMap<u64, mpsc::Sender<Bytes>>,
    /// What each listener hears; rooms may join later.
    audiences: HashMap<u64, Vec<Audience>>,
    by_audience: HashMap<Audience, HashSet<u64>>,
}

/// One stream's end of the hub. Dropping it ends listening.
pub struct Listener {
    hub: Hub,
    id: u64,
    queue: mpsc::Receiver<Bytes>,
    /// The number after which everything told is in `missed` or comes through the queue; `None` for one who begins anew.
    pub resumed_from: Option<u64>,
    /// The events since the listener's last one.
    pub missed: Vec<Bytes>,
    /// The id a listener that has seen nothing yet begins with.
    pub position: String,
}

impl Hub {
    /// An empty hub.
    pub fn new(clock: Clock) -> Result<Self, secrets::SecretsError> {
        let epoch = secrets::hex(&secrets::random::<6>()?);
        Ok(Self { inner: Arc::new(Inner { clock, epoch, state: Mutex::default(), arrivals: watch::Sender::new(0) }) })
    }

    /// Tells everybody it concerns.
    pub fn publish(&self, audience: Audience, event: &PortalEvent) {
        let Ok(json) = serde_json::to_string(event) else { return };
        self.tell(audience, &format!("data: {json}\n"));
    }

    /// Takes a number: whoever it concerns and listens knows what there is to know up to here, and whoever was told
    /// nothing since does not.
    pub fn mark(&self, audience: Audience) -> u64 {
        self.tell(audience, "")
    }

    /// How many listen.
    pub fn listeners(&self) -> usize {
        self.state().queues.len()
    }

    /// The number of the last event.
    pub fn seq(&self) -> u64 {
        self.state().seq
    }

    /// The id of the last event.
    pub fn position(&self) -> String {
        self.event_id(self.seq())
    }

    fn tell(&self, audience: Audience, data: &str) -> u64 {
        let mut state = self.state();
        state.seq += 1;
        let seq = state.seq;
        let frame = Bytes::from(format!("id: {}\n{data}\n", self.event_id(seq)));
        state.ring.push(seq, self.inner.clock.elapsed(), audience.clone(), frame.clone());
        let listeners: Vec<u64> = state.by_audience.get(&audience).into_iter().flatten().copied().collect();
        for id in listeners {
            // A full queue is a reader who does not keep up: without its queue the stream ends.
            if state.queues.get(&id).is_some_and(|queue| queue.try_send(frame.clone()).is_err()) {
                state.queues.remove(&id);
            }
        }
        seq
    }

    /// Listens to these audiences from now on, or from just after the event with this id.
    pub fn listen(&self, audiences: Vec<Audience>, last_event_id: Option<&str>) -> Listener {
        let (sender, queue) = mpsc::channel(QUEUE);
        let mut state = self.state();
        let since = last_event_id.and_then(|id| self.seq_of(id)).filter(|seq| *seq <= state.seq);
        let missed = since.and_then(|seq| state.ring.after(seq, &audiences));
        let id = state.next_listener;
        state.next_listener += 1;
        state.queues.insert(id, sender);
        for audience in &audiences {
            state.by_audience.entry(audience.clone()).or_default().insert(id);
        }
        state.audiences.insert(id, audiences);
        let position = self.event_id(state.seq);
        drop(state);
        self.inner.arrivals.send_modify(|count| *count += 1);
        let resumed_from = since.filter(|_| missed.is_some());
        Listener { hub: self.clone(), id, queue, resumed_from, missed: missed.unwrap_or_default(), position }
    }

    /// Ends the streams of an audience, once they have told what is waiting.
    pub fn dismiss(&self, audience: &Audience) {
        let mut state = self.state();
        let listeners: Vec<u64> = state.by_audience.get(audience).into_iter().flatten().copied().collect();
        for id in listeners {
            state.queues.remove(&id);
        }
    }

    /// The rooms somebody listens to.
    pub fn watched_rooms(&self) -> Vec<RoomId> {
        let state = self.state();
        state
            .by_audience
            .keys()
            .filter_map(|audience| if let Audience::Room(room_id) = audience { Some(room_id.clone()) } else { None })
            .collect()
    }

    /// Whether somebody listens to this room.
    pub fn is_watched(&self, room_id: &RoomId) -> bool {
        self.state().by_audience.contains_key(&Audience::Room(room_id.clone()))
    }

    /// A guest is in a room: their streams that are open hear it from now on. Answers whether that is news to any.
    pub fn let_in(&self, guest_id: &GuestId, room_id: &RoomId) -> bool {
        let mut state = self.state();
        let room = Audience::Room(room_id.clone());
        let listeners: Vec<u64> = state.by_audience.get(&Audience::Guest(guest_id.clone())).into_iter().flatten().copied().collect();
        let mut is_news = false;
        for id in listeners {
            if state.by_audience.entry(room.clone()).or_default().insert(id) {
                state.audiences.entry(id).or_default().push(room.clone());
                is_news = true;
            }
        }
        is_news
    }

    /// A guest is no longer in a room: their streams that are open hear nothing more of it.
    pub fn put_out(&self, guest_id: &GuestId, room_id: &RoomId) {
        let mut state = self.state();
        let room = Audience::Room(room_id.clone());
        let listeners: Vec<u64> = state.by_audience.get(&Audience::Guest(guest_id.clone())).into_iter().flatten().copied().collect();
        for id in listeners {
            if let Some(audiences) = state.audiences.get_mut(&id) {
                audiences.retain(|audience| *audience != room);
            }
            state.remove_from(&room, id);
        }
    }

    /// The guests who listen.
    pub fn watching_guests(&self) -> Vec<GuestId> {
        let state = self.state();
        let guests = state.by_audience.keys().filter_map(|audience| match audience {
            Audience::Guest(guest_id) => Some(guest_id.clone()),
            Audience::Room(_) | Audience::Session(_) => None,
        });
        guests.collect()
    }

    /// Whether this guest listens.
    pub fn is_guest_watching(&self, guest_id: &GuestId) -> bool {
        self.state().by_audience.contains_key(&Audience::Guest(guest_id.clone()))
    }

    /// Changes whenever somebody new listens.
    pub fn arrivals(&self) -> watch::Receiver<u64> {
        self.inner.arrivals.subscribe()
    }

    fn event_id(&self, seq: u64) -> String {
        format!("{}-{seq}", self.inner.epoch)
    }

    fn seq_of(&self, event_id: &str) -> Option<u64> {
        let (epoch, seq) = event_id.rsplit_once('-')?;
        (epoch == self.inner.epoch).then(|| seq.parse().ok()).flatten()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half-way through a change.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn remove_from(&mut self, audience: &Audience, id: u64) {
        if let Some(listeners) = self.by_audience.get_mut(audience) {
            listeners.remove(&id);
            if listeners.is_empty() {
                self.by_audience.remove(audience);
            }
        }
    }
}

impl Listener {
    /// The next event; `None` once the listener was too slow.
    pub async fn next(&mut self) -> Option<Bytes> {
        self.queue.recv().await
    }

    /// Whether this one goes on where it was.
    pub fn is_resumed(&self) -> bool {
        self.resumed_from.is_some()
    }

    /// Lets it begin anew: what it knows is not what the portal thought it knows.
    pub fn begin_anew(&mut self) {
        (self.resumed_from, self.missed) = (None, Vec::new());
    }

    /// The id of the last event of all, if this listener has been told everything up to there.
    pub fn place(&self) -> Option<String> {
        let state = self.hub.state();
        // One that was let go has not been told what came after.
        (self.queue.is_empty() && state.queues.contains_key(&self.id)).then(|| self.hub.event_id(state.seq))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut state = self.hub.state();
        state.queues.remove(&self.id);
        for audience in state.audiences.remove(&self.id).unwrap_or_default() {
            state.remove_from(&audience, self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub() -> Hub {
        Hub::new(Clock::system()).unwrap()
    }

    fn room(name: &str) -> Audience {
        Audience::Room(RoomId::new(name))
    }

    fn id_of(frame: &Bytes) -> String {
        let text = std::str::from_utf8(frame).unwrap();
        text.lines().next().unwrap().trim_start_matches("id: ").to_owned()
    }

    #[tokio::test]
    async fn an_event_reaches_its_room_and_no_other() {
        let hub = hub();
        let mut here = hub.listen(vec![room("a")], None);
        let mut there = hub.listen(vec![room("b")], None);
        hub.publish(room("a"), &PortalEvent::SignedOut);
        hub.publish(room("b"), &PortalEvent::Bye);
        assert!(here.next().await.unwrap().ends_with(b"data: {\"type\":\"signed_out\"}\n\n"));
        assert!(there.next().await.unwrap().ends_with(b"data: {\"type\":\"bye\"}\n\n"));
    }

    #[tokio::test]
    async fn a_listener_that_comes_back_misses_nothing_and_hears_nothing_twice() {
        let hub = hub();
        let mut first = hub.listen(vec![room("a")], None);
        hub.publish(room("a"), &PortalEvent::SignedOut);
        let last = id_of(&first.next().await.unwrap());
        drop(first);
        hub.publish(room("a"), &PortalEvent::Bye);
        let mut second = hub.listen(vec![room("a")], Some(&last));
        hub.publish(room("a"), &PortalEvent::SignedOut);
        assert!(second.is_resumed());
        assert_eq!(second.missed.len(), 1);
        assert_ne!(id_of(&second.missed[0]), id_of(&second.next().await.unwrap()));
    }

    #[tokio::test]
    async fn ids_of_another_start_or_of_the_future_are_no_place_to_resume() {
        let hub = hub();
        for id in ["0-1", "", "nonsense", &format!("{}-99", hub.inner.epoch), &format!("{}-x", hub.inner.epoch)] {
            assert!(!hub.listen(vec![room("a")], Some(id)).is_resumed(), "{id}");
        }
        assert!(hub.listen(vec![room("a")], Some(&format!("{}-0", hub.inner.epoch))).is_resumed());
    }

    #[tokio::test]
    async fn a_listener_has_a_place_only_once_it_has_been_told_everything() {
        let hub = hub();
        let mut listener = hub.listen(vec![room("a")], None);
        hub.publish(room("b"), &PortalEvent::Bye);
        assert_eq!(listener.place(), Some(format!("{}-1", hub.inner.epoch)), "what is not for it counts too");
        hub.publish(room("a"), &PortalEvent::Bye);
        assert_eq!(listener.place(), None);
        listener.next().await;
        assert_eq!(listener.place(), Some(format!("{}-2", hub.inner.epoch)));
        assert_eq!(hub.mark(room("a")), 3);
        assert_eq!(id_of(&listener.next().await.unwrap()), format!("{}-3", hub.inner.epoch));
        assert_eq!(hub.listen(vec![room("a")], listener.place().as_deref()).resumed_from, Some(3));
        hub.dismiss(&room("a"));
        assert_eq!(listener.place(), None);
    }

    #[tokio::test]
    async fn a_listener_that_does_not_read_is_let_go_and_others_are_not() {
        let hub = hub();
        let mut slow = hub.listen(vec![room("a")], None);
        let mut quick = hub.listen(vec![room("a")], None);
        for _ in 0..=QUEUE {
            hub.publish(room("a"), &PortalEvent::Bye);
            assert!(quick.next().await.is_some());
        }
        for _ in 0..QUEUE {
            assert!(slow.next().await.is_some());
        }
        assert!(slow.next().await.is_none());
    }

    #[tokio::test]
    async fn a_guest_who_left_hears_of_it_and_nothing_after() {
        let hub = hub();
        let guest = Audience::Guest(GuestId::new("g"));
        let mut left = hub.listen(vec![guest.clone(), room("a")], None);
        let mut other = hub.listen(vec![room("a")], None);
        hub.publish(guest.clone(), &PortalEvent::SignedOut);
        hub.dismiss(&guest);
        hub.publish(room("a"), &PortalEvent::Bye);
        assert!(left.next().await.is_some());
        assert!(left.next().await.is_none());
        assert!(other.next().await.is_some());
    }

    #[tokio::test]
    async fn a_guest_let_into_a_room_hears_it_and_is_gone_from_it_with_the_stream() {
        let hub = hub();
        let guest_id = GuestId::new("g");
        let mut listener = hub.listen(vec![Audience::Guest(guest_id.clone())], None);
        assert!(hub.let_in(&guest_id, &RoomId::new("a")));
        assert!(!hub.let_in(&guest_id, &RoomId::new("a")), "no news");
        hub.publish(room("a"), &PortalEvent::Bye);
        assert!(listener.next().await.is_some());
        assert!(listener.queue.try_recv().is_err(), "once");
        drop(listener);
        assert_eq!((hub.watched_rooms(), hub.is_guest_watching(&guest_id)), (vec![], false));
    }

    #[tokio::test]
    async fn a_guest_put_out_of_a_room_hears_no_more_of_it_and_others_do() {
        let hub = hub();
        let guest_id = GuestId::new("g");
        let mut out = hub.listen(vec![Audience::Guest(guest_id.clone()), room("a"), room("b")], None);
        let mut other = hub.listen(vec![room("a")], None);
        hub.put_out(&guest_id, &RoomId::new("a"));
        hub.publish(room("a"), &PortalEvent::SignedOut);
        hub.publish(room("b"), &PortalEvent::Bye);
        assert!(out.next().await.unwrap().ends_with(b"data: {\"type\":\"bye\"}\n\n"));
        assert!(other.next().await.is_some());
        drop(other);
        assert!(!hub.is_watched(&RoomId::new("a")));
    }

    #[tokio::test]
    async fn a_room_nobody_listens_to_any_more_is_not_watched() {
        let hub = hub();
        let listener = hub.listen(vec![room("a")], None);
        assert!(hub.is_watched(&RoomId::new("a")));
        drop(listener);
        assert!(!hub.is_watched(&RoomId::new("a")));
        assert_eq!(hub.watched_rooms(), []);
    }
}
