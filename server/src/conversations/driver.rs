//! Opens a guest's space: takes the steps of [`super::state`] one by one, writing each down.

use std::sync::Arc;

use shared::RoomId;

use super::state::{Progress, Step, room_title};
use crate::{
    config::{Config, SiteConfig},
    guest_identity::Vouched,
    store::{Conversation, GuestRow, Store},
    webex::{Doubt, ServiceApp, WebexClient, WebexError, wire},
};

/// A space that is ready to be written in.
#[derive(Clone, Debug)]
pub struct OpenRoom {
    /// Its id in Webex.
    pub webex_room_id: String,
}

/// Opens conversations. Clones share it.
#[derive(Clone)]
pub struct Conversations {
    webex: WebexClient,
    service_app: ServiceApp,
    store: Store,
    config: Arc<Config>,
}

impl Conversations {
    /// With everything it needs.
    pub fn new(webex: WebexClient, service_app: ServiceApp, store: Store, config: Arc<Config>) -> Self {
        Self { webex, service_app, store, config }
    }

    /// Brings the conversation to where the guest can write, going on where an earlier try stopped.
    pub async fn open(&self, room_id: &RoomId, guest: &GuestRow, vouched: &Vouched) -> Result<OpenRoom, WebexError> {
        let mut conversation = self.load(room_id)?;
        let site = self.config.site(&conversation.site_id).ok_or_else(|| WebexError::Inside("the site is no longer configured".into()))?;
        while let Some(step) = conversation.progress.next_step() {
            if let Some(before) = Progress::before(step) {
                self.note(&mut conversation, before, None).await?;
            }
            match self.take(step, &conversation, site, guest, vouched).await {
                Ok(made) => self.note(&mut conversation, Progress::after(step), made).await?,
                Err(error) => {
                    // Surely not made, now or by an earlier try: the next one need not look for it.
                    if step == Step::MakeRoom && error.doubt() != Doubt::Unclear {
                        self.note(&mut conversation, Progress::New, None).await?;
                    }
                    return Err(error);
                }
            }
        }
        match conversation.webex_room_id {
            Some(webex_room_id) => Ok(OpenRoom { webex_room_id }),
            None => Err(WebexError::Inside("the conversation has no room".into())),
        }
    }

    async fn take(
        &self,
        step: Step,
        conversation: &Conversation,
        site: &SiteConfig,
        guest: &GuestRow,
        vouched: &Vouched,
    ) -> Result<Option<String>, WebexError> {
        let webex_room_id = conversation.webex_room_id.as_deref();
        match step {
            Step::MakeRoom => self.make_room(conversation, site, guest).await.map(Some),
            Step::FindOrMakeRoom => match self.find_room(&conversation.code).await? {
                Some(found) => Ok(Some(found)),
                None => self.make_room(conversation, site, guest).await.map(Some),
            },
            Step::AddGuest => {
                let room = required(webex_room_id)?;
                self.service_app.with_token(|token| self.webex.add_person(token, room, vouched.person_id.as_str())).await?;
                Ok(None)
            }
            Step::AddStaff => {
                self.add_staff(required(webex_room_id)?, site).await?;
                Ok(None)
            }
            Step::Greet => {
                self.greet(required(webex_room_id)?, site).await?;
                Ok(None)
            }
            Step::SkipGreeting => Ok(None),
        }
    }

    async fn make_room(&self, conversation: &Conversation, site: &SiteConfig, guest: &GuestRow) -> Result<String, WebexError> {
        let title = room_title(&guest.display_name, &site.name, &conversation.code);
        let room = self.service_app.with_token(|token| self.webex.create_room(token, &title)).await?;
        tracing::info!(room.id = %conversation.id, site.id = %site.id, "a space was made in webex");
        Ok(room.id)
    }

    /// The room of an earlier try whose answer was lost: its title ends in the conversation's code.
    async fn find_room(&self, code: &str) -> Result<Option<String>, WebexError> {
        let ending = format!(" {code}");
        let newest = self.service_app.with_token(|token| self.webex.rooms_by_age(token)).await?;
        Ok(newest.items.into_iter().find(|room| room.title.ends_with(&ending)).map(|room| room.id))
    }

    /// One address that Webex does not know must not keep the guest from the others.
    async fn add_staff(&self, webex_room_id: &str, site: &SiteConfig) -> Result<(), WebexError> {
        for email in &site.staff {
            let added = self.service_app.with_token(|token| self.webex.add_email(token, webex_room_id, email)).await;
            match added {
                Err(error) if error.doubt() == Doubt::Refused => {
                    tracing::error!(%error, site.id = %site.id, "webex does not let a configured member of staff into a space; check `staff` of this site");
                }
                other => other?,
            }
        }
        Ok(())
    }

    async fn greet(&self, webex_room_id: &str, site: &SiteConfig) -> Result<(), WebexError> {
        let Some(greeting) = &site.greeting else { return Ok(()) };
        let posted = self.service_app.with_token(|token| self.webex.post_text(token, webex_room_id, greeting)).await;
        if let Err(error) = posted {
            // Nobody misses a greeting; a guest's message behind it must not wait for one.
            tracing::warn!(%error, "the greeting could not be posted");
        }
        Ok(())
    }

    fn load(&self, room_id: &RoomId) -> Result<Conversation, WebexError> {
        self.store.conversation(room_id).map_err(inside)?.ok_or_else(|| WebexError::Inside("the conversation was erased".into()))
    }

    async fn note(&self, conversation: &mut Conversation, progress: Progress, webex_room_id: Option<String>) -> Result<(), WebexError> {
        let webex_room_id = webex_room_id.map(|id| wire::unpadded(&id).to_owned());
        self.store.set_progress(conversation.id.clone(), progress, webex_room_id.clone()).await.map_err(inside)?;
        conversation.progress = progress;
        conversation.webex_room_id = webex_room_id.or(conversation.webex_room_id.take());
        Ok(())
    }
}

fn required(webex_room_id: Option<&str>) -> Result<&str, WebexError> {
    webex_room_id.ok_or_else(|| WebexError::Inside("the conversation has no room".into()))
}

fn inside(error: impl std::fmt::Display) -> WebexError {
    WebexError::Inside(error.to_string())
}
