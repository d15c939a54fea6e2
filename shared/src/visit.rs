//! Visits: a guest's wish to meet, and what became of it.

use serde::{Deserialize, Serialize};

use crate::{Problem, RoomId, Timestamp, VisitId};

/// Asks for a meeting: the body of `POST` [`crate::path::VISITS`]. A guest who already has a visit that is
/// not over is given that one, so that pressing twice makes no second meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewVisit {
    /// The conversation it belongs to.
    pub room_id: RoomId,
    /// One of the site's topics, if it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
}

/// A message for staff of a site whose guests do not write otherwise: the body of `POST` [`crate::path::NOTES`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewNote {
    /// The guest's room.
    pub room_id: RoomId,
    /// One of the site's topics, if the guest chose one: it decides who reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// What the guest wrote, with how they can be reached.
    pub text: String,
}

/// One visit, as its guest sees it; told to nobody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The portal's id of it.
    pub id: VisitId,
    /// The conversation it belongs to; its card stands there at `requested_at`.
    pub room_id: RoomId,
    /// What it is about, if the guest chose a topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// How far it has come.
    pub state: VisitState,
    /// When the guest asked.
    pub requested_at: Timestamp,
    /// When it came into this state.
    pub state_at: Timestamp,
    /// When the meeting begins, if that was agreed on before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
    /// While it rings: 1 if nobody waits longer for the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<u32>,
    /// While it rings: how long others waited lately, in seconds; absent where too few did to tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_secs: Option<u32>,
    /// Who took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff_name: Option<String>,
    /// The guest's own link into the meeting, from the moment somebody took the visit until it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join_url: Option<String>,
    /// Further links for the guest's side, to pass on; there only while `join_url` is, and only where the site gives some.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invite_urls: Vec<String>,
    /// When the meeting's links end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Why it does not get on at the moment; it is tried again by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// How far a visit has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitState {
    /// Written down; the meeting is being prepared.
    Requested,
    /// Agreed on; it is not time yet.
    Scheduled,
    /// Staff have been told.
    Ringing,
    /// Somebody took it and is in the meeting or on the way there.
    Claimed,
    /// The guest opened the link.
    Joined,
    /// It took place and is over.
    Ended,
    /// Nobody took it in time.
    Missed,
    /// It was taken, but the guest never opened the link.
    Expired,
    /// The guest or the portal's operator took it back.
    Cancelled,
    /// A state a newer server knows.
    #[serde(other)]
    Unknown,
}

impl VisitState {
    /// Whether nothing more comes of it.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Ended | Self::Missed | Self::Expired | Self::Cancelled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_of_a_newer_server_is_unknown_and_not_over() {
        let state: VisitState = serde_json::from_str(r#""transferred""#).unwrap();
        assert_eq!(state, VisitState::Unknown);
        assert!(!state.is_over());
    }
}
