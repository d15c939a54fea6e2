//! What is in doubt is looked for in Webex before anything else happens in its lane: found, it is done; surely not there, it
//! is sent again; and until either is sure, whatever was written after it waits.

use std::time::Duration;

use secrecy::ExposeSecret;
use shared::MessageId;

use super::{
    bell,
    sender::{Around, Next, Sender},
    state::{NotFound, Outcome, RowState, fingerprint},
};
use crate::{
    conversations::HistoryError,
    store::{Conversation, OutboxRow, RowKind},
    webex::{Doubt, WebexError, wire},
};

/// How much earlier than the sending, by what is known of its clock, Webex may have dated a message.
const LOOK_BACK_MILLIS: i64 = 60_000;
/// Before a store that does not answer is asked again.
const STORE_PAUSE: Duration = Duration::from_millis(500);

/// Whether Webex has it.
enum Found {
    Yes(MessageId),
    /// Settled by whoever found it.
    Settled,
    No,
}

impl Sender {
    /// Looks for a row in doubt. One that is surely not in Webex comes back to be sent again; else it is settled, or its lane
    /// has to wait.
    pub(super) async fn look_for(&self, row: OutboxRow, around: &Around) -> Result<OutboxRow, Next> {
        if row.kind == RowKind::StaffUpdate {
            // Said twice it says the same.
            return Ok(row);
        }
        let found = match row.kind {
            RowKind::Message | RowKind::Notice => self.look_for_message(&row, around).await,
            RowKind::Edit | RowKind::Delete => self.look_for_change(&row, around).await,
            RowKind::ToStaff | RowKind::StaffUpdate => self.look_for_bell(&row, around).await,
        };
        match found {
            Ok(Found::Settled) => {
                if row.kind == RowKind::ToStaff {
                    self.bells.notify_one();
                }
                Err(Next::GoOn)
            }
            Ok(Found::Yes(id)) => {
                let row = self.settle(row, &Outcome::Delivered(id)).await;
                self.tell(&row);
                self.history.look_again(&row.room_id);
                if row.kind == RowKind::ToStaff {
                    self.bells.notify_one();
                }
                Err(Next::GoOn)
            }
            Ok(Found::No) => self.not_found(row),
            // Whoever may not look may not send either, and hears so then.
            Err(error) if error.doubt() == Doubt::Refused => self.not_found(row),
            Err(error) => {
                tracing::warn!(%error, room.id = %row.room_id, "a message in doubt cannot be looked for yet");
                Err(match error.doubt() {
                    Doubt::NotApplied(Some(wait)) => Next::Wait(wait),
                    _ => Next::BackOff,
                })
            }
        }
    }

    fn not_found(&self, row: OutboxRow) -> Result<OutboxRow, Next> {
        match NotFound::judge(self.settle_window, row.unclear_since.unwrap_or(row.queued_at), self.clock.now()) {
            NotFound::LookAgain(wait) => Err(Next::WaitForNews(wait)),
            NotFound::SendAgain => {
                tracing::info!(room.id = %row.room_id, attempt = row.attempt, "a message in doubt is not in webex and is sent again");
                Ok(row)
            }
        }
    }

    /// The room's messages say: whoever lists them settles what they find.
    async fn look_for_message(&self, row: &OutboxRow, around: &Around) -> Result<Found, WebexError> {
        let Some(conversation) = self.with_found_room(around).await? else { return Ok(Found::No) };
        let began = around.connection.webex.in_webex_time(row.in_flight_at.unwrap_or(row.queued_at));
        let since = began.plus_millis(-LOOK_BACK_MILLIS);
        self.history.look_back(&conversation, since).await.map_err(|error| match error {
            HistoryError::Webex(error) => error,
            HistoryError::Store(error) => WebexError::Inside(error.to_string()),
        })?;
        match self.store.row(row.seq) {
            Ok(Some(now)) if now.state == RowState::Unclear => Ok(Found::No),
            // Found, or given up by its guest.
            Ok(_) => Ok(Found::Settled),
            Err(error) => {
                self.wait(STORE_PAUSE).await;
                Err(WebexError::Inside(error.to_string()))
            }
        }
    }

    /// The conversation with its room. That of two may have come into being with the message in doubt.
    async fn with_found_room(&self, around: &Around) -> Result<Option<Conversation>, WebexError> {
        if around.conversation.webex_room_id.is_some() {
            return Ok(Some(around.conversation.clone()));
        }
        if !self.conversations.find_direct(&around.conversation, &around.guest).await? {
            return Ok(None);
        }
        self.store.conversation(&around.conversation.id).map_err(|error| WebexError::Inside(error.to_string()))
    }

    /// The message itself says.
    async fn look_for_change(&self, row: &OutboxRow, around: &Around) -> Result<Found, WebexError> {
        let Some(id) = row.message_id() else { return Ok(Found::No) };
        let webex = &around.connection.webex;
        let message = self.identity.with_token(&around.guest.id, |token| webex.message(token, id.as_str())).await;
        match message {
            Ok(message) if row.kind == RowKind::Edit => {
                let is_done = fingerprint(message.text.as_deref().unwrap_or_default()) == fingerprint(&row.body);
                Ok(if is_done { Found::Yes(id) } else { Found::No })
            }
            Ok(_) => Ok(Found::No),
            Err(WebexError::Status { status: 404, .. }) if row.kind == RowKind::Delete => Ok(Found::Yes(id)),
            Err(error) => Err(error),
        }
    }

    /// What the bot has written to them says.
    async fn look_for_bell(&self, row: &OutboxRow, around: &Around) -> Result<Found, WebexError> {
        let (Some(bot), Some(email)) = (&around.connection.bot, &row.target) else { return Ok(Found::No) };
        let text = bell::open(&self.keys, &row.body).map_err(|error| WebexError::Inside(error.to_string()))?;
        let (words, link) = said_in(text.expose_secret());
        let is_it = |message: &wire::Message| match &link {
            Some(link) => message.html.as_deref().is_some_and(|html| html.contains(link.as_str())),
            None => fingerprint(message.text.as_deref().unwrap_or_default()) == words,
        };
        match around.connection.webex.direct_messages(bot.token(), email).await {
            Ok(page) => {
                let found = page.items.iter().find(|message| is_it(message));
                Ok(found.map_or(Found::No, |message| Found::Yes(MessageId::new(wire::unpadded(&message.id)))))
            }
            // They have not talked yet.
            Err(WebexError::Status { status: 404, .. }) => Ok(Found::No),
            Err(error) => Err(error),
        }
    }
}

/// What tells a message to staff from others: the link in it is theirs alone; without one, its words.
fn said_in(markdown: &str) -> (String, Option<String>) {
    let link = markdown.split_once("](").and_then(|(_, rest)| rest.split_once(')')).map(|(link, _)| link.to_owned());
    (fingerprint(markdown), link)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_to_staff_is_known_by_its_link_or_its_words() {
        let (_, link) = said_in("**Ada** asks.\n\n[Take this visit](https://a.example/host/x) It is yours.");
        assert_eq!(link.as_deref(), Some("https://a.example/host/x"));
        assert_eq!(said_in("**Ada** waits."), ("Adawaits".to_owned(), None));
    }
}
