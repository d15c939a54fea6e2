//! Tickets for files: whoever holds one may fetch one file once, for a minute, without a cookie, because a
//! download link in a frame of another site sends none.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use shared::GuestId;

use crate::{
    clock::Clock,
    secrets::{SecretsError, random_id},
};

/// How long a ticket is good.
const LIFE: Duration = Duration::from_secs(60);
/// Beyond this many of one guest's at once, the oldest is let go early.
const MAX_TICKETS: usize = 100;

/// What a ticket leads to.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// With whose token.
    pub guest_id: GuestId,
    /// Which file.
    pub content_id: String,
    until: Duration,
}

/// The tickets that are good now; a restart takes them away. Clones share them.
#[derive(Clone)]
pub struct Downloads {
    clock: Clock,
    given: Arc<Mutex<Given>>,
}

/// What was given lately, so that neither giving nor taking looks through all of it.
#[derive(Default)]
struct Given {
    tickets: HashMap<String, Ticket>,
    /// All of them, with those that were taken since; each is good as long as any other.
    in_order: VecDeque<(Duration, String)>,
    /// The oldest first.
    of_guests: HashMap<GuestId, VecDeque<String>>,
}

impl Downloads {
    /// None yet.
    pub fn new(clock: Clock) -> Self {
        Self { clock, given: Arc::default() }
    }

    /// A ticket for a file; the guest was checked for being allowed to.
    pub fn issue(&self, guest_id: GuestId, content_id: String) -> Result<String, SecretsError> {
        let id = random_id()?;
        let now = self.clock.elapsed();
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.forget_before(now);
        let of_guest = given.of_guests.entry(guest_id.clone()).or_default();
        of_guest.push_back(id.clone());
        let too_many = (of_guest.len() > MAX_TICKETS).then(|| of_guest.pop_front()).flatten();
        too_many.map(|oldest| given.tickets.remove(&oldest));
        let until = now + LIFE;
        given.in_order.push_back((until, id.clone()));
        given.tickets.insert(id.clone(), Ticket { guest_id, content_id, until });
        Ok(id)
    }

    /// Takes a ticket, which is then used up.
    pub fn take(&self, id: &str) -> Option<Ticket> {
        let ticket = self.given.lock().unwrap_or_else(PoisonError::into_inner).take(id)?;
        (ticket.until > self.clock.elapsed()).then_some(ticket)
    }
}

impl Given {
    fn take(&mut self, id: &str) -> Option<Ticket> {
        let ticket = self.tickets.remove(id)?;
        if let Some(of_guest) = self.of_guests.get_mut(&ticket.guest_id) {
            of_guest.retain(|other| other != id);
            if of_guest.is_empty() {
                self.of_guests.remove(&ticket.guest_id);
            }
        }
        Some(ticket)
    }

    fn forget_before(&mut self, now: Duration) {
        while let Some((_, id)) = self.in_order.pop_front_if(|(until, _)| *until <= now) {
            self.take(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_good_once_and_for_a_minute() {
        let clock = Clock::system();
        let downloads = Downloads::new(clock.clone());
        let issue = || downloads.issue(GuestId::new("g"), "c".into()).unwrap();
        let (once, late) = (issue(), issue());
        assert_eq!(downloads.take(&once).map(|ticket| ticket.content_id).as_deref(), Some("c"));
        assert!(downloads.take(&once).is_none());
        clock.advance(LIFE);
        assert!(downloads.take(&late).is_none());
        assert!(downloads.take("nonsense").is_none());
    }

    #[test]
    fn a_guest_with_very_many_loses_the_oldest_and_nobody_else_does() {
        let clock = Clock::system();
        let downloads = Downloads::new(clock.clone());
        let issue = |guest: &str| downloads.issue(GuestId::new(guest), "c".into()).unwrap();
        let (others, first) = (issue("other"), issue("g"));
        clock.advance(Duration::from_millis(1));
        let second = issue("g");
        clock.advance(Duration::from_millis(1));
        for _ in 0..MAX_TICKETS - 1 {
            issue("g");
        }
        assert!(downloads.take(&first).is_none() && downloads.take(&second).is_some() && downloads.take(&others).is_some());
        clock.advance(LIFE);
        issue("other");
        let given = downloads.given.lock().unwrap();
        assert_eq!((given.tickets.len(), given.in_order.len(), given.of_guests.len()), (1, 1, 1), "nothing is kept of what is over");
    }
}
