//! A conversation as a machine of plain data. Answers, pages and events may come in any order and any
//! number of times: messages are keyed by their id in Webex, echoes by the id their browser made.

use std::sync::Arc;

use shared::{
    Author, AuthorKind, ClientMessageId, Delivery, Message, MessageId, MessagePage, Pending, PendingFile, PendingKind, PersonId, Problem,
    Timestamp, Visit,
};

use super::ids::Ids;
use super::rich_text;
use crate::api::ApiError;
use crate::outbox::{Item, Stage};

/// What is known of one room's conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// Oldest first.
    messages: Vec<Held<Arc<Message>>>,
    /// In the order they were written; changes to messages among them.
    echoes: Vec<Held<Echo>>,
    /// In the order they were asked for.
    visits: Vec<Held<Arc<Visit>>>,
    /// The message the guest is asked about before it is deleted.
    asked_about: Option<Held<MessageId>>,
    /// Who is in the room, once known.
    members: Vec<Author>,
    /// Every id a browser of this guest is known to have made.
    own: Ids,
    /// The ids whose messages are there: nothing draws their echo again.
    retired: Ids,
    /// Deleted, so that an older answer does not bring them back.
    deleted: Ids,
    history: History,
    is_stale: bool,
    /// The newest message held when the page last knew of no gap after it, from the first asking until an answer.
    held_until: Option<Timestamp>,
    /// How often the newest messages were asked for.
    asked: u32,
    revision: u32,
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

/// What was known when the newest page was asked for.
#[derive(Clone, Debug, Default)]
pub struct Refresh {
    accepted: Vec<ClientMessageId>,
    number: u32,
}

/// Where a [`Pending`] was read; only the event stream is in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The answer to a request: may have been overtaken.
    Answer,
    /// The event stream: is the latest word.
    Event,
}

impl Refresh {
    #[cfg(test)]
    pub(super) fn accepted_count(&self) -> usize {
        self.accepted.len()
    }
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

