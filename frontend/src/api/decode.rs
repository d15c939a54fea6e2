//! JSON into the shared types, by hand.
//!
//! The derived readers of nested tagged enums are more than a fifth of the whole program, so the page
//! reads the one type [`Json`] and takes it apart here. Building each struct by its fields makes a
//! new field a compile error; the tests hold every type against what serde writes.

use shared::{
    Author, AuthorKind, Block, ClientMessageId, Delivery, FileInfo, FileState, FileTicket, GuestId, Inline, MemberList, Message, MessageId,
    MessagePage, Pending, PendingFile, PendingKind, PersonId, PortalEvent, Problem, ProblemKind, RoomId, Session, SiteId, Timestamp,
};

use super::json::Json;

/// A type that can be read from JSON.
pub trait Decode: Sized {
    /// Reads a value; `None` if it is something else. Fields nobody knows are passed over.
    fn decode(value: &Json) -> Option<Self>;
}

/// Reads a document.
pub fn decode<T: Decode>(text: &str) -> Option<T> {
    T::decode(&Json::parse(text)?)
}

pub(super) fn text(value: &Json, name: &str) -> Option<String> {
    Some(value.get(name)?.as_text()?.to_owned())
}

pub(super) fn flag(value: &Json, name: &str) -> bool {
    value.get(name) == Some(&Json::Flag(true))
}

pub(super) fn number<T: TryFrom<i64>>(value: &Json, name: &str) -> Option<T> {
    T::try_from(value.get(name)?.as_number()?).ok()
}

pub(super) fn instant(value: &Json, name: &str) -> Option<Timestamp> {
    value.get(name)?.as_number().map(Timestamp::from_millis)
}

pub(super) fn one<T: Decode>(value: &Json, name: &str) -> Option<T> {
    T::decode(value.get(name)?)
}

/// A list; empty where it is left out.
pub(super) fn list<T: Decode>(value: &Json, name: &str) -> Option<Vec<T>> {
    value.get(name).map_or(Some(Vec::new()), Vec::decode)
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(value: &Json) -> Option<Self> {
        let items = value.as_list()?;
        let mut read = Vec::with_capacity(items.len());
        for item in items {
            read.push(T::decode(item)?);
        }
        Some(read)
    }
}

impl Decode for String {
    fn decode(value: &Json) -> Option<Self> {
        value.as_text().map(str::to_owned)
    }
}

impl Decode for Session {
    fn decode(value: &Json) -> Option<Self> {
        Some(Self {
            site_id: SiteId::new(text(value, "site_id")?),
            guest_id: GuestId::new(text(value, "guest_id")?),
            display_name: text(value, "display_name")?,
            person_id: text(value, "person_id").map(PersonId::new),
        })
    }
}

impl Decode for MemberList {
    fn decode(value: &Json) -> Option<Self> {
        Some(Self { items: list(value, "items")? })
    }
}

impl Decode for MessagePage {
    fn decode(value: &Json) -> Option<Self> {
        Some(Self {
            items: list(value, "items")?,
            older: text(value, "older").map(MessageId::new),
            pending: list(value, "pending")?,
            visits: list(value, "visits")?,
            read_until: text(value, "read_until").map(MessageId::new),
            is_stale: flag(value, "is_stale"),
        })
    }
}

impl Decode for Message {
    fn decode(value: &Json) -> Option<Self> {
        Some(Self {
            id: MessageId::new(text(value, "id")?),
            author: one(value, "author")?,
            content: list(value, "content")?,
            files: list(value, "files")?,
            parent_id: text(value, "parent_id").map(MessageId::new),
            created_at: instant(value, "created_at")?,
            edited_at: instant(value, "edited_at"),
            client_message_id: text(value, "client_message_id").map(ClientMessageId::new),
        })
    }
}

impl Decode for FileInfo {
    fn decode(value: &Json) -> Option<Self> {
        let state = match value.get("state")?.as_text()? {
            "ready" => FileState::Ready,
            "scanning" => FileState::Scanning,
            "removed" => FileState::Removed,
            "refused" => FileState::Refused,
            _ => FileState::Unknown,
        };
        Some(Self { name: text(value, "name")?, media_type: text(value, "media_type")?, size: number(value, "size"), state })
    }
}

