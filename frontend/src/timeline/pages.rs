//! A conversation and the pages it is fetched in: the newest one, again after each gap, and older ones.

use shared::{Message, MessageId, MessagePage, PendingKind, Timestamp};

use super::state::{History, Progress, Refresh, Source, Timeline};
use crate::api::ApiError;

impl Timeline {
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
}
