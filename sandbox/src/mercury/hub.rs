//! Who is connected, and what waits to be told to each.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use serde::Serialize;
use serde_json::Value;
use tokio::sync::{Notify, mpsc, oneshot};
use uuid::Uuid;

use super::base::Base;
use super::close::Close;
use crate::clock::Clock;
use crate::ids::PersonId;
use crate::state::Organisation;

/// Whoever lets more wait is too slow.
const MAX_WAITING: usize = 256;

/// A socket that has said whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SocketView {
    /// Whose it is: their Webex id.
    pub person_id: String,
    /// The UUID of the device.
    pub device_id: String,
    /// How many things that happened it was told so far.
    pub told: u64,
}

/// Something to tell, and not before when.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) due_at: SystemTime,
    pub(super) data: Arc<Value>,
}

/// One socket as those see it who have something to tell.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) owner: PersonId,
    pub(super) device: Uuid,
    pub(super) token: Arc<str>,
    /// Where its client sees the sandbox.
    pub(super) base: Base,
    /// The newest thing that had happened when it joined.
    pub(super) since: u64,
    queue: mpsc::Sender<Told>,
    told: Arc<AtomicU64>,
    /// Tells it from an earlier socket of the same device.
    number: u64,
}

impl Line {
    /// Whether its token still says whose it is.
    pub(super) fn is_good(&self, organisation: &Organisation) -> bool {
        organisation.bearer(&self.token) == Some(self.owner)
    }
}

/// The same socket as its own task sees it.
pub(super) struct Waiting {
    pub(super) queue: Queue,
    /// Comes when it has to end.
    pub(super) end: oneshot::Receiver<Close>,
    pub(super) number: u64,
}

/// What waits to be told.
pub(super) struct Queue {
    receiver: mpsc::Receiver<Told>,
    next: Option<Told>,
    told: Arc<AtomicU64>,
}

impl Queue {
    /// The next thing to tell, when it is due. Nothing is lost if nobody waits for the end of this.
    pub(super) async fn next(&mut self, clock: &Clock) -> Arc<Value> {
        loop {
            match &self.next {
                None => match self.receiver.recv().await {
                    Some(told) => self.next = Some(told),
                    // Whoever lets go of the other end says so elsewhere.
                    None => std::future::pending().await,
                },
                Some(told) => {
                    clock.sleep_until(told.due_at).await;
                    if let Some(told) = self.next.take() {
                        self.told.fetch_add(1, Ordering::Relaxed);
                        return told.data;
                    }
                }
            }
        }
    }
}

struct Connected {
    line: Line,
    end: oneshot::Sender<Close>,
}

/// Those who are connected, by whose they are.
#[derive(Default)]
pub(super) struct Hub {
    held: Mutex<Held>,
    joined: Notify,
}

#[derive(Default)]
struct Held {
    sockets: BTreeMap<(PersonId, Uuid), Connected>,
    count: u64,
}

impl Hub {
    /// From now on it is told. Another socket of the device ends.
    pub(super) fn join(&self, owner: PersonId, device: Uuid, token: Arc<str>, base: Base, since: u64) -> Waiting {
        let (sender, receiver) = mpsc::channel(MAX_WAITING);
        let (end, ended) = oneshot::channel();
        let told = Arc::new(AtomicU64::new(0));
        let held = &mut *self.lock();
        held.count += 1;
        let number = held.count;
        let line = Line { owner, device, token, base, since, queue: sender, told: told.clone(), number };
        if let Some(former) = held.sockets.insert((owner, device), Connected { line, end }) {
            let _ = former.end.send(Close::REPLACED);
        }
        self.joined.notify_one();
        Waiting { queue: Queue { receiver, next: None, told }, end: ended, number }
    }

    /// Waits for it; whoever joined meanwhile counts.
    pub(super) async fn somebody_joined(&self) {
        self.joined.notified().await;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().sockets.is_empty()
    }

    /// It is gone; another one of the device may have taken its place.
    pub(super) fn leave(&self, owner: PersonId, device: Uuid, number: u64) {
        self.take(owner, device, |line| line.number == number);
    }

    /// Its client has a new token.
    pub(super) fn renew(&self, owner: PersonId, device: Uuid, number: u64, token: Arc<str>) {
        if let Some(connected) = self.lock().sockets.get_mut(&(owner, device)).filter(|connected| connected.line.number == number) {
            connected.line.token = token;
        }
    }