impl Decode for FileTicket {
    fn decode(value: &Json) -> Option<Self> {
        Some(Self { url: text(value, "url")? })
    }
}

impl Decode for PendingFile {
    fn decode(value: &Json) -> Option<Self> {
        Some(Self { name: text(value, "name")?, media_type: text(value, "media_type")?, size: number(value, "size")? })
    }
}

impl Decode for Author {
    fn decode(value: &Json) -> Option<Self> {
        let kind = match value.get("kind")?.as_text()? {
            "guest" => AuthorKind::Guest,
            "staff" => AuthorKind::Staff,
            "portal" => AuthorKind::Portal,
            _ => AuthorKind::Unknown,
        };
        Some(Self { person_id: PersonId::new(text(value, "person_id")?), display_name: text(value, "display_name")?, kind })
    }
}

impl Decode for Pending {
    fn decode(value: &Json) -> Option<Self> {
        let delivery = match value.get("delivery")?.as_text()? {
            "accepted" => Delivery::Accepted,
            "in_flight" => Delivery::InFlight,
            "sent" => Delivery::Sent,
            "not_confirmed" => Delivery::NotConfirmed,
            "failed" => Delivery::Failed,
            _ => Delivery::Unknown,
        };
        Some(Self {
            client_message_id: ClientMessageId::new(text(value, "client_message_id")?),
            room_id: RoomId::new(text(value, "room_id")?),
            kind: one(value, "kind").unwrap_or_default(),
            text: text(value, "text")?,
            file: one(value, "file"),
            delivery,
            queued_at: instant(value, "queued_at")?,
            message_id: text(value, "message_id").map(MessageId::new),
            parent_id: text(value, "parent_id").map(MessageId::new),
            problem: one(value, "problem"),
        })
    }
}

impl Decode for PendingKind {
    fn decode(value: &Json) -> Option<Self> {
        Some(match value.as_text()? {
            "post" => Self::Post,
            "edit" => Self::Edit,
            "delete" => Self::Delete,
            _ => Self::Unknown,
        })
    }
}

impl Decode for Problem {
    fn decode(value: &Json) -> Option<Self> {
        // Those that the page has words of its own for; for the rest the portal's sentence speaks.
        let kind = match value.get("kind")?.as_text()? {
            "rate_limited" => ProblemKind::RateLimited,
            "invalid_name" => ProblemKind::InvalidName,
            "invalid_email" => ProblemKind::InvalidEmail,
            "not_signed_in" => ProblemKind::NotSignedIn,
            "room_not_found" => ProblemKind::RoomNotFound,
            "file_type_refused" => ProblemKind::FileTypeRefused,
            "file_incomplete" => ProblemKind::FileIncomplete,
            "file_gone" => ProblemKind::FileGone,
            "file_scanning" => ProblemKind::FileScanning,
            "not_editable" => ProblemKind::NotEditable,
            "meetings_unavailable" => ProblemKind::MeetingsUnavailable,
            "outside_hours" => ProblemKind::OutsideHours,
            "visit_not_found" => ProblemKind::VisitNotFound,
            "visit_over" => ProblemKind::VisitOver,
            "webex_unreachable" => ProblemKind::WebexUnreachable,
            "webex_refused" => ProblemKind::WebexRefused,
            "message_refused" => ProblemKind::MessageRefused,
            "internal" => ProblemKind::Internal,
            _ => ProblemKind::Unknown,
        };
        Some(Self {
            kind,
            status: number(value, "status")?,
            detail: text(value, "detail")?,
            request_id: text(value, "request_id"),
            retry_after_secs: number(value, "retry_after_secs"),
        })
    }
}

