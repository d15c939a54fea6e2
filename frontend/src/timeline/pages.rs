//! A conversation and the pages it is fetched in: the newest one, again after each gap, and older ones.

use std::sync::Arc;

use shared::{ClientMessageId, Message, MessageId, MessagePage, PendingKind, Timestamp};

use super::ids::Ids;
use super::state::{Gap, Held, History, Older, Progress, Refresh, Source, Timeline};
use crate::api::ApiError;

impl Timeline {
    /// The newest messages are about to be asked for; pass the result on with the answer.
    pub fn refreshing(&mut self) -> Refresh {
        if matches!(self.history, History::Unknown | History::Closed(_)) {
            self.history = History::Opening;
        }
        self.asked += 1;
        let accepted = self
            .echoes
            .iter()
            .filter(|held| held.value.progress.is_at_portal() || held.value.progress.is_sent())
            .map(|held| held.value.client_message_id.clone());
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

    /// The stream was broken, and does not say again what it said meanwhile: the newest messages must be asked for.
    pub fn gap(&mut self) {
        self.gaps += 1;
        self.gap = Some(Gap { asked: self.asked, heard: Ids::default() });
    }

    /// The newest messages, as they were at some moment after [`Self::refreshing`].
    pub fn refreshed(&mut self, mut page: MessagePage, refresh: &Refresh) {
        if refresh.number < self.answered {
            return;
        }
        let ends = page.items.first().zip(page.items.last()).map(|(first, last)| (first.created_at, last.created_at));
        let beyond = page.older;
        self.is_stale = page.is_stale;
        let mut ended = None;
        let is_before_gap = self.gap.as_ref().is_some_and(|gap| refresh.number <= gap.asked);
        if is_before_gap {
            // How far they have come since, nobody said.
            page.pending.clear();
        } else if !page.is_stale {
            self.answered = refresh.number;
            ended = self.gap.take();
            let is_new = ended.is_some() || matches!(&self.history, History::Unknown | History::Opening | History::Closed(_));
            if let Some(gap) = &ended {
                self.forget_what_is_gone(&page.items, gap);
            }
            if is_new || self.messages.is_empty() {
                // Only Webex knows where a conversation begins, not what the portal remembers of it.
                self.begin_at(beyond.clone(), ends.map(|(first, _)| first));
                std::mem::take(&mut page.items).into_iter().for_each(|message| self.put(message));
            }
        }
        page.items.into_iter().for_each(|message| self.put_if_below(message));
        if let Some(id) = &page.read_until {
            self.read_by_others(id);
        }
        for pending in &page.pending {
            // Of what the stream said nothing since, a page after a gap has the latest word.
            let is_latest = ended.as_ref().is_some_and(|gap| !gap.heard.contains(pending.client_message_id.as_str()));
            self.pending(pending, if is_latest { Source::Event } else { Source::Answer });
        }
        page.visits.into_iter().for_each(|visit| {
            self.visit(visit);
        });
        if page.is_stale || is_before_gap {
            return;
        }
        for pending in &page.pending {
            self.overtaken.remove(pending.client_message_id.as_str());
        }
        let is_named = |id: &ClientMessageId| page.pending.iter().any(|pending| pending.client_message_id == *id);
        // What the portal had before it was asked and names no more is in Webex: in this page, further up, or on
        // its way here by the stream. After a gap it may be deleted already, and nobody says so again.
        for id in refresh.accepted.iter().filter(|id| !is_named(id)) {
            let is_change = self.echo(id).is_some_and(|echo| echo.kind != PendingKind::Post);
            let is_unheard = ended.is_some() || self.overtaken.contains(id.as_str());
            let is_further_up = beyond.is_some() && self.echo(id).zip(ends).is_some_and(|(echo, (first, _))| echo.at < first);
            if is_change || is_unheard || is_further_up {
                self.retire(id);
            } else {
                self.change_echo(id, |echo| {
                    echo.progress = Progress::Sent;
                    echo.problem = None;
                });
            }
        }
        if ended.is_some() {
            let echoes =
                self.echoes.iter().map(|held| &held.value).filter(|echo| echo.progress == Progress::Queued || echo.progress.is_at_portal());
            let unknown = echoes.map(|echo| &echo.client_message_id).filter(|id| !refresh.accepted.contains(id) && !is_named(id));
            unknown.for_each(|id| _ = self.overtaken.insert(id.as_str()));
        }
    }

    /// Whether the portal took something of which all further news may lie in a gap: only asking again tells.
    pub fn is_overtaken(&self) -> bool {
        self.echoes.iter().any(|held| held.value.progress.is_at_portal() && self.overtaken.contains(held.value.client_message_id.as_str()))
    }

    /// Whether everything held was deleted, though there is more.
    pub fn is_emptied(&self) -> bool {
        self.messages.is_empty() && matches!(self.history, History::More(_) | History::Loading(_) | History::Failed(..))
    }

    /// Whether there is something older that nobody is fetching.
    pub fn can_load_older(&self) -> bool {
        matches!(self.history, History::More(_) | History::Failed(..))
    }

    /// Older messages are about to be asked for; `None` if there is nothing to ask.
    pub fn loading_older(&mut self) -> Option<Older> {
        let (History::More(before) | History::Failed(before, _)) = &self.history else { return None };
        // The one named may be gone by now, and Webex knows nothing before what is not there.
        let oldest = self.messages.first().map(|held| &held.value);
        let before = oldest.map_or(before, |oldest| &oldest.id).clone();
        let begins_at = oldest.map(|oldest| oldest.created_at);
        self.history = History::Loading(before.clone());
        Some(Older { before, begins_at, gaps: self.gaps })
    }

    /// Older messages, or why there are none. Passed over if they are not those waited for.
    pub fn older(&mut self, asked: &Older, answer: Result<MessagePage, ApiError>) {
        let is_awaited = matches!(&self.history, History::Loading(before) if *before == asked.before);
        if !is_awaited || asked.gaps != self.gaps {
            return;
        }
        match answer {
            Ok(page) => {
                self.begin_at(page.older, page.items.first().map(|message| message.created_at));
                let mut place = 0;
                page.items.into_iter().for_each(|message| place = self.put_above(message, place));
            }
            Err(error) => {
                self.begin_at(Some(asked.before.clone()), asked.begins_at);
                self.history = History::Failed(asked.before.clone(), error);
            }
        }
    }

    /// A message of an older page: above all that is held, though both may have been said within one millisecond. `place` is
    /// where the one before it stands, and one more; answers the same for the next one.
    fn put_above(&mut self, message: Message, place: usize) -> usize {
        let id = message.id.clone();
        let is_above = self.messages.get(place).is_none_or(|next| message.created_at <= next.value.created_at);
        if !is_above || self.has_or_had(&id) {
            self.put(message);
            return self.messages.iter().position(|held| held.value.id == id).map_or(place, |found| found + 1);
        }
        self.settle_echoes(&message);
        self.revision += 1;
        self.messages.insert(place, Held { value: Arc::new(message), revision: self.revision });
        place + 1
    }

    /// After a gap only what the page holds, and what the stream has said since, is known to be there still.
    fn forget_what_is_gone(&mut self, items: &[Message], gap: &Gap) {
        let is_in_page = |id: &MessageId| items.iter().any(|message| message.id == *id);
        self.messages.retain(|held| is_in_page(&held.value.id) || gap.heard.contains(held.value.id.as_str()));
    }

    /// The conversation is held from here on without a hole. What the stream said of messages further up
    /// is fetched with them.
    fn begin_at(&mut self, older: Option<MessageId>, begins_at: Option<Timestamp>) {
        if let Some(begins_at) = begins_at.filter(|_| older.is_some()) {
            self.messages.retain(|held| held.value.created_at >= begins_at);
        }
        self.history = older.map_or(History::Beginning, History::More);
    }
}
