//! A visit as its guest sees it.

use secrecy::ExposeSecret;
use shared::{RoomId, Visit, VisitState};

use super::{Visits, links::Side};
use crate::{
    error::AppError,
    store::{GuestRow, VisitRow},
};

impl Visits {
    /// A visit as its guest sees it.
    pub fn view(&self, row: &VisitRow) -> Result<Visit, AppError> {
        let can_join = matches!(row.state, VisitState::Claimed | VisitState::Joined);
        let links = if can_join { self.open_links(row, Side::Guest)? } else { Vec::new() };
        let mut urls = links.iter().map(|link| link.expose_secret().to_owned());
        let waiting = self.queues().waiting(row, self.needs().clock.now());
        // What was in the way of links is over when they are there, a moment before it is forgotten.
        let has_problem = match row.state {
            VisitState::Requested | VisitState::Missed => true,
            VisitState::Joined => links.is_empty(),
            _ => false,
        };
        Ok(Visit {
            id: row.id.clone(),
            room_id: row.room_id.clone(),
            topic: row.topic.clone(),
            state: row.state,
            requested_at: row.requested_at,
            state_at: row.state_at,
            starts_at: row.starts_at,
            place: waiting.place,
            wait_secs: waiting.typical_secs,
            staff_name: row.staff_name.clone(),
            join_url: urls.next(),
            invite_urls: urls.collect(),
            expires_at: row.expires_at,
            problem: has_problem.then(|| self.problems().get(&row.id).cloned()).flatten(),
        })
    }

    /// A guest's visits in a room, oldest first.
    pub fn in_room(&self, guest: &GuestRow, room_id: &RoomId) -> Result<Vec<Visit>, AppError> {
        self.needs().store.visits_in(&guest.id, room_id)?.iter().map(|row| self.view(row)).collect()
    }
}
