//! The bot: asks for meetings' links and writes to staff, one to one.

use std::sync::{Arc, OnceLock};

use secrecy::SecretString;
use shared::PersonId;

use super::{calls::Target, error::WebexError, send::WebexClient, wire};
use crate::{config::BotConfig, live::Live};

/// A bot and its token, which does not end but may be replaced.
#[derive(Clone)]
pub struct Bot {
    webex: WebexClient,
    access_token: Live<SecretString>,
    person_id: Arc<OnceLock<PersonId>>,
}

impl Bot {
    /// For the configured token.
    pub fn new(webex: WebexClient, config: &BotConfig) -> Self {
        Self { webex, access_token: config.access_token.clone(), person_id: Arc::default() }
    }

    /// Its token.
    pub fn token(&self) -> SecretString {
        self.access_token.get().as_ref().clone()
    }

    /// The bot's own person, asked for once: what it posts is a notice of the portal.
    pub async fn person_id(&self) -> Result<PersonId, WebexError> {
        if let Some(person_id) = self.person_id.get() {
            return Ok(person_id.clone());
        }
        Ok(PersonId::new(wire::unpadded(&self.me().await?.id)))
    }

    /// Asks Webex whose token it is.
    pub async fn me(&self) -> Result<wire::Person, WebexError> {
        let me = self.webex.me(self.token()).await?;
        let _ = self.person_id.set(PersonId::new(wire::unpadded(&me.id)));
        Ok(me)
    }

    /// Writes to somebody, one to one.
    pub async fn write_to(&self, email: &str, markdown: &str) -> Result<wire::Message, WebexError> {
        self.webex.post_markdown(self.token(), Target::Email(email), markdown).await
    }

    /// What somebody of the organisation is called; `None` where Webex does not tell.
    pub async fn name_of(&self, email: &str) -> Result<Option<String>, WebexError> {
        let person = self.webex.person_by_email(self.token(), email).await?;
        Ok(person.and_then(|person| person.display_name).filter(|name| !name.trim().is_empty()))
    }
}
