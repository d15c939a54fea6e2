//! A conversation as a machine of plain data. Answers, pages and events may come in any order and any
//! number of times: messages are keyed by their id in Webex, echoes by the id their browser made.

use std::sync::Arc;

use shared::{
    Author, ClientMessageId, Delivery, Message, MessageId, Pending, PendingFile, PendingKind, PersonId, Problem, Timestamp, Visit,
};

use super::ids::Ids;
use super::rich_text;
use super::thread::Thread;
use crate::api::ApiError;
use crate::outbox::{Item, Stage};

/// What is known of one room's conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// Oldest first.
    pub(super) messages: Vec<Held<Arc<Message>>>,
    /// In the order they were written; changes to messages among them.
    pub(super) echoes: Vec<Held<Echo>>,
    /// In the order they were asked for.
    pub(super) visits: Vec<Held<Arc<Visit>>>,
    /// The message the guest is asked about before it is deleted.
    pub(super) asked_about: Option<Held<MessageId>>,
    /// What came later than this the guest has not seen: a line stands before it.
    pub(super) seen_until: Option<Timestamp>,
    /// Up to here somebody else has read it.
    pub(super) read_until: Option<Timestamp>,
    /// The thread the guest has opened.
    pub(super) thread: Option<Thread>,
    /// Who is in the room, once known.
    pub(super) members: Vec<Author>,
    /// Every id a browser of this guest is known to have made.
    pub(super) own: Ids,
    /// The ids whose messages are there: nothing draws their echo again.
    pub(super) retired: Ids,
    /// Deleted, so that an older answer does not bring them back.
    pub(super) deleted: Ids,
    pub(super) history: History,
    pub(super) is_stale: bool,
    /// What the page did not hear, until an answer says how things stand since.
    pub(super) gap: Option<Gap>,
    /// How often there was one.
    pub(super) gaps: u32,
    /// On their way to the portal when a gap ended: all that became of them may lie in the gap.
    pub(super) overtaken: Ids,
    /// How often the newest messages were asked for.
    pub(super) asked: u32,
    /// The latest of those questions that has a fresh answer.
    pub(super) answered: u32,
    pub(super) revision: u32,
}

/// Something drawn, with a number that changes whenever it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Held<T> {
    /// What is drawn.
    pub value: T,
    /// Differs between any two states of it.
    pub revision: u32,
}

/// A message of this guest, or a change to one, drawn before Webex has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Echo {
    /// The id its browser made.
    pub client_message_id: ClientMessageId,
    /// What is to be done.
    pub kind: PendingKind,
    /// What it says.
    pub text: String,
    /// The file that goes with it.
    pub file: Option<PendingFile>,
    /// When it was written; by the portal's clock once that has spoken.
    pub at: Timestamp,
    /// How far it has come.
    pub progress: Progress,
    /// Its id in Webex, once known; of a change the message it concerns.
    pub message_id: Option<MessageId>,
    /// The message that began the thread it goes to.
    pub parent_id: Option<MessageId>,
    /// Why it failed, or what it waits for.
    pub problem: Option<Problem>,
}

/// How far an echo has come. A later stage is never taken back by an answer that was asked for earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Progress {
    /// Only this browser has it.
    Queued,
    /// The portal refused to take it.
    Refused,
    /// The portal has it.
    Accepted,
    /// On its way to Webex.
    InFlight,
    /// Webex may or may not have it.
    NotConfirmed,
    /// Webex refused it for good.
    Failed,
    /// In Webex.
    Sent,
}

/// What is known of the messages before those held.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum History {
    /// Nothing was fetched yet.
    #[default]
    Unknown,
    /// The newest messages are being fetched for the first time.
    Opening,
    /// They could not be fetched.
    Closed(ApiError),
    /// There are more before this one.
    More(MessageId),
    /// Those are being fetched.
    Loading(MessageId),
    /// They could not be fetched.
    Failed(MessageId, ApiError),
    /// The first message of the room is held.
    Beginning,
}

/// A time in which the stream was broken.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gap {
    /// The questions up to this one were asked before it ended.
    pub(super) asked: u32,
    /// The messages the stream has spoken of since; those on their way by the ids of their browsers.
    pub(super) heard: Ids,
}

/// Which older messages are asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Older {
    /// Those before this one.
    pub before: MessageId,
    pub(super) begins_at: Option<Timestamp>,
    pub(super) gaps: u32,
}

/// What was known when the newest page was asked for.
#[derive(Clone, Debug, Default)]
pub struct Refresh {
    pub(super) accepted: Vec<ClientMessageId>,
    pub(super) number: u32,
}

/// Where a [`Pending`] was read; only the event stream is in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The answer to a request: may have been overtaken.
    Answer,
    /// The event stream: is the latest word.
    Event,
}

