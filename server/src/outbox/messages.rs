//! What the guest says and does: a message, with or without a file, an edit, a deletion.

use shared::MessageId;

use super::{
    sender::{Around, Next, Sender},
    state::Outcome,
};
use crate::{
    content::outgoing::{self, Outgoing},
    conversations::OpenRoom,
    guest_identity::Vouched,
    outbox::refusals,
    store::{Conversation, OutboxRow, RowKind},
    webex::{Upload, WebexError, wire},
};

impl Sender {
    pub(super) async fn send_message(&self, row: OutboxRow, around: Around, refused_tokens: &mut u32) -> Next {
        if let Some(file) = &row.file
            && !self.spool.has(file).await
        {
            tracing::error!(room.id = %row.room_id, "a file that a guest sent is no longer in the spool");
            let row = self.settle(row, &Outcome::Refused(refusals::lost())).await;
            self.tell(&row);
            return Next::GoOn;
        }
        let prepared = async {
            let vouched = self.identity.vouch(&around.guest.id).await?;
            let open = self.conversations.open(&around.conversation.id, &around.guest).await?;
            Ok::<_, WebexError>((vouched, open))
        };
        let (vouched, open) = match prepared.await {
            Ok(prepared) => prepared,
            Err(error) => return self.not_yet(&row, &error),
        };
        if self.stopping.is_cancelled() {
            return Next::GoOn;
        }
        // The guest's own messages are held back from the room from here on.
        let under_way = self.in_flight.begin(&row.room_id, &vouched.person_id);
        let row = match self.begin(row).await {
            Ok(row) => row,
            Err(next) => return next,
        };
        let posted = self.post(&row, &around, vouched, &open).await;
        self.note_pace(&row, &posted);
        match posted {
            Ok(message) => {
                *refused_tokens = 0;
                let id = MessageId::new(wire::unpadded(&message.id));
                let row = self.settle(row, &Outcome::Delivered(id)).await;
                drop(under_way);
                let conversation = self.with_room(around.conversation, &open, &message).await;
                let is_told = self.history.posted(&conversation, message, &row).await.unwrap_or_else(|error| {
                    tracing::debug!(%error, "a posted message is shown when the feed brings it");
                    self.history.look_again(&row.room_id);
                    false
                });
                if !is_told {
                    self.tell(&row);
                }
                Next::GoOn
            }
            Err(error) => {
                tracing::warn!(%error, room.id = %row.room_id, attempt = row.attempt, "a message was not sent at once");
                self.after_failure(row, &error, &around.guest, refused_tokens).await
            }
        }
    }

    async fn post(&self, row: &OutboxRow, around: &Around, vouched: Vouched, open: &OpenRoom) -> Result<wire::Message, WebexError> {
        let webex = &around.connection.webex;
        let words = self.words(row, &around.conversation).await;
        let Some(file) = &row.file else {
            return webex.post_message(vouched.access_token, open.target(), row.parent_id(), &words).await;
        };
        let content =
            self.spool.open_file(file).await.map_err(|error| WebexError::Inside(format!("a file is not in the spool: {error}")))?;
        let upload = Upload { name: file.name.clone(), media_type: file.media_type.clone(), size: file.size, content };
        webex.post_file(vouched.access_token, open.target(), row.parent_id(), &words, upload).await
    }

    /// What Webex is given for the guest's words. Where nobody says who is in the space, nobody is mentioned.
    async fn words(&self, row: &OutboxRow, conversation: &Conversation) -> Outgoing {
        let mut people = Vec::new();
        if outgoing::may_mention(&row.body) {
            match self.history.members(conversation).await {
                Ok(members) => people = members,
                Err(error) => tracing::info!(%error, room.id = %row.room_id, "a message goes without its mentions"),
            }
        }
        Outgoing::new(&row.body, &people)
    }

    /// The conversation with its room, which the first message of a conversation of two tells.
    async fn with_room(&self, conversation: Conversation, open: &OpenRoom, message: &wire::Message) -> Conversation {
        let webex_room_id = match open {
            OpenRoom::Room(webex_room_id) => webex_room_id.clone(),
            OpenRoom::Person(_) => {
                if let Err(error) = self.conversations.found_room(&conversation.id, &message.room_id).await {
                    tracing::error!(%error, "the room of a conversation cannot be written down; it is looked for again");
                }
                wire::unpadded(&message.room_id).to_owned()
            }
        };
        Conversation { webex_room_id: Some(webex_room_id), ..conversation }
    }

    /// Edits a message or takes it back.
    pub(super) async fn change_message(&self, row: OutboxRow, around: &Around, refused_tokens: &mut u32) -> Next {
        let vouched = match self.identity.vouch(&around.guest.id).await {
            Ok(vouched) => vouched,
            Err(error) => return self.not_yet(&row, &error),
        };
        let (Some(webex_room_id), Some(message_id)) = (&around.conversation.webex_room_id, row.message_id()) else {
            let row = self.settle(row, &Outcome::Refused(refusals::internal())).await;
            self.tell(&row);
            return Next::GoOn;
        };
        let row = match self.begin(row).await {
            Ok(row) => row,
            Err(next) => return next,
        };
        let webex = &around.connection.webex;
        let done = if row.kind == RowKind::Edit {
            let words = self.words(&row, &around.conversation).await;
            let edited = webex.edit_message(vouched.access_token, message_id.as_str(), webex_room_id, &words).await;
            edited.map(Some)
        } else {
            webex.delete_message(vouched.access_token, message_id.as_str()).await.map(|()| None)
        };
        self.note_pace(&row, &done);
        match done {
            Ok(edited) => {
                *refused_tokens = 0;
                let row = self.settle(row, &Outcome::Delivered(message_id.clone())).await;
                match edited {
                    Some(message) => {
                        if let Err(error) = self.history.edited(&around.conversation, message).await {
                            tracing::debug!(%error, "an edit is shown when the feed brings it");
                            self.history.look_again(&row.room_id);
                        }
                    }
                    None => self.history.deleted(&row.room_id, &message_id),
                }
                self.tell(&row);
                Next::GoOn
            }
            Err(error) => {
                tracing::warn!(%error, room.id = %row.room_id, "a message was not changed at once");
                self.after_failure(row, &error, &around.guest, refused_tokens).await
            }
        }
    }
}
