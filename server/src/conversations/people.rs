//! Who wrote: names and kinds for person ids, remembered for a while.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use shared::{Author, AuthorKind, PersonId};

use super::ears::Ears;
use crate::{
    clock::Clock,
    store::{Conversation, Store},
    webex::{Doubt, WebexError, wire},
};

/// People rename themselves seldom, and asking for many rooms' members costs a call each.
const REMEMBERED: Duration = Duration::from_secs(6 * 60 * 60);
/// Beyond this many the directory starts anew.
const MAX_PEOPLE: usize = 20_000;
/// Shown for somebody whose name Webex does not tell, such as one who left the organisation.
const NAMELESS: &str = "Webex";

#[derive(Clone)]
pub(super) struct People {
    ears: Ears,
    store: Store,
    clock: Clock,
    known: Arc<Mutex<HashMap<PersonId, (Duration, Author)>>>,
}

impl People {
    pub(super) fn new(ears: Ears, store: Store, clock: Clock) -> Self {
        Self { ears, store, clock, known: Arc::default() }
    }

    /// Who is in a room. The portal's own helpers are left out, staff come first, each group by name.
    pub(super) async fn members(&self, conversation: &Conversation, webex_room_id: &str) -> Result<Vec<Author>, WebexError> {
        let mut members = self.ask_members(conversation, webex_room_id).await?;
        members.retain(|member| member.kind != AuthorKind::Portal);
        members.sort_by_key(|member| (member.kind == AuthorKind::Guest, member.display_name.to_lowercase()));
        Ok(members)
    }

    async fn ask_members(&self, conversation: &Conversation, webex_room_id: &str) -> Result<Vec<Author>, WebexError> {
        let listed = self.ears.ask(conversation, |webex, token| async move { webex.members(token, webex_room_id).await }).await?;
        let mut members = Vec::with_capacity(listed.items.len());
        for member in listed.items {
            let person_id = PersonId::new(wire::unpadded(&member.person_id));
            members.push(self.learn(conversation, person_id, member.person_display_name).await?);
        }
        Ok(members)
    }

    /// The authors of these messages, which are all of one room.
    pub(super) async fn authors(
        &self,
        conversation: &Conversation,
        webex_room_id: &str,
        messages: &[wire::Message],
    ) -> Result<HashMap<PersonId, Author>, WebexError> {
        let mut wanted: Vec<PersonId> = messages.iter().map(|message| PersonId::new(wire::unpadded(&message.person_id))).collect();
        wanted.sort();
        wanted.dedup();
        let mut authors = self.remembered(&wanted);
        if authors.len() < wanted.len() {
            self.ask_members(conversation, webex_room_id).await?;
            authors = self.remembered(&wanted);
        }
        wanted.retain(|person_id| !authors.contains_key(person_id));
        for gone in &wanted {
            // Not in the room any more.
            let name = match self.ears.ask(conversation, |webex, token| async move { webex.person(token, gone.as_str()).await }).await {
                Ok(person) => person.display_name,
                Err(WebexError::Status { .. }) => None,
                Err(error) => return Err(error),
            };
            let author = self.learn(conversation, gone.clone(), name).await?;
            authors.insert(gone.clone(), author);
        }
        Ok(authors)
    }

    /// Somebody who is remembered.
    pub(super) fn known(&self, person_id: &PersonId) -> Option<Author> {
        self.remembered(std::slice::from_ref(person_id)).remove(person_id)
    }

    fn remembered(&self, wanted: &[PersonId]) -> HashMap<PersonId, Author> {
        let now = self.clock.elapsed();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        wanted
            .iter()
            .filter_map(|person_id| {
                let (learned_at, author) = known.get(person_id)?;
                (now.saturating_sub(*learned_at) < REMEMBERED).then(|| (person_id.clone(), author.clone()))
            })
            .collect()
    }

    async fn learn(&self, conversation: &Conversation, person_id: PersonId, name: Option<String>) -> Result<Author, WebexError> {
        let kind = if self.store.is_guest_person(&person_id).map_err(|error| WebexError::Inside(error.to_string()))? {
            AuthorKind::Guest
        } else if self.is_own(conversation, &person_id).await? {
            AuthorKind::Portal
        } else {
            AuthorKind::Staff
        };
        let display_name = name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).unwrap_or_else(|| NAMELESS.to_owned());
        let author = Author { person_id: person_id.clone(), display_name, kind };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_PEOPLE {
            known.clear();
        }
        known.insert(person_id, (self.clock.elapsed(), author.clone()));
        Ok(author)
    }

    /// Whether this is the portal itself: its service app or its bot.
    async fn is_own(&self, conversation: &Conversation, person_id: &PersonId) -> Result<bool, WebexError> {
        let connection = self.ears.connection(conversation)?;
        if let Some(service_app) = &connection.service_app
            && service_app.person_id().await? == *person_id
        {
            return Ok(true);
        }
        let Some(bot) = &connection.bot else { return Ok(false) };
        match bot.person_id().await {
            Ok(bots) => Ok(bots == *person_id),
            Err(error) if error.is_passing() && error.doubt() != Doubt::TokenRefused => Err(error),
            Err(error) => {
                tracing::warn!(%error, "webex does not say who the bot is; run `guest-portal check`");
                Ok(false)
            }
        }
    }
}