impl Timeline {
    /// Begins with what the browser kept.
    pub fn restored<'a>(items: impl Iterator<Item = &'a Item>) -> Self {
        let mut timeline = Self::default();
        items.for_each(|item| timeline.written(item));
        timeline
    }

    /// The messages in Webex, oldest first.
    pub fn messages(&self) -> &[Held<Arc<Message>>] {
        &self.messages
    }

    /// What is drawn before Webex has it, in the order it was written.
    pub fn echoes(&self) -> &[Held<Echo>] {
        &self.echoes
    }

    /// What is known of older messages.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Whether the portal could not ask Webex when it answered last.
    pub fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// Whether this guest wrote the message.
    pub fn is_mine(&self, message: &Message, me: Option<&PersonId>) -> bool {
        me.is_some_and(|me| message.author.person_id == *me)
            || message.client_message_id.as_ref().is_some_and(|id| self.own.contains(id.as_str()))
    }

    /// The guest wrote something, now or before the page was loaded.
    pub fn written(&mut self, item: &Item) {
        let (progress, problem) = match &item.stage {
            Stage::Queued => (Progress::Queued, None),
            Stage::Accepted => (Progress::Accepted, None),
            Stage::Refused(problem) => (Progress::Refused, Some(problem.clone())),
        };
        self.own.insert(item.client_message_id.as_str());
        // Whoever answers has read.
        self.seen_until = None;
        if self.retired.contains(item.client_message_id.as_str()) || self.echo(&item.client_message_id).is_some() {
            return;
        }
        self.add_echo(Echo {
            client_message_id: item.client_message_id.clone(),
            kind: item.kind,
            text: item.text.clone(),
            file: item.file.clone(),
            at: item.written_at,
            progress,
            message_id: item.message_id.clone(),
            parent_id: item.parent_id.clone(),
            problem,
        });
    }

    /// The portal refused to take a message.
    pub fn refused(&mut self, id: &ClientMessageId, problem: Problem) {
        self.change_echo(id, |echo| {
            if echo.progress == Progress::Queued {
                echo.progress = Progress::Refused;
                echo.problem = Some(problem);
            }
        });
    }

    /// The guest gave a message up.
    pub fn discarded(&mut self, id: &ClientMessageId) {
        self.retired.insert(id.as_str());
        self.echoes.retain(|held| held.value.client_message_id != *id);
    }

    /// The portal says how far a message of this guest has come.
    pub fn pending(&mut self, pending: &Pending, source: Source) {
        let id = &pending.client_message_id;
        if let (Source::Event, Some(gap)) = (source, &mut self.gap) {
            gap.heard.insert(id.as_str());
        }
        self.own.insert(id.as_str());
        if self.is_done(pending) {
            self.retire(id);
        }
        if self.retired.contains(id.as_str()) {
            return;
        }
        let progress = Progress::of(pending.delivery);
        match self.echo(id).map(|echo| echo.progress) {
            None => self.add_echo(Echo {
                client_message_id: id.clone(),
                kind: pending.kind,
                text: pending.text.clone(),
                file: pending.file.clone(),
                at: pending.queued_at,
                progress,
                message_id: pending.message_id.clone(),
                parent_id: pending.parent_id.clone(),
                problem: pending.problem.clone(),
            }),
            Some(known) if progress >= known || (source == Source::Event && known != Progress::Sent) => self.change_echo(id, |echo| {
                echo.at = pending.queued_at;
                echo.progress = progress;
                echo.message_id = pending.message_id.clone().or(echo.message_id.take());
                echo.problem.clone_from(&pending.problem);
            }),
            Some(_) => {}
        }
    }

    /// Whether the conversation shows already what the portal speaks of.
    fn is_done(&mut self, pending: &Pending) -> bool {
        let Some(message_id) = &pending.message_id else { return false };
        let is_sent = pending.delivery == Delivery::Sent;
        match pending.kind {
            PendingKind::Post => self.has_or_had(message_id),
            PendingKind::Delete if is_sent => {
                self.deleted(message_id);
                true
            }
            PendingKind::Edit if is_sent => self.message(message_id).is_none_or(|message| says(message, &pending.text)),
            PendingKind::Edit | PendingKind::Delete => self.deleted.contains(message_id.as_str()),
            // What a newer portal does to a message is not drawn.
            PendingKind::Unknown => true,
        }
    }

    /// The stream says that a message is there, or says something else now.
    pub fn upsert(&mut self, message: Message) {
        if let Some(gap) = &mut self.gap {
            gap.heard.insert(message.id.as_str());
        }
        self.put_in_thread(&message);
        self.put_if_below(message);
    }

    /// The same, unless it stands above what was fetched without a hole: then it is fetched when somebody reads there.
    pub(super) fn put_if_below(&mut self, message: Message) {
        let is_further_up = self.messages.first().is_some_and(|first| message.created_at < first.value.created_at);
        if is_further_up && matches!(self.history, History::More(_) | History::Failed(..)) {
            self.settle_echoes(&message);
        } else {
            self.put(message);
        }
    }

    /// Some moment of a message, maybe not the latest.
    pub(super) fn put(&mut self, mut message: Message) {
        self.settle_echoes(&message);
        if self.deleted.contains(message.id.as_str()) {
            return;
        }
        let place = self.messages.iter().rposition(|held| held.value.id == message.id);
        match place.and_then(|place| self.messages.get_mut(place)) {
            Some(held) => {
                if message.edited_at < held.value.edited_at {
                    return;
                }
                if message.client_message_id.is_none() {
                    message.client_message_id.clone_from(&held.value.client_message_id);
                }
                if *held.value != message {
                    self.revision += 1;
                    *held = Held { value: Arc::new(message), revision: self.revision };
                }
            }
            None => {
                // Nearly always the end. Within one millisecond messages stand in the order they come: ids do not sort by time.
                let place =
                    self.messages.iter().rposition(|held| held.value.created_at <= message.created_at).map_or(0, |before| before + 1);
                self.revision += 1;
                self.messages.insert(place, Held { value: Arc::new(message), revision: self.revision });
            }
        }
    }

    /// What was on its way and is in this message is not drawn beside it.
    pub(super) fn settle_echoes(&mut self, message: &Message) {
        if let Some(id) = &message.client_message_id {
            self.retire(id);
        }
        let is_other = self.message(&message.id).is_none_or(|held| held.edited_at != message.edited_at);
        let is_settled = |echo: &Echo| match echo.kind {
            PendingKind::Edit => is_other && (echo.progress.is_sent() || says(message, &echo.text)),
            PendingKind::Delete => false,
            PendingKind::Post | PendingKind::Unknown => true,
        };
        let settled = self.echoes.iter().map(|held| &held.value).filter(|echo| echo.message_id.as_ref() == Some(&message.id));
        let settled: Vec<_> = settled.filter(|echo| is_settled(echo)).map(|echo| echo.client_message_id.clone()).collect();
        settled.iter().for_each(|id| self.retire(id));
    }

    /// A message is gone.
    pub fn deleted(&mut self, id: &MessageId) {
        self.deleted.insert(id.as_str());
        self.messages.retain(|held| held.value.id != *id);
        self.echoes.retain(|held| held.value.message_id.as_ref() != Some(id));
    }

    /// Somebody else has read it up to a message.
    pub fn read_by_others(&mut self, id: &MessageId) {
        self.read_until = self.read_until.max(self.message(id).map(|message| message.created_at));
    }

    pub(super) fn has_or_had(&self, id: &MessageId) -> bool {
        self.deleted.contains(id.as_str()) || self.messages.iter().rev().any(|held| held.value.id == *id)
    }

    /// The echo with this id, if it is drawn.
    pub fn echo(&self, id: &ClientMessageId) -> Option<&Echo> {
        self.echoes.iter().map(|held| &held.value).find(|echo| echo.client_message_id == *id)
    }

    fn add_echo(&mut self, echo: Echo) {
        self.revision += 1;
        // Ids sort in the order they were made.
        let place =
            self.echoes.iter().rposition(|held| held.value.client_message_id < echo.client_message_id).map_or(0, |before| before + 1);
        self.echoes.insert(place, Held { value: echo, revision: self.revision });
    }

    pub(super) fn change_echo(&mut self, id: &ClientMessageId, change: impl FnOnce(&mut Echo)) {
        if let Some(held) = self.echoes.iter_mut().find(|held| held.value.client_message_id == *id) {
            let before = held.value.clone();
            change(&mut held.value);
            if held.value != before {
                self.revision += 1;
                held.revision = self.revision;
            }
        }
    }

    pub(super) fn retire(&mut self, id: &ClientMessageId) {
        self.retired.insert(id.as_str());
        self.echoes.retain(|held| held.value.client_message_id != *id);
    }
}

