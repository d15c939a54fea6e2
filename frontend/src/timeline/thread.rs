//! One thread of a conversation, opened to be read and answered in.

use std::sync::Arc;

use shared::{Message, MessageId, MessagePage};

use super::state::{Held, Timeline};
use crate::api::ApiError;

/// An open thread. What the conversation holds of it is shown with what was fetched.
#[derive(Clone, Debug, PartialEq)]
pub struct Thread {
    /// The message that began it.
    pub root: MessageId,
    /// Oldest first.
    pub(super) fetched: Vec<Held<Arc<Message>>>,
    /// How far fetching has come.
    pub reading: Reading,
}

/// A message that others reply to.
pub(super) struct Replies<'a> {
    pub(super) root: &'a MessageId,
    /// How many replies are held.
    pub(super) count: u32,
    pub(super) parent: Option<&'a Held<Arc<Message>>>,
}

/// How far a thread has been fetched.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// It is being fetched.
    Loading,
    /// All of it is here.
    Whole,
    /// It could not be fetched.
    Failed(ApiError),
}

impl Timeline {
    /// The guest opens the thread a message belongs to, or that it may begin.
    pub fn open_thread(&mut self, id: &MessageId) {
        let parent = self.message(id).and_then(|message| message.parent_id.clone());
        self.thread = Some(Thread { root: parent.unwrap_or_else(|| id.clone()), fetched: Vec::new(), reading: Reading::Loading });
    }

    /// The guest goes back to the conversation; the message that began the thread.
    pub fn close_thread(&mut self) -> Option<MessageId> {
        self.thread.take().map(|thread| thread.root)
    }

    /// The open thread.
    pub fn thread(&self) -> Option<&Thread> {
        self.thread.as_ref()
    }

    /// Fetching it begins anew.
    pub fn thread_loading(&mut self) {
        if let Some(thread) = &mut self.thread {
            thread.reading = Reading::Loading;
        }
    }

    /// The messages of a thread, or why there are none. Passed over if it is no longer open.
    pub fn thread_fetched(&mut self, root: &MessageId, answer: Result<MessagePage, ApiError>) {
        let Some(thread) = self.thread.as_mut().filter(|thread| thread.root == *root) else { return };
        match answer {
            Ok(page) => {
                thread.fetched.clear();
                for message in page.items {
                    self.revision += 1;
                    thread.fetched.push(Held { value: Arc::new(message), revision: self.revision });
                }
                thread.reading = Reading::Whole;
            }
            Err(error) => thread.reading = Reading::Failed(error),
        }
    }

    /// What is shown of the open thread, oldest first: the latest that is known of each message.
    pub(super) fn thread_messages(&self) -> Vec<&Held<Arc<Message>>> {
        let Some(thread) = &self.thread else { return Vec::new() };
        let is_of_it = |message: &Message| message.id == thread.root || message.parent_id.as_ref() == Some(&thread.root);
        let held: Vec<_> = self.messages.iter().filter(|held| is_of_it(&held.value)).collect();
        let is_held = |id: &MessageId| held.iter().any(|other| other.value.id == *id);
        let fetched = thread.fetched.iter().filter(|fetched| {
            let id = &fetched.value.id;
            !is_held(id) && !self.deleted.contains(id.as_str())
        });
        // Both are in order, and the fetched ones nearly all before the others.
        let mut messages: Vec<&Held<Arc<Message>>> = Vec::new();
        for message in fetched.chain(held.iter().copied()) {
            let is_before = |other: &&&Held<Arc<Message>>| other.value.created_at <= message.value.created_at;
            let place = messages.iter().rposition(|other| is_before(&other)).map_or(0, |before| before + 1);
            messages.insert(place, message);
        }
        messages
    }

