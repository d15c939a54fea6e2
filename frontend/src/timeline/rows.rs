//! A conversation as rows: a line per day, and messages grouped by author and minute.

use std::sync::Arc;

use shared::{AuthorKind, Message, PersonId, Timestamp};

use super::state::{Echo, Held, Timeline};

/// One row of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What names it, and changes whenever it must be drawn anew.
    pub key: RowKey,
    /// What it shows.
    pub body: Body,
}

/// What names a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RowKey {
    /// The id of a message or an echo, or the number of a day.
    pub id: String,
    /// Changes with its content.
    pub revision: u32,
    /// First of its group.
    pub is_first: bool,
    /// Last of its group.
    pub is_last: bool,
}

/// What a row shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A day begins.
    Day(Timestamp),
    /// The portal says something.
    Notice(Arc<Message>),
    /// Somebody else says something.
    Theirs(Arc<Message>),
    /// The guest says something.
    Mine(Arc<Message>),
    /// The guest says something that is not known to be in Webex yet.
    Echo(Echo),
}

impl Body {
    /// When it was said.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Day(at) => *at,
            Self::Notice(message) | Self::Theirs(message) | Self::Mine(message) => message.created_at,
            Self::Echo(echo) => echo.at,
        }
    }

    /// The message, once it is in Webex.
    pub fn message(&self) -> Option<&Arc<Message>> {
        match self {
            Self::Notice(message) | Self::Theirs(message) | Self::Mine(message) => Some(message),
            Self::Day(_) | Self::Echo(_) => None,
        }
    }

    /// Rows with the same voice within a minute are one group.
    fn voice(&self) -> Voice<'_> {
        match self {
            Self::Day(_) | Self::Notice(_) => Voice::Nobody,
            Self::Theirs(message) => Voice::Other(&message.author.person_id),
            Self::Mine(_) => Voice::Me { is_sent: true },
            // Has something of its own to say below it.
            Self::Echo(echo) if echo.progress.is_final() => Voice::Nobody,
            Self::Echo(echo) => Voice::Me { is_sent: echo.progress.is_sent() },
        }
    }
}

#[derive(PartialEq)]
enum Voice<'a> {
    Nobody,
    /// The last of a group says how far all of it has come.
    Me {
        is_sent: bool,
    },
    Other(&'a PersonId),
}

/// The rows of a conversation; `day_of` numbers the local day of an instant.
pub fn rows(timeline: &Timeline, me: Option<&PersonId>, day_of: &dyn Fn(Timestamp) -> i64) -> Vec<Row> {
    let mut rows = Vec::with_capacity(timeline.messages().len() + timeline.echoes().len() + 8);
    let mut day = None;
    for (id, revision, body) in bodies(timeline, me) {
        let at = body.at();
        let its_day = day_of(at);
        // An echo written while the clock was a little behind begins no earlier day.
        if day.is_none_or(|day| its_day > day) {
            day = Some(its_day);
            let key = RowKey { id: format!("day {its_day}"), revision: 0, is_first: true, is_last: true };
            rows.push(Row { key, body: Body::Day(at) });
        }
        rows.push(Row { key: RowKey { id, revision, is_first: true, is_last: true }, body });
    }
    group(&mut rows);
    rows
}

/// Messages with what has stopped on its way at the time it was written, and what is still moving at the end.
fn bodies(timeline: &Timeline, me: Option<&PersonId>) -> Vec<(String, u32, Body)> {
    let draw_echo = |held: &Held<Echo>| (held.value.client_message_id.to_string(), held.revision, Body::Echo(held.value.clone()));
    let (stopped, moving): (Vec<_>, Vec<_>) = timeline.echoes().iter().partition(|held| held.value.progress.is_final());
    let mut stopped = stopped.into_iter().peekable();
    let mut bodies = Vec::new();
    for held in timeline.messages() {
        let message = &held.value;
        while let Some(echo) = stopped.next_if(|echo| echo.value.at < message.created_at) {
            bodies.push(draw_echo(echo));
        }
        let body = if message.author.kind == AuthorKind::Portal {
            Body::Notice(message.clone())
        } else if timeline.is_mine(message, me) {
            Body::Mine(message.clone())
        } else {
            Body::Theirs(message.clone())
        };
        bodies.push((message.id.to_string(), held.revision, body));
    }
    bodies.extend(stopped.chain(moving).map(draw_echo));
    bodies
}

