//! What the portal itself says: notices in the guest's space, and messages of the bot to staff.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use shared::{ClientMessageId, MessageId};

use super::{
    bell, refusals,
    sender::{Around, Next, Sender},
    state::Outcome,
};
use crate::{
    content::outgoing::Outgoing,
    store::OutboxRow,
    webex::{Doubt, Target, wire},
};

/// Before a refused token of the bot is tried once more.
const TOKEN_PAUSE: Duration = Duration::from_secs(2);

impl Sender {
    /// A notice in the guest's space, by the portal itself.
    pub(super) async fn send_notice(&self, row: OutboxRow, around: &Around) -> Next {
        let Some(service_app) = &around.connection.service_app else {
            self.settle(row, &Outcome::Refused(refusals::internal())).await;
            return Next::GoOn;
        };
        let open = match self.conversations.open(&around.conversation.id, &around.guest).await {
            Ok(open) => open,
            Err(error) => return self.not_yet(&row, &error),
        };
        // Held back until it is known which one it is: guests are not shown what is meant for staff.
        let under_way = match service_app.person_id().await {
            Ok(person_id) => self.in_flight.begin(&row.room_id, &person_id),
            Err(error) => return self.not_yet(&row, &error),
        };
        let row = match self.begin(row).await {
            Ok(row) => row,
            Err(next) => return next,
        };
        let webex = &around.connection.webex;
        let words = Outgoing::Text(row.body.clone());
        let sent = service_app.with_token(|token| webex.post_message(token, open.target(), None, &words)).await;
        self.note_pace(&row, &sent);
        let (outcome, next) = match &sent {
            Ok(message) => (Outcome::Delivered(MessageId::new(wire::unpadded(&message.id))), Next::GoOn),
            Err(error) => match error.doubt() {
                Doubt::NotApplied(Some(retry_after)) => (Outcome::NotSent, Next::Wait(retry_after)),
                Doubt::NotApplied(None) | Doubt::TokenRefused => (Outcome::NotSent, Next::BackOff),
                Doubt::Unclear => (Outcome::Unclear, Next::GoOn),
                Doubt::Refused => (Outcome::Refused(refusals::of("notice", error)), Next::GoOn),
            },
        };
        let row = self.settle(row, &outcome).await;
        drop(under_way);
        self.history.look_again(&row.room_id);
        next
    }

    /// A message of the bot to one member of staff says something else from now on. It may be tried any number of times, and
    /// is not worth much: what cannot be changed stays as it is.
    pub(super) async fn update_bell(&self, row: OutboxRow, around: &Around) -> Next {
        let bell_id = row.target.clone().map(ClientMessageId::new).unwrap_or_else(|| row.client_message_id.clone());
        let message_id = self.store.row_of(&row.guest_id, &bell_id).ok().flatten().and_then(|bell| bell.upstream_id);
        let (Some(bot), Some(message_id), Ok(text)) = (&around.connection.bot, message_id, bell::open(&self.keys, &row.body)) else {
            self.settle(row, &Outcome::Refused(refusals::internal())).await;
            return Next::GoOn;
        };
        let row = match self.begin(row).await {
            Ok(row) => row,
            Err(next) => return next,
        };
        let webex = &around.connection.webex;
        let said = async {
            let message = webex.message(bot.token(), message_id.as_str()).await?;
            webex.edit_markdown(bot.token(), message_id.as_str(), &message.room_id, text.expose_secret()).await
        };
        let (outcome, next) = match said.await {
            Ok(_) => (Outcome::Delivered(message_id), Next::GoOn),
            Err(error) => match error.doubt() {
                Doubt::NotApplied(Some(retry_after)) => (Outcome::NotSent, Next::Wait(retry_after)),
                Doubt::NotApplied(None) | Doubt::Unclear => (Outcome::NotSent, Next::BackOff),
                Doubt::TokenRefused | Doubt::Refused => {
                    tracing::warn!(%error, "a message to staff could not be changed and stays as it was");
                    (Outcome::Refused(refusals::of("notice", &error)), Next::GoOn)
                }
            },
        };
        self.settle(row, &outcome).await;
        next
    }

    /// A message of the bot to one member of staff.
    pub(super) async fn ring_bell(&self, row: OutboxRow, around: &Around) -> Next {
        let (Some(bot), Some(email)) = (&around.connection.bot, row.target.clone()) else {
            self.settle(row, &Outcome::Refused(refusals::internal())).await;
            self.bells.notify_one();
            return Next::GoOn;
        };
        let text = match bell::open(&self.keys, &row.body) {
            Ok(text) => text,
            Err(error) => {
                tracing::error!(%error, "a message to staff cannot be opened and is given up");
                self.settle(row, &Outcome::Refused(refusals::internal())).await;
                self.bells.notify_one();
                return Next::GoOn;
            }
        };
        let row = match self.begin(row).await {
            Ok(row) => row,
            Err(next) => return next,
        };
        let webex = &around.connection.webex;
        let token: SecretString = bot.token();
        let sent = webex.post_markdown(token, Target::Email(&email), text.expose_secret()).await;
        let (outcome, next) = match &sent {
            Ok(message) => (Outcome::Delivered(MessageId::new(wire::unpadded(&message.id))), Next::GoOn),
            Err(error) => match error.doubt() {
                Doubt::NotApplied(Some(retry_after)) => (Outcome::NotSent, Next::Wait(retry_after)),
                Doubt::NotApplied(None) => (Outcome::NotSent, Next::BackOff),
                Doubt::Unclear => (Outcome::Unclear, Next::GoOn),
                // One refusal may be a mishap of Webex's; the bot's token does not end by itself.
                Doubt::TokenRefused if row.attempt < 2 => (Outcome::NotSent, Next::Wait(TOKEN_PAUSE)),
                Doubt::TokenRefused | Doubt::Refused => {
                    tracing::error!(%error, site.id = %around.guest.site_id, "the bot cannot write to a configured member of staff; run `guest-portal check`");
                    (Outcome::Refused(refusals::of("notice", error)), Next::GoOn)
                }
            },
        };
        let is_over = matches!(outcome, Outcome::Delivered(_) | Outcome::Refused(_));
        self.settle(row, &outcome).await;
        if is_over {
            self.bells.notify_one();
        }
        next
    }
}
