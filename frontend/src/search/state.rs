//! What is looked for and where it was found, in plain data.

use shared::{Message, MessageId};

use crate::timeline::Timeline;
use crate::timeline::rich_text::plain;

/// A search in a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Whether the guest is searching.
    pub is_open: bool,
    /// What is looked for, as typed.
    pub query: String,
    /// The messages that have it, oldest first.
    pub hits: Vec<MessageId>,
    /// Which of them the guest looks at.
    pub at: Option<MessageId>,
}

impl Search {
    /// The guest looks for this, or the conversation has changed. Stays at the hit the guest looks at, or begins at the newest.
    pub fn look(&mut self, timeline: &Timeline, fold: impl Fn(&str) -> String) {
        let wanted = fold(self.query.trim());
        let has_it = |message: &Message| {
            let files = message.files.iter().map(|file| file.name.as_str());
            holds(&fold(&plain(&message.content)), &wanted) || files.into_iter().any(|name| holds(&fold(name), &wanted))
        };
        let messages = timeline.messages().iter().map(|held| &held.value);
        self.hits = if wanted.is_empty() {
            Vec::new()
        } else {
            messages.filter(|message| has_it(message)).map(|message| message.id.clone()).collect()
        };
        if self.place().is_none() {
            self.at = self.hits.last().cloned();
        }
    }

    /// To the next hit above or below, if there is one.
    pub fn go(&mut self, is_up: bool) {
        let next = self.place().and_then(|place| if is_up { place.checked_sub(1) } else { Some(place + 1) });
        if let Some(next) = next.and_then(|next| self.hits.get(next)) {
            self.at = Some(next.clone());
        }
    }

    /// Which of the hits the guest looks at, from 0.
    pub fn place(&self) -> Option<usize> {
        let at = self.at.as_ref()?;
        self.hits.iter().position(|hit| hit == at)
    }

    /// Whether older messages are to be looked through: nothing was found yet, or the guest is at the first hit.
    pub fn wants_older(&self) -> bool {
        self.is_open && !self.query.trim().is_empty() && self.place().is_none_or(|place| place == 0)
    }
}

/// Whether a text has another in it.
fn holds(text: &str, wanted: &str) -> bool {
    text.char_indices().any(|(at, _)| text.get(at..).is_some_and(|rest| rest.starts_with(wanted)))
}

#[cfg(test)]
mod tests {
    use shared::{Author, AuthorKind, FileInfo, FileState, PersonId, Timestamp, rich_text};

    use super::*;

    fn timeline(texts: &[&str]) -> Timeline {
        let mut timeline = Timeline::default();
        for (at, text) in (1..).zip(texts) {
            timeline.upsert(Message {
                id: MessageId::new(format!("m{at}")),
                author: Author { person_id: PersonId::new("ben"), display_name: "Ben".into(), kind: AuthorKind::Staff },
                content: rich_text::from_plain_text(text),
                files: vec![FileInfo { name: format!("{at}.pdf"), media_type: String::new(), size: None, state: FileState::Ready }],
                parent_id: None,
                created_at: Timestamp::from_millis(at),
                edited_at: None,
                client_message_id: None,
            });
        }
        timeline
    }

    fn looked(search: &mut Search, query: &str, timeline: &Timeline) -> (usize, Option<usize>) {
        search.query = query.into();
        search.look(timeline, str::to_ascii_lowercase);
        (search.hits.len(), search.place())
    }

    #[test]
    fn the_newest_hit_comes_first_and_the_guest_goes_up_and_down() {
        let timeline = timeline(&["One order", "another", "ORDER two", "order"]);
        let mut search = Search { is_open: true, ..Search::default() };
        assert_eq!(looked(&mut search, "  ", &timeline), (0, None));
        assert!(!search.wants_older());
        assert_eq!(looked(&mut search, "order", &timeline), (3, Some(2)));
        search.go(false);
        assert_eq!(search.place(), Some(2), "there is none below");
        search.go(true);
        search.go(true);
        assert_eq!(search.place(), Some(0));
        assert!(search.wants_older());
        assert_eq!(looked(&mut search, "order t", &timeline), (1, Some(0)), "what is no hit any more is left");
        assert_eq!(looked(&mut search, "2.pdf", &timeline), (1, Some(0)));
        assert_eq!(looked(&mut search, "nothing", &timeline), (0, None));
        assert!(search.wants_older());
    }
}