fn group(rows: &mut [Row]) {
    for place in 1..rows.len() {
        let (above, below) = rows.split_at_mut(place);
        if let (Some(before), Some(row)) = (above.last_mut(), below.first_mut())
            && belongs_together(&before.body, &row.body)
        {
            before.key.is_last = false;
            row.key.is_first = false;
        }
    }
}

fn belongs_together(before: &Body, after: &Body) -> bool {
    let minute = |body: &Body| body.at().as_millis().div_euclid(60_000);
    before.voice() != Voice::Nobody && before.voice() == after.voice() && minute(before) == minute(after)
}

#[cfg(test)]
mod tests {
    use shared::{Author, ClientMessageId, MessageId, MessagePage, RoomId, rich_text};

    use super::*;
    use crate::outbox::{Item, Stage};

    fn message(id: &str, person: &str, at: i64) -> Message {
        let kind = if person == "portal" { AuthorKind::Portal } else { AuthorKind::Staff };
        Message {
            id: MessageId::new(id),
            author: Author { person_id: PersonId::new(person), display_name: person.into(), kind },
            content: rich_text::from_plain_text(id),
            files: vec![],
            parent_id: None,
            created_at: Timestamp::from_millis(at),
            edited_at: None,
            client_message_id: None,
        }
    }

    fn drawn(timeline: &Timeline) -> Vec<String> {
        let day_of = |at: Timestamp| at.as_millis().div_euclid(86_400_000);
        let rows = rows(timeline, Some(&PersonId::new("me")), &day_of);
        rows.iter()
            .map(|row| {
                let kind = match &row.body {
                    Body::Day(_) => "day",
                    Body::Notice(_) => "notice",
                    Body::Theirs(_) => "theirs",
                    Body::Mine(_) => "mine",
                    Body::Echo(_) => "echo",
                };
                let place = match (row.key.is_first, row.key.is_last) {
                    (true, true) => "alone",
                    (true, false) => "first",
                    (false, false) => "middle",
                    (false, true) => "last",
                };
                format!("{kind} {} {place}", row.key.id)
            })
            .collect()
    }

    #[test]
    fn rows_are_grouped_by_author_and_minute_and_parted_by_days() {
        let mut timeline = Timeline::default();
        let refresh = timeline.refreshing();
        let items = vec![
            message("a", "ben", 0),
            message("b", "ben", 1_000),
            message("c", "ben", 59_999),
            message("d", "ben", 60_000),
            message("e", "me", 60_001),
            message("f", "portal", 60_002),
            message("g", "ben", 86_400_000),
        ];
        timeline.refreshed(MessagePage { items, ..MessagePage::default() }, &refresh);
        assert_eq!(
            drawn(&timeline),
            [
                "day day 0 alone",
                "theirs a first",
                "theirs b middle",
                "theirs c last",
                "theirs d alone",
                "mine e alone",
                "notice f alone",
                "day day 1 alone",
                "theirs g alone"
            ]
        );
    }

    #[test]
    fn what_moves_is_last_and_what_stopped_stays_in_its_place() {
        let item = |id: &str, at: i64, stage: Stage| Item {
            client_message_id: ClientMessageId::new(id),
            room_id: RoomId::new("r"),
            text: id.into(),
            written_at: Timestamp::from_millis(at),
            stage,
        };
        let problem = serde_json::from_str(r#"{"kind":"internal","status":400,"detail":"No."}"#).unwrap();
        let mut timeline = Timeline::default();
        timeline.written(&item("x", 500, Stage::Refused(problem)));
        timeline.written(&item("y", 600, Stage::Queued));
        timeline.upsert(message("a", "ben", 100));
        timeline.upsert(message("b", "me", 700));
        assert_eq!(drawn(&timeline), ["day day 0 alone", "theirs a alone", "echo x alone", "mine b alone", "echo y alone"]);
    }
}