impl Decode for PortalEvent {
    fn decode(value: &Json) -> Option<Self> {
        let room_id = || text(value, "room_id").map(RoomId::new);
        Some(match value.get("type")?.as_text()? {
            "hello" => Self::Hello { build: text(value, "build")?, is_resumed: flag(value, "is_resumed") },
            "message_posted" => Self::MessagePosted { room_id: room_id()?, message: one(value, "message")? },
            "message_edited" => Self::MessageEdited { room_id: room_id()?, message: one(value, "message")? },
            "message_deleted" => Self::MessageDeleted { room_id: room_id()?, message_id: MessageId::new(text(value, "message_id")?) },
            "typing_changed" => {
                Self::TypingChanged { room_id: room_id()?, person: one(value, "person")?, is_typing: flag(value, "is_typing") }
            }
            "messages_read" => Self::MessagesRead {
                room_id: room_id()?,
                person_id: PersonId::new(text(value, "person_id")?),
                message_id: MessageId::new(text(value, "message_id")?),
            },
            "delivery_changed" => Self::DeliveryChanged { pending: one(value, "pending")? },
            "visit_changed" => Self::VisitChanged { visit: one(value, "visit")? },
            "room_changed" => Self::RoomChanged { room: one(value, "room")? },
            "guest_vouched" => Self::GuestVouched { person_id: PersonId::new(text(value, "person_id")?) },
            "signed_out" => Self::SignedOut,
            "bye" => Self::Bye,
            _ => Self::Unknown,
        })
    }
}

impl Decode for Block {
    fn decode(value: &Json) -> Option<Self> {
        Some(match value.get("block")?.as_text()? {
            "paragraph" => Self::Paragraph { inlines: list(value, "inlines")? },
            "heading" => Self::Heading { level: number(value, "level")?, inlines: list(value, "inlines")? },
            "code" => Self::Code { text: text(value, "text")? },
            "quote" => Self::Quote { blocks: list(value, "blocks")? },
            "list" => Self::List { start: number(value, "start"), items: list(value, "items")? },
            "rule" => Self::Rule,
            _ => Self::Unknown,
        })
    }
}