    /// The messages that others reply to, each with how many do and with itself, if it is held.
    pub(super) fn threads(&self) -> Vec<Replies<'_>> {
        let mut threads: Vec<Replies<'_>> = Vec::new();
        for root in self.messages.iter().filter_map(|held| held.value.parent_id.as_ref()) {
            match threads.iter_mut().rfind(|thread| thread.root == root) {
                Some(thread) => thread.count += 1,
                None => threads.push(Replies { root, count: 1, parent: None }),
            }
        }
        if !threads.is_empty() {
            for held in &self.messages {
                let thread = threads.iter_mut().find(|thread| *thread.root == held.value.id);
                thread.into_iter().for_each(|thread| thread.parent = Some(held));
            }
        }
        threads
    }

    /// A message of the open thread, if only that has it.
    pub(super) fn in_thread(&self, id: &MessageId) -> Option<&Held<Arc<Message>>> {
        self.thread.as_ref()?.fetched.iter().find(|held| held.value.id == *id)
    }

    /// A message the conversation does not hold has changed.
    pub(super) fn put_in_thread(&mut self, message: &Message) {
        let Some(thread) = &mut self.thread else { return };
        if let Some(held) = thread.fetched.iter_mut().find(|held| held.value.id == message.id && *held.value != *message) {
            self.revision += 1;
            *held = Held { value: Arc::new(message.clone()), revision: self.revision };
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::{Author, AuthorKind, PersonId, Timestamp, rich_text};

    use super::*;

    fn message(id: &str, parent: Option<&str>, at: i64) -> Message {
        Message {
            id: MessageId::new(id),
            author: Author { person_id: PersonId::new("ben"), display_name: "Ben".into(), kind: AuthorKind::Staff },
            content: rich_text::from_plain_text(id),
            files: vec![],
            parent_id: parent.map(MessageId::new),
            created_at: Timestamp::from_millis(at),
            edited_at: None,
            client_message_id: None,
        }
    }

    fn shown(timeline: &Timeline) -> Vec<&str> {
        timeline.thread_messages().iter().map(|held| held.value.id.as_str()).collect()
    }

    #[test]
    fn a_thread_is_what_is_held_and_what_was_fetched_each_once() {
        let mut timeline = Timeline::default();
        timeline.upsert(message("other", None, 400));
        timeline.upsert(message("b", Some("root"), 300));
        timeline.open_thread(&MessageId::new("b"));
        assert_eq!(shown(&timeline), ["b"]);
        let root = MessageId::new("root");
        let items = vec![message("root", None, 100), message("a", Some("root"), 200), message("b", Some("root"), 300)];
        timeline.thread_fetched(&root, Ok(MessagePage { items, ..MessagePage::default() }));
        assert_eq!(shown(&timeline), ["root", "a", "b"]);
        timeline.upsert(message("c", Some("root"), 500));
        timeline.deleted(&MessageId::new("a"));
        assert_eq!(shown(&timeline), ["root", "b", "c"]);
        assert_eq!(timeline.threads().first().map(|thread| thread.count), Some(2));
        assert_eq!(timeline.close_thread(), Some(root));
        assert_eq!(shown(&timeline), [""; 0]);
    }

    #[test]
    fn an_edit_of_what_only_the_thread_holds_is_shown() {
        let mut timeline = Timeline::default();
        let root = MessageId::new("root");
        timeline.open_thread(&root);
        timeline.thread_fetched(&root, Ok(MessagePage { items: vec![message("root", None, 100)], ..MessagePage::default() }));
        // The conversation holds only what came later.
        timeline.upsert(message("new", None, 900));
        let edited = Message { content: rich_text::from_plain_text("changed"), ..message("root", None, 100) };
        timeline.put_in_thread(&edited);
        let content = timeline.thread_messages().first().map(|held| held.value.content.clone());
        assert_eq!(content, Some(edited.content));
    }

    #[test]
    fn an_answer_for_a_thread_that_was_closed_changes_nothing() {
        let mut timeline = Timeline::default();
        timeline.open_thread(&MessageId::new("x"));
        timeline.thread_fetched(&MessageId::new("y"), Ok(MessagePage::default()));
        assert_eq!(timeline.thread().map(|thread| thread.reading.clone()), Some(Reading::Loading));
        timeline.thread_fetched(&MessageId::new("x"), Err(ApiError::Offline));
        assert_eq!(timeline.thread().map(|thread| thread.reading.clone()), Some(Reading::Failed(ApiError::Offline)));
    }
}