/// Whether a message says what an edit asked for. Webex may have set it differently.
fn says(message: &Message, text: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace() && !c.is_ascii_punctuation()).collect::<String>();
    letters(&rich_text::plain(&message.content)) == letters(text)
}

/// Whether the words of a message can be changed: Webex takes no edits of messages with files.
pub fn can_edit(message: &Message) -> bool {
    message.files.is_empty() && !message.content.is_empty()
}

impl Progress {
    fn of(delivery: Delivery) -> Self {
        match delivery {
            Delivery::Accepted => Self::Accepted,
            Delivery::InFlight | Delivery::Unknown => Self::InFlight,
            Delivery::Sent => Self::Sent,
            Delivery::NotConfirmed => Self::NotConfirmed,
            Delivery::Failed => Self::Failed,
        }
    }

    /// Whether the portal has the message in its own outbox.
    pub fn is_at_portal(self) -> bool {
        matches!(self, Self::Accepted | Self::InFlight | Self::NotConfirmed | Self::Failed)
    }

    /// Whether it is surely not in Webex and never will be by itself: such an echo stays where it was written.
    pub fn is_refused(self) -> bool {
        matches!(self, Self::Refused | Self::Failed)
    }

    /// Whether it is in Webex.
    pub fn is_sent(self) -> bool {
        self == Self::Sent
    }
}