    /// A message is there, or says something else now.
    pub fn upsert(&mut self, message: Message) {
        if let Some(id) = &message.client_message_id {
            let id = id.clone();
            self.retire(&id);
        }
        let is_other = self.message(&message.id).is_none_or(|held| held.edited_at != message.edited_at);
        let is_settled = |echo: &Echo| match echo.kind {
            PendingKind::Edit => is_other && (echo.progress.is_sent() || says(&message, &echo.text)),
            PendingKind::Delete => false,
            PendingKind::Post | PendingKind::Unknown => true,
        };
        let settled = self.echoes.iter().map(|held| &held.value).filter(|echo| echo.message_id.as_ref() == Some(&message.id));
        let settled: Vec<_> = settled.filter(|echo| is_settled(echo)).map(|echo| echo.client_message_id.clone()).collect();
        settled.iter().for_each(|id| self.retire(id));
        if self.deleted.contains(message.id.as_str()) {
            return;
        }
        let place = self.messages.iter().rposition(|held| held.value.id == message.id);
        match place.and_then(|place| self.messages.get_mut(place)) {
            Some(held) => {
                let mut message = message;
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

    /// A message is gone.
    pub fn deleted(&mut self, id: &MessageId) {
        self.deleted.insert(id.as_str());
        self.messages.retain(|held| held.value.id != *id);
        self.echoes.retain(|held| held.value.message_id.as_ref() != Some(id));
    }

    /// The newest messages are about to be asked for; pass the result on with the answer.
    pub fn refreshing(&mut self) -> Refresh {
        if matches!(self.history, History::Unknown | History::Closed(_)) {
            self.history = History::Opening;
        }
        if self.held_until.is_none() {
            self.held_until = self.messages.last().map(|held| held.value.created_at);
        }
        self.asked += 1;
        let accepted =
            self.echoes.iter().filter(|held| held.value.progress.is_at_portal()).map(|held| held.value.client_message_id.clone());
        Refresh { accepted: accepted.collect(), number: self.asked }
    }

    /// Whether the newest messages were asked for again after this.
    pub fn is_superseded(&self, refresh: &Refresh) -> bool {
        self.asked != refresh.number
    }

    /// The newest messages could not be fetched.
    pub fn refresh_failed(&mut self, error: ApiError) {
        if self.history == History::Opening {
            self.history = History::Closed(error);
        }
    }

    /// The newest messages, as they were at some moment after [`Self::refreshing`].
    pub fn refreshed(&mut self, page: MessagePage, refresh: &Refresh) {
        let ends = page.items.first().zip(page.items.last()).map(|(first, last)| (first.created_at, last.created_at));
        let beyond = page.older;
        self.is_stale = page.is_stale;
        if !page.is_stale {
            let is_hole = self.forget_what_is_gone(&page.items, ends, beyond.is_some());
            let is_new = !matches!(&self.history, History::More(_) | History::Loading(_) | History::Failed(..) | History::Beginning);
            if is_new || is_hole || self.messages.is_empty() {
                // Only Webex knows where a conversation begins, not what the portal remembers of it.
                self.history = beyond.clone().map_or(History::Beginning, History::More);
            }
        }
        page.items.into_iter().for_each(|message| self.upsert(message));
        page.pending.iter().for_each(|pending| self.pending(pending, Source::Answer));
        page.visits.into_iter().for_each(|visit| {
            self.visit(visit);
        });
        if page.is_stale {
            return;
        }
        // What the portal had before it was asked and names no more is in Webex: in this page, or further up.
        for id in &refresh.accepted {
            if page.pending.iter().any(|pending| pending.client_message_id == *id) {
                continue;
            }
            let is_change = self.echo(id).is_some_and(|echo| echo.kind != PendingKind::Post);
            let is_further_up = is_change || beyond.is_some() && self.echo(id).zip(ends).is_some_and(|(echo, (first, _))| echo.at < first);
            if is_further_up {
                self.retire(id);
            } else {
                self.change_echo(id, |echo| {
                    echo.progress = Progress::Sent;
                    echo.problem = None;
                });
            }
        }
    }

    /// Whether there is something older that nobody is fetching.
    pub fn can_load_older(&self) -> bool {
        matches!(self.history, History::More(_) | History::Failed(..))
    }

    /// Older messages are about to be asked for; `None` if there is nothing to ask.
    pub fn loading_older(&mut self) -> Option<MessageId> {
        let (History::More(before) | History::Failed(before, _)) = &self.history else { return None };
        let before = before.clone();
        self.history = History::Loading(before.clone());
        Some(before)
    }

    /// Older messages, or why there are none. Passed over if they are not those waited for.
    pub fn older(&mut self, before: &MessageId, answer: Result<MessagePage, ApiError>) {
        if !matches!(&self.history, History::Loading(waited_for) if waited_for == before) {
            return;
        }
        match answer {
            Ok(page) => {
                self.history = page.older.map_or(History::Beginning, History::More);
                page.items.into_iter().for_each(|message| self.upsert(message));
            }
            Err(error) => self.history = History::Failed(before.clone(), error),
        }
    }

    /// Takes out what was deleted while the page did not listen, and everything before a hole; answers
    /// whether there is one: between what was held and the page, messages nobody has fetched.
    fn forget_what_is_gone(&mut self, items: &[Message], ends: Option<(Timestamp, Timestamp)>, is_more: bool) -> bool {
        let held_until = self.held_until.take();
        let Some((first, last)) = ends else { return false };
        if is_more && held_until.is_some_and(|held_until| held_until < first) {
            self.messages.retain(|held| held.value.created_at >= first);
            return true;
        }
        let begins_at = if is_more { first } else { Timestamp::from_millis(i64::MIN) };
        let is_kept = |id: &MessageId| items.iter().any(|message| message.id == *id);
        self.messages.retain(|held| {
            let at = held.value.created_at;
            at < begins_at || at >= last || is_kept(&held.value.id)
        });
        false
    }

    /// How a visit stands. Whether that is news: answers may be overtaken by events.
    pub fn visit(&mut self, visit: Visit) -> bool {
        let known = self.visits.iter().position(|held| held.value.id == visit.id);
        if let Some(held) = known.and_then(|place| self.visits.get(place)) {
            let is_older = visit.state_at < held.value.state_at || (held.value.state.is_over() && !visit.state.is_over());
            if is_older || *held.value == visit {
                return false;
            }
        }
        let is_news = known.and_then(|place| self.visits.get(place)).is_none_or(|held| held.value.state != visit.state);
        self.revision += 1;
        let held = Held { value: Arc::new(visit), revision: self.revision };
        match known.and_then(|place| self.visits.get_mut(place)) {
            Some(place) => *place = held,
            None => {
                let place = self.visits.partition_point(|other| other.value.requested_at <= held.value.requested_at);
                self.visits.insert(place, held);
            }
        }
        is_news
    }

    /// The guest's visits, in the order they were asked for.
    pub fn visits(&self) -> &[Held<Arc<Visit>>] {
        &self.visits
    }

    /// The visit that is not over, if there is one.
    pub fn active_visit(&self) -> Option<&Arc<Visit>> {
        self.visits.iter().rev().map(|held| &held.value).find(|visit| !visit.state.is_over())
    }

    /// Asks the guest before a message is deleted, or stops asking.
    pub fn ask_about(&mut self, id: Option<MessageId>) {
        self.revision += 1;
        self.asked_about = id.map(|value| Held { value, revision: self.revision });
    }

    /// The message the guest is asked about before it is deleted.
    pub fn asked_about(&self) -> Option<&Held<MessageId>> {
        self.asked_about.as_ref()
    }

    /// The latest change to a message that is not known to be done.
    pub fn change_of(&self, id: &MessageId) -> Option<&Held<Echo>> {
        self.echoes.iter().rev().find(|held| held.value.kind != PendingKind::Post && held.value.message_id.as_ref() == Some(id))
    }

    /// A message, if it is held.
    pub fn message(&self, id: &MessageId) -> Option<&Arc<Message>> {
        self.held(id).map(|held| &held.value)
    }

    /// A message with its number, if it is held.
    pub fn held(&self, id: &MessageId) -> Option<&Held<Arc<Message>>> {
        self.messages.iter().rev().find(|held| held.value.id == *id)
    }

    /// The guest's last message that has only words, to be edited.
    pub fn last_own(&self, me: Option<&PersonId>) -> Option<&Arc<Message>> {
        let is_it = |message: &&Arc<Message>| self.is_mine(message, me) && can_edit(message);
        self.messages.iter().rev().map(|held| &held.value).find(is_it)
    }

    /// Who is in the room, as far as known.
    pub fn members(&self) -> &[Author] {
        &self.members
    }

    /// Who is in the room.
    pub fn set_members(&mut self, members: Vec<Author>) {
        self.members = members;
    }

    /// Whether somebody wrote who is not known to be in the room.
    pub fn is_stranger(&self, author: &Author) -> bool {
        author.kind != AuthorKind::Portal && !self.members.iter().any(|member| member.person_id == author.person_id)
    }

    fn has_or_had(&self, id: &MessageId) -> bool {
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

    fn change_echo(&mut self, id: &ClientMessageId, change: impl FnOnce(&mut Echo)) {
        if let Some(held) = self.echoes.iter_mut().find(|held| held.value.client_message_id == *id) {
            let before = held.value.clone();
            change(&mut held.value);
            if held.value != before {
                self.revision += 1;
                held.revision = self.revision;
            }
        }
    }

    fn retire(&mut self, id: &ClientMessageId) {
        self.retired.insert(id.as_str());
        self.echoes.retain(|held| held.value.client_message_id != *id);
    }
}

/// Whether a message says what an edit asked for. Webex may have set it differently.
fn says(message: &Message, text: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
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

    /// Whether it is surely not in Webex and never will be by itself.
    pub fn is_refused(self) -> bool {
        matches!(self, Self::Refused | Self::Failed)
    }

    /// Whether it is in Webex.
    pub fn is_sent(self) -> bool {
        self == Self::Sent
    }

    /// Whether nothing more is going to happen by itself: such an echo stays where it was written.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Refused | Self::NotConfirmed | Self::Failed)
    }
}
