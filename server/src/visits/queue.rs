//! Who waits before whom, and how long that usually takes.

use shared::{Timestamp, VisitState};

use super::state;
use crate::store::{Store, StoreError, VisitRow};

/// Waits of this long ago still tell something, in milliseconds.
const LATELY_MILLIS: i64 = 60 * 60 * 1000;

/// What a guest who waits is told.
pub(super) struct Waiting {
    pub(super) place: Option<u32>,
    pub(super) typical_secs: Option<u32>,
}

impl Waiting {
    pub(super) fn of(store: &Store, row: &VisitRow, now: Timestamp) -> Result<Self, StoreError> {
        if row.state != VisitState::Ringing {
            return Ok(Self { place: None, typical_secs: None });
        }
        let open = store.open_visits()?;
        let ringing = open.iter().filter(|other| other.state == VisitState::Ringing && is_same_queue(other, row));
        let others: Vec<_> = ringing.map(|other| (other.requested_at, other.id.clone())).collect();
        let waits = store.waits_since(&row.site_id, row.topic.as_deref(), now.plus_millis(-LATELY_MILLIS))?;
        Ok(Self { place: Some(state::place(&(row.requested_at, row.id.clone()), &others)), typical_secs: state::typical_wait(&waits) })
    }
}

/// Guests of one site who ask for the same stand in one queue.
pub(super) fn is_same_queue(one: &VisitRow, other: &VisitRow) -> bool {
    one.site_id == other.site_id && one.topic == other.topic
}
