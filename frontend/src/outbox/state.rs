//! The browser's outbox: what waits, what is asked of the network next, and what an answer means.

use shared::{ClientMessageId, MessageId, PendingFile, PendingKind, Problem, RoomId, Timestamp};

use crate::api::ApiError;
use crate::api::decode::Decode;
use crate::api::json::Json;

/// One message the guest wrote, or a change to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its id, made here.
    pub client_message_id: ClientMessageId,
    /// Where it goes.
    pub room_id: RoomId,
    /// What is to be done.
    pub kind: PendingKind,
    /// The message a change concerns.
    pub message_id: Option<MessageId>,
    /// The message that began the thread it goes to.
    pub parent_id: Option<MessageId>,
    /// What it says.
    pub text: String,
    /// The file that goes with it; its bytes are only with the page.
    pub file: Option<PendingFile>,
    /// When it was written, by the browser's clock.
    pub written_at: Timestamp,
    /// How far it has come.
    pub stage: Stage,
}

/// How far a message has come, as the browser keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The portal has not said yes.
    Queued,
    /// The portal has it safe; it is kept here until it is in Webex, and never posted again.
    Accepted,
    /// The portal refused it for good.
    Refused(Problem),
}

impl Item {
    /// As the browser keeps it.
    pub fn to_json(&self) -> String {
        let (stage, problem) = match &self.stage {
            Stage::Queued => ("queued", Json::Null),
            Stage::Accepted => ("accepted", Json::Null),
            Stage::Refused(problem) => {
                // Its kind has been judged; what is kept is what is shown.
                let fields =
                    [("kind", Json::of("")), ("status", Json::Number(problem.status.into())), ("detail", Json::of(&problem.detail))];
                ("refused", Json::record(&fields))
            }
        };
        let kind = match self.kind {
            PendingKind::Edit => "edit",
            PendingKind::Delete => "delete",
            PendingKind::Post | PendingKind::Unknown => "post",
        };
        Json::record(&[
            ("client_message_id", Json::of(self.client_message_id.as_str())),
            ("room_id", Json::of(self.room_id.as_str())),
            ("kind", Json::of(kind)),
            ("message_id", self.message_id.as_ref().map_or(Json::Null, |id| Json::of(id.as_str()))),
            ("parent_id", self.parent_id.as_ref().map_or(Json::Null, |id| Json::of(id.as_str()))),
            ("text", Json::of(&self.text)),
            ("file", self.file.as_ref().map_or(Json::Null, file_to_json)),
            ("written_at", Json::Number(self.written_at.as_millis())),
            ("stage", Json::of(stage)),
            ("problem", problem),
        ])
        .write()
    }
}

fn file_to_json(file: &PendingFile) -> Json {
    let size = i64::try_from(file.size).unwrap_or_default();
    Json::record(&[("name", Json::of(&file.name)), ("media_type", Json::of(&file.media_type)), ("size", Json::Number(size))])
}

impl Decode for Item {
    fn decode(value: &Json) -> Option<Self> {
        let text = |name| Some(value.get(name)?.as_text()?.to_owned());
        let stage = match value.get("stage")?.as_text()? {
            "accepted" => Stage::Accepted,
            "refused" => Stage::Refused(Problem::decode(value.get("problem")?)?),
            _ => Stage::Queued,
        };
        Some(Self {
            client_message_id: ClientMessageId::new(text("client_message_id")?),
            room_id: RoomId::new(text("room_id")?),
            kind: value.get("kind").and_then(PendingKind::decode).unwrap_or_default(),
            message_id: text("message_id").map(MessageId::new),
            parent_id: text("parent_id").map(MessageId::new),
            text: text("text")?,
            file: value.get("file").and_then(PendingFile::decode),
            written_at: Timestamp::from_millis(value.get("written_at")?.as_number()?),
            stage,
        })
    }
}

/// What an error answer to a message asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The same again, after so many seconds if the portal named them.
    Retry(Option<u32>),
    /// Nothing goes before the guest has signed in again.
    SignIn,
    /// Give it up and tell the guest.
    Refused(Problem),
}

/// What to do after an error. Repeating is safe whatever happened: the id makes it so.
pub fn verdict(error: &ApiError) -> Verdict {
    match error {
        ApiError::Offline | ApiError::Unreadable => Verdict::Retry(None),
        ApiError::Problem(problem) => match problem.status {
            401 => Verdict::SignIn,
            408 | 425 | 429 | 500.. => Verdict::Retry(problem.retry_after_secs),
            _ => Verdict::Refused(problem.clone()),
        },
    }
}

/// All messages of one guest that are not known to be in Webex, in the order they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    items: Vec<Item>,
}

impl Outbox {
    /// Begins with what the browser kept; ids sort in the order they were made.
    pub fn restored(items: Vec<Item>) -> Self {
        let mut outbox = Self::default();
        for item in items {
            let place = outbox.items.partition_point(|other| other.client_message_id < item.client_message_id);
            outbox.items.insert(place, item);
        }
        outbox
    }

    /// Everything in it.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// How many the portal has not got yet.
    pub fn count_unsent(&self) -> usize {
        self.items.iter().filter(|item| item.stage == Stage::Queued).count()
    }