impl Decode for Inline {
    fn decode(value: &Json) -> Option<Self> {
        Some(match value.get("inline")?.as_text()? {
            "text" => Self::Text { text: text(value, "text")? },
            "break" => Self::Break,
            "strong" => Self::Strong { inlines: list(value, "inlines")? },
            "emphasis" => Self::Emphasis { inlines: list(value, "inlines")? },
            "deleted" => Self::Deleted { inlines: list(value, "inlines")? },
            "code" => Self::Code { text: text(value, "text")? },
            "link" => Self::Link { href: text(value, "href")?, inlines: list(value, "inlines")? },
            "mention" => Self::Mention { text: text(value, "text")? },
            _ => Self::Unknown,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use shared::rich_text::from_plain_text;
    use shared::{Abilities, Away, Consent, PreChat, Room, RoomList, SiteProfile, Topic, Visit, VisitId, VisitState};

    use super::*;

    fn round<T: Decode + Serialize + PartialEq + std::fmt::Debug>(value: T) {
        let json = serde_json::to_string(&value).unwrap();
        assert_eq!(decode::<T>(&json), Some(value), "{json}");
    }

    fn content() -> Vec<Block> {
        let inlines = vec![
            Inline::text("a \"b\" \u{1f600}\n"),
            Inline::Break,
            Inline::Strong { inlines: vec![Inline::Emphasis { inlines: vec![Inline::text("x")] }] },
            Inline::Deleted { inlines: vec![] },
            Inline::Code { text: "c".into() },
            Inline::Link { href: "https://a.example".into(), inlines: vec![Inline::text("l")] },
            Inline::Mention { text: "Ben".into() },
        ];
        vec![
            Block::Paragraph { inlines: inlines.clone() },
            Block::Heading { level: 3, inlines },
            Block::Code { text: "  y".into() },
            Block::Quote { blocks: from_plain_text("q") },
            Block::List { start: None, items: vec![from_plain_text("1"), vec![]] },
            Block::List { start: Some(7), items: vec![] },
            Block::Rule,
        ]
    }

    fn message() -> Message {
        Message {
            id: MessageId::new("m"),
            author: Author { person_id: PersonId::new("p"), display_name: "Ben".into(), kind: AuthorKind::Staff },
            content: content(),
            files: vec![file(FileState::Ready), FileInfo { size: None, ..file(FileState::Scanning) }],
            parent_id: Some(MessageId::new("parent")),
            created_at: Timestamp::from_millis(1_700_000_000_123),
            edited_at: Some(Timestamp::from_millis(-5)),
            client_message_id: Some(ClientMessageId::new("c")),
        }
    }

    fn file(state: FileState) -> FileInfo {
        FileInfo { name: "a.pdf".into(), media_type: "application/pdf".into(), size: Some(100_000_000), state }
    }

    fn visit(state: VisitState) -> Visit {
        Visit {
            id: VisitId::new("v"),
            room_id: RoomId::new("r"),
            topic: Some("Billing".into()),
            state,
            requested_at: Timestamp::from_millis(5),
            state_at: Timestamp::from_millis(6),
            starts_at: Some(Timestamp::from_millis(5)),
            invite_urls: vec!["https://a.example/2".into()],
            place: Some(2),
            wait_secs: Some(90),
            staff_name: Some("Grace".into()),
            join_url: Some("https://visit.webex.com/x".into()),
            expires_at: Some(Timestamp::from_millis(7)),
            problem: pending(Delivery::Failed).problem,
        }
    }

    fn pending(delivery: Delivery) -> Pending {
        let kind = ProblemKind::InvalidName;
        Pending {
            client_message_id: ClientMessageId::new("c"),
            room_id: RoomId::new("r"),
            kind: PendingKind::Post,
            text: "t".into(),
            file: Some(PendingFile { name: "a".into(), media_type: "text/plain".into(), size: 7 }),
            delivery,
            queued_at: Timestamp::from_millis(9),
            message_id: Some(MessageId::new("m")),
            parent_id: Some(MessageId::new("p")),
            problem: Some(Problem { kind, status: 429, detail: "d".into(), request_id: Some("q".into()), retry_after_secs: Some(3) }),
        }
    }

    fn room() -> Room {
        let can =
            Abilities { write: true, files: true, meet: true, leave_note: true, typing: true, receipts: false, edit: true, presence: true };
        let away = Some(Away { text: None, until: Some(Timestamp::from_millis(9)) });
        let topics = vec![Topic { name: "Sales".into(), away: away.clone() }, Topic { name: "Billing".into(), away: None }];
        Room {
            id: RoomId::new("r"),
            title: "R".into(),
            last_activity_at: Some(Timestamp::from_millis(4)),
            is_closed: true,
            away,
            topics,
            can,
        }
    }

    #[test]
    fn every_type_is_read_as_serde_writes_it() {
        let site = SiteProfile {
            id: SiteId::new("s"),
            name: "S".into(),
            welcome: Some("w".into()),
            away: Some(Away { text: Some("Back on Monday.".into()), until: Some(Timestamp::from_millis(7)) }),
            max_file_bytes: 26_214_400,
            media_test_url: Some("https://mediatest.example".into()),
            is_simulated: true,
            may_be_signed_in: true,
            needs_identity: true,
            pre_chat: PreChat {
                email: shared::Asked::Required,
                topics: vec!["Orders".into()],
                consent: Some(Consent { version: "1".into(), text: "I agree".into(), url: Some("https://a.example".into()) }),
            },
        };
        let plain = SiteProfile { welcome: None, away: None, max_file_bytes: 0, media_test_url: None, is_simulated: false, ..site.clone() };
        round(SiteProfile { pre_chat: PreChat::default(), ..plain });
        round(site);
        round(Session {
            site_id: SiteId::new("s"),
            guest_id: GuestId::new("g"),
            display_name: "Ada".into(),
            person_id: Some(PersonId::new("p")),
        });
        let other_room = Room { last_activity_at: None, can: Abilities::default(), ..room() };
        round(RoomList { items: vec![room(), other_room], last_event_id: Some("a-1".into()) });
        round(RoomList::default());
        let page = MessagePage {
            items: vec![message()],
            older: Some(MessageId::new("o")),
            pending: vec![pending(Delivery::Failed)],
            visits: vec![visit(VisitState::Ringing)],
            read_until: Some(MessageId::new("read")),
            is_stale: true,
        };
        round(page);
        round(MessagePage::default());
        for delivery in [Delivery::Accepted, Delivery::InFlight, Delivery::Sent, Delivery::NotConfirmed, Delivery::Unknown] {
            round(Pending { message_id: None, parent_id: None, problem: None, ..pending(delivery) });
        }
        for kind in [AuthorKind::Guest, AuthorKind::Portal, AuthorKind::Unknown] {
            let author = Author { kind, ..message().author };
            round(Message { author, edited_at: None, client_message_id: None, files: vec![], parent_id: None, ..message() });
        }
        for kind in [PendingKind::Edit, PendingKind::Delete, PendingKind::Unknown] {
            round(Pending { kind, file: None, ..pending(Delivery::Sent) });
        }
        for state in [FileState::Removed, FileState::Refused, FileState::Unknown] {
            round(file(state));
        }
        for state in [
            VisitState::Requested,
            VisitState::Scheduled,
            VisitState::Claimed,
            VisitState::Joined,
            VisitState::Ended,
            VisitState::Missed,
            VisitState::Expired,
            VisitState::Cancelled,
            VisitState::Unknown,
        ] {
            round(visit(state));
        }
        let bare = Visit {
            topic: None,
            starts_at: None,
            invite_urls: vec![],
            place: None,
            wait_secs: None,
            staff_name: None,
            join_url: None,
            ..visit(VisitState::Requested)
        };
        round(Visit { expires_at: None, problem: None, ..bare });
        round(FileTicket { url: "/api/files/dl/t".into() });
        round(MemberList { items: vec![message().author] });
    }

    #[test]
    fn every_event_is_read_as_serde_writes_it() {
        let room_id = || RoomId::new("r");
        round(PortalEvent::Hello { build: "b".into(), is_resumed: true });
        round(PortalEvent::MessagePosted { room_id: room_id(), message: message() });
        round(PortalEvent::MessageEdited { room_id: room_id(), message: message() });
        round(PortalEvent::MessageDeleted { room_id: room_id(), message_id: MessageId::new("m") });
        let person = message().author;
        round(PortalEvent::TypingChanged { room_id: room_id(), person: person.clone(), is_typing: true });
        round(PortalEvent::MessagesRead { room_id: room_id(), person_id: person.person_id, message_id: MessageId::new("m") });
        round(PortalEvent::DeliveryChanged { pending: pending(Delivery::Sent) });
        round(PortalEvent::VisitChanged { visit: visit(VisitState::Claimed) });
        round(PortalEvent::RoomChanged { room: room() });
        round(PortalEvent::GuestVouched { person_id: PersonId::new("p") });
        round(PortalEvent::SignedOut);
        round(PortalEvent::Bye);
    }

    #[test]
    fn what_is_left_out_or_newer_is_tolerated_and_nonsense_is_not() {
        assert_eq!(decode::<PortalEvent>(r#"{"type":"confetti","amount":7}"#), Some(PortalEvent::Unknown));
        assert_eq!(decode::<Vec<Block>>(r#"[{"block":"hologram"},{"block":"rule","more":1}]"#), Some(vec![Block::Unknown, Block::Rule]));
        let profile = decode::<SiteProfile>(r#"{"id":"s","name":"S","welcome":null}"#);
        assert_eq!(profile.map(|profile| (profile.welcome, profile.is_simulated)), Some((None, false)));
        for nonsense in ["", "{", "7", "[]", r#"{"type":7}"#, r#"{"type":"message_posted"}"#] {
            assert_eq!(decode::<PortalEvent>(nonsense), None, "{nonsense}");
        }
        assert_eq!(decode::<RoomList>(r#"{"items":[{}]}"#), None);
    }
}
