//! Rooms and visits, from JSON; see [`super::decode`].

use shared::{Abilities, Away, Room, RoomId, RoomList, Topic, Visit, VisitId, VisitState};

use super::decode::{Decode, flag, instant, list, number, one, text};
use super::json::Json;

impl Decode for RoomList {
    fn decode(value: &Json) -> Option<Self> {
        Some(Self { items: list(value, "items")?, last_event_id: text(value, "last_event_id") })
    }
}

impl Decode for Room {
    fn decode(value: &Json) -> Option<Self> {
        Some(Self {
            id: RoomId::new(text(value, "id")?),
            title: text(value, "title")?,
            last_activity_at: instant(value, "last_activity_at"),
            is_closed: flag(value, "is_closed"),
            away: one(value, "away"),
            topics: list(value, "topics")?,
            can: one(value, "can").unwrap_or_default(),
        })
    }
}

impl Decode for Abilities {
    fn decode(value: &Json) -> Option<Self> {
        let can = |name| flag(value, name);
        Some(Self {
            write: can("write"),
            files: can("files"),
            meet: can("meet"),
            leave_note: can("leave_note"),
            typing: can("typing"),
            receipts: can("receipts"),
            edit: can("edit"),
            presence: can("presence"),
        })
    }
}

impl Decode for Away {
    fn decode(value: &Json) -> Option<Self> {
        Some(Self { text: text(value, "text"), until: instant(value, "until") })
    }
}

impl Decode for Topic {
    fn decode(value: &Json) -> Option<Self> {
        Some(Self { name: text(value, "name")?, away: one(value, "away") })
    }
}

impl Decode for Visit {
    fn decode(value: &Json) -> Option<Self> {
        let state = match value.get("state")?.as_text()? {
            "requested" => VisitState::Requested,
            "scheduled" => VisitState::Scheduled,
            "ringing" => VisitState::Ringing,
            "claimed" => VisitState::Claimed,
            "joined" => VisitState::Joined,
            "ended" => VisitState::Ended,
            "missed" => VisitState::Missed,
            "expired" => VisitState::Expired,
            "cancelled" => VisitState::Cancelled,
            _ => VisitState::Unknown,
        };
        Some(Self {
            id: VisitId::new(text(value, "id")?),
            room_id: RoomId::new(text(value, "room_id")?),
            topic: text(value, "topic"),
            state,
            requested_at: instant(value, "requested_at")?,
            state_at: instant(value, "state_at")?,
            starts_at: instant(value, "starts_at"),
            place: number(value, "place"),
            wait_secs: number(value, "wait_secs"),
            staff_name: text(value, "staff_name"),
            join_url: text(value, "join_url"),
            invite_urls: list(value, "invite_urls")?,
            expires_at: instant(value, "expires_at"),
            problem: one(value, "problem"),
        })
    }
}
