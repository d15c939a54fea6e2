//! A conversation as lines to be kept, and written as text.

use shared::{AuthorKind, Message, PersonId, Timestamp};

use crate::timeline::Timeline;
use crate::timeline::rich_text::editable;
use crate::words::words;

/// What stands on a kept page.
pub enum Line {
    /// A day begins.
    Day(String),
    /// Somebody said something.
    Said {
        /// When.
        time: String,
        /// Who; nobody where the portal tells something.
        name: String,
        /// What, with line breaks.
        text: String,
    },
}

/// What of a moment is written.
pub struct Moments<'a> {
    /// The number of its day.
    pub day_of: &'a dyn Fn(Timestamp) -> i64,
    /// Its day, with the year.
    pub day: &'a dyn Fn(Timestamp) -> String,
    /// Its time of day.
    pub time: &'a dyn Fn(Timestamp) -> String,
}

/// The conversation as far as it is held.
pub fn lines(timeline: &Timeline, me: Option<&PersonId>, moments: &Moments<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut day = None;
    for message in timeline.messages().iter().map(|held| &held.value) {
        let its_day = (moments.day_of)(message.created_at);
        if day.replace(its_day) != Some(its_day) {
            lines.push(Line::Day((moments.day)(message.created_at)));
        }
        let name = match message.author.kind {
            AuthorKind::Portal => String::new(),
            _ if timeline.is_mine(message, me) => words().you().to_owned(),
            _ => message.author.display_name.clone(),
        };
        lines.push(Line::Said { time: (moments.time)(message.created_at), name, text: text_of(message) });
    }
    lines
}

fn text_of(message: &Message) -> String {
    let files = message.files.iter().map(|file| "[".to_owned() + words().a_file() + ": " + &file.name + "]");
    let words = Some(editable(&message.content)).filter(|text| !text.is_empty());
    words.into_iter().chain(files).collect::<Vec<_>>().join("\n")
}

/// As plain text.
pub fn as_text(title: &str, saved: &str, lines: &[Line]) -> String {
    let mut text = [title, "\n", saved, "\n"].concat();
    for line in lines {
        match line {
            Line::Day(day) => text.push_str(&["\n", day, "\n\n"].concat()),
            Line::Said { time, name, text: said } => {
                let colon = if name.is_empty() { "" } else { ": " };
                text.push_str(&[time, "  ", name, colon, &said.replace('\n', "\n    "), "\n"].concat());
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use shared::{Author, FileInfo, FileState, MessageId, rich_text};

    use super::*;

    fn message(id: &str, kind: AuthorKind, at: i64, text: &str) -> Message {
        Message {
            id: MessageId::new(id),
            author: Author { person_id: PersonId::new(id), display_name: "Ben <b>".into(), kind },
            content: rich_text::from_plain_text(text),
            files: vec![],
            parent_id: None,
            created_at: Timestamp::from_millis(at),
            edited_at: None,
            client_message_id: None,
        }
    }

    fn kept() -> Vec<Line> {
        let mut timeline = Timeline::default();
        timeline.upsert(message("a", AuthorKind::Staff, 0, "<script>alert(1)</script>"));
        let files = vec![FileInfo { name: "a.pdf".into(), media_type: String::new(), size: None, state: FileState::Ready }];
        timeline.upsert(Message { files, ..message("me", AuthorKind::Guest, 1_000, "one\ntwo") });
        timeline.upsert(message("p", AuthorKind::Portal, 90_000_000, "Ada left."));
        let day = |at: Timestamp| at.as_millis() / 86_400_000;
        let moments = Moments { day_of: &day, day: &|at| format!("Day {}", day(at)), time: &|at| at.as_millis().to_string() };
        lines(&timeline, Some(&PersonId::new("me")), &moments)
    }

    #[test]
    fn a_text_has_days_times_and_names() {
        let text = as_text("Title", "Saved", &kept());
        let expected = "Title\nSaved\n\nDay 0\n\n0  Ben <b>: <script>alert(1)</script>\n1000  You: one\n    two\n    [File: a.pdf]\n\nDay 1\n\n90000000  Ada left.\n";
        assert_eq!(text, expected);
    }
}