    /// Adds what was just written.
    pub fn add(&mut self, item: Item) {
        self.items.push(item);
    }

    /// The message of this room to post next.
    pub fn next_in(&self, room_id: &RoomId) -> Option<&Item> {
        self.items.iter().find(|item| item.room_id == *room_id && item.stage == Stage::Queued)
    }

    /// The rooms in which something waits to be posted.
    pub fn waiting_rooms(&self) -> Vec<RoomId> {
        let mut rooms: Vec<RoomId> = Vec::new();
        for item in &self.items {
            if item.stage == Stage::Queued && !rooms.contains(&item.room_id) {
                rooms.push(item.room_id.clone());
            }
        }
        rooms
    }

    /// Changes how far a message has come. The message as it is now, to be kept; `None` if it is not here.
    pub fn advance(&mut self, id: &ClientMessageId, stage: Stage) -> Option<Item> {
        let item = self.items.iter_mut().find(|item| item.client_message_id == *id)?;
        item.stage = stage;
        Some(item.clone())
    }

    /// Takes a message out. Whether it was there.
    pub fn remove(&mut self, id: &ClientMessageId) -> bool {
        let before = self.items.len();
        self.items.retain(|item| item.client_message_id != *id);
        self.items.len() < before
    }
}

#[cfg(test)]
mod tests {
    use shared::ProblemKind;

    use super::*;
    use crate::api::decode::decode;

    fn item(id: &str, room: &str) -> Item {
        Item {
            client_message_id: ClientMessageId::new(id),
            room_id: RoomId::new(room),
            kind: PendingKind::Post,
            message_id: None,
            parent_id: None,
            text: id.into(),
            file: None,
            written_at: Timestamp::from_millis(1),
            stage: Stage::Queued,
        }
    }

    fn problem(status: u16) -> Problem {
        Problem { kind: ProblemKind::Unknown, status, detail: "No.".into(), request_id: None, retry_after_secs: Some(7) }
    }

    #[test]
    fn messages_of_a_room_go_in_the_order_they_were_written() {
        let mut outbox = Outbox::restored(vec![item("3", "a"), item("1", "a"), item("2", "b")]);
        let room = RoomId::new("a");
        assert_eq!(outbox.waiting_rooms(), vec![RoomId::new("a"), RoomId::new("b")]);
        assert_eq!(outbox.next_in(&room).map(|item| item.text.as_str()), Some("1"));
        outbox.advance(&ClientMessageId::new("1"), Stage::Accepted);
        assert_eq!(outbox.next_in(&room).map(|item| item.text.as_str()), Some("3"));
        outbox.advance(&ClientMessageId::new("3"), Stage::Refused(problem(422)));
        assert_eq!(outbox.next_in(&room), None);
        assert_eq!(outbox.count_unsent(), 1);
        assert!(outbox.remove(&ClientMessageId::new("1")));
        assert!(!outbox.remove(&ClientMessageId::new("1")));
        assert_eq!(outbox.advance(&ClientMessageId::new("1"), Stage::Queued), None);
    }

    #[test]
    fn only_a_lasting_refusal_gives_a_message_up() {
        assert_eq!(verdict(&ApiError::Offline), Verdict::Retry(None));
        assert_eq!(verdict(&ApiError::Unreadable), Verdict::Retry(None));
        for status in [429, 500, 502, 503] {
            assert_eq!(verdict(&ApiError::Problem(problem(status))), Verdict::Retry(Some(7)), "{status}");
        }
        assert_eq!(verdict(&ApiError::Problem(problem(401))), Verdict::SignIn);
        for status in [400, 403, 404, 413, 422] {
            assert_eq!(verdict(&ApiError::Problem(problem(status))), Verdict::Refused(problem(status)), "{status}");
        }
    }

    #[test]
    fn what_is_kept_is_read_back() {
        let mut kept = item("1", "a");
        assert_eq!(decode(&kept.to_json()), Some(kept.clone()));
        kept.stage = Stage::Accepted;
        assert_eq!(decode(&kept.to_json()), Some(kept.clone()));
        kept.stage = Stage::Refused(Problem { retry_after_secs: None, ..problem(404) });
        assert_eq!(decode(&kept.to_json()), Some(kept.clone()));
        kept.file = Some(PendingFile { name: "a \"b\".pdf".into(), media_type: "application/pdf".into(), size: 9_000_000_000 });
        assert_eq!(decode(&kept.to_json()), Some(kept.clone()));
        kept.parent_id = Some(MessageId::new("p"));
        assert_eq!(decode(&kept.to_json()), Some(kept.clone()));
        let edit = Item { kind: PendingKind::Edit, message_id: Some(MessageId::new("m")), parent_id: None, file: None, ..kept };
        assert_eq!(decode(&edit.to_json()), Some(edit.clone()));
        let deletion = Item { kind: PendingKind::Delete, text: String::new(), ..edit };
        assert_eq!(decode(&deletion.to_json()), Some(deletion));
        let older = r#"{"client_message_id":"1","room_id":"a","text":"t","written_at":1,"stage":"queued","problem":null}"#;
        assert_eq!(decode(older), Some(Item { text: "t".into(), ..item("1", "a") }), "what an older build kept is not lost");
    }
}
