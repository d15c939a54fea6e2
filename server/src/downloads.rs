//! Tickets for files: whoever holds one may fetch one file once, for a minute, without a cookie, because a
//! download link in a frame of another site sends none.

use std::{
    collections::HashMap,
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
/// Beyond this many at once, old ones are let go early.
const MAX_TICKETS: usize = 10_000;

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
    tickets: Arc<Mutex<HashMap<String, Ticket>>>,
}

impl Downloads {
    /// None yet.
    pub fn new(clock: Clock) -> Self {
        Self { clock, tickets: Arc::default() }
    }

    /// A ticket for a file; the guest was checked for being allowed to.
    pub fn issue(&self, guest_id: GuestId, content_id: String) -> Result<String, SecretsError> {
        let id = random_id()?;
        let now = self.clock.elapsed();
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        if tickets.len() >= MAX_TICKETS {
            tickets.clear();
        }
        tickets.retain(|_, ticket| ticket.until > now);
        tickets.insert(id.clone(), Ticket { guest_id, content_id, until: now + LIFE });
        Ok(id)
    }

    /// Takes a ticket, which is then used up.
    pub fn take(&self, id: &str) -> Option<Ticket> {
        let ticket = self.tickets.lock().unwrap_or_else(PoisonError::into_inner).remove(id)?;
        (ticket.until > self.clock.elapsed()).then_some(ticket)
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
}