    pub(super) fn all(&self) -> Vec<Line> {
        self.lock().sockets.values().map(|connected| connected.line.clone()).collect()
    }

    /// Those of some people.
    pub(super) fn lines_of(&self, people: &[PersonId]) -> Vec<Line> {
        let held = self.lock();
        let of = |person: &PersonId| held.sockets.range((*person, Uuid::nil())..=(*person, Uuid::max()));
        people.iter().flat_map(of).map(|(_, connected)| connected.line.clone()).collect()
    }

    /// Puts it at the end of what waits there.
    pub(super) fn tell(&self, line: &Line, told: Told) {
        if line.queue.try_send(told).is_err() {
            self.end(line, &Close::TOO_SLOW);
        }
    }

    pub(super) fn end(&self, line: &Line, close: &Close) {
        if let Some(connected) = self.take(line.owner, line.device, |other| other.number == line.number) {
            let _ = connected.end.send(close.clone());
        }
    }

    pub(super) fn end_device(&self, owner: PersonId, device: Uuid, close: &Close) {
        if let Some(connected) = self.take(owner, device, |_| true) {
            let _ = connected.end.send(close.clone());
        }
    }

    /// Says how many there were.
    pub(super) fn end_all(&self, close: &Close) -> usize {
        let sockets = std::mem::take(&mut self.lock().sockets);
        let count = sockets.len();
        sockets.into_values().for_each(|connected| drop(connected.end.send(close.clone())));
        count
    }

    pub(super) fn views(&self) -> Vec<SocketView> {
        let view = |line: &Line| SocketView {
            person_id: line.owner.public(),
            device_id: line.device.to_string(),
            told: line.told.load(Ordering::Relaxed),
        };
        self.lock().sockets.values().map(|connected| view(&connected.line)).collect()
    }

    fn take(&self, owner: PersonId, device: Uuid, is_it: impl FnOnce(&Line) -> bool) -> Option<Connected> {
        let held = &mut *self.lock();
        let is_there = held.sockets.get(&(owner, device)).is_some_and(|connected| is_it(&connected.line));
        if is_there { held.sockets.remove(&(owner, device)) } else { None }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::Cloud;

    fn join(hub: &Hub, person: u128, device: u128) -> Waiting {
        let base = Base::new("localhost:1", Cloud::Commercial);
        hub.join(PersonId::new(Uuid::from_u128(person)), Uuid::from_u128(device), "token".into(), base, 0)
    }

    fn told() -> Told {
        Told { due_at: SystemTime::UNIX_EPOCH, data: Arc::new(Value::Null) }
    }

    #[test]
    fn a_second_socket_of_a_device_takes_the_place_of_the_first() {
        let hub = Hub::default();
        let mut first = join(&hub, 1, 1);
        let (mut second, mut other) = (join(&hub, 1, 1), join(&hub, 1, 2));
        assert_eq!(first.end.try_recv(), Ok(Close::REPLACED));
        // The end of the first is not that of the second.
        hub.leave(PersonId::new(Uuid::from_u128(1)), Uuid::from_u128(1), first.number);
        assert_eq!(hub.views().len(), 2);
        assert!(second.end.try_recv().is_err() && other.end.try_recv().is_err());
    }

    #[test]
    fn only_the_sockets_of_the_audience_are_told() {
        let hub = Hub::default();
        let _sockets = [join(&hub, 1, 1), join(&hub, 1, 2), join(&hub, 2, 3), join(&hub, 3, 4)];
        let devices = |people: &[u128]| {
            let people: Vec<PersonId> = people.iter().map(|person| PersonId::new(Uuid::from_u128(*person))).collect();
            hub.lines_of(&people).iter().map(|line| line.device.as_u128()).collect::<Vec<_>>()
        };
        assert_eq!((devices(&[1, 3]), devices(&[]), devices(&[9])), (vec![1, 2, 4], vec![], vec![]));
    }

    #[test]
    fn whoever_lets_too_much_wait_is_ended() {
        let hub = Hub::default();
        let mut slow = join(&hub, 1, 1);
        let line = hub.all().remove(0);
        (0..MAX_WAITING).for_each(|_| hub.tell(&line, told()));
        assert!(slow.end.try_recv().is_err());
        hub.tell(&line, told());
        assert_eq!(slow.end.try_recv(), Ok(Close::TOO_SLOW));
        assert!(hub.all().is_empty());
    }
}
