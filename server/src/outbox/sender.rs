//! Takes one row to Webex and writes down what became of it.

use std::{sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use shared::{MessageId, Pending, PortalEvent, Problem, ProblemKind};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{
    bell,
    in_flight::InFlight,
    spool::Spool,
    state::{Outcome, RowState},
};
use crate::{
    clock::Clock,
    conversations::{Conversations, History, OpenRoom},
    fanout::{Audience, Hub},
    guest_identity::{GuestIdentity, Vouched},
    secrets::Keys,
    store::{Conversation, GuestRow, OutboxRow, RowKind, Store},
    webex::{Connection, Connections, Doubt, Target, Upload, WebexError, wire},
};

/// A guest's token that is refused twice in a row is a matter for the operator.
const REFUSED_TOKEN_WAIT: Duration = Duration::from_secs(60);
/// An outcome that the store does not take is offered again after this.
const SETTLE_AGAIN: Duration = Duration::from_millis(500);

/// What a lane does after a row was tried.
pub(super) enum Next {
    /// Go on with the next row.
    GoOn,
    /// The row was surely not sent: wait, at least this long, and try again.
    Wait(Duration),
    /// The row was surely not sent: wait as after any failure.
    BackOff,
}

/// What sending takes.
pub struct Sender {
    /// Where rows are kept.
    pub store: Store,
    /// Tells the time.
    pub clock: Clock,
    /// Tells guests how far their messages have come.
    pub hub: Hub,
    /// Where messages go.
    pub connections: Connections,
    /// Gives guests their tokens.
    pub identity: GuestIdentity,
    /// Opens a guest's space.
    pub conversations: Conversations,
    /// Hears of what was posted.
    pub history: History,
    /// Where files lie.
    pub spool: Spool,
    /// Opens what is sealed.
    pub keys: Arc<Keys>,
    /// Says what is under way.
    pub in_flight: InFlight,
    /// Told when a message to staff has come to an end.
    pub bells: Arc<Notify>,
    /// The portal is stopping: begin nothing new.
    pub stopping: CancellationToken,
}

/// What a row is about.
struct Around {
    conversation: Conversation,
    guest: GuestRow,
    connection: Connection,
}

impl Sender {
    /// Tries to send one row.
    pub(super) async fn send(&self, row: OutboxRow, refused_tokens: &mut u32) -> Next {
        let found = (self.store.conversation(&row.room_id), self.store.guest(&row.guest_id));
        let (conversation, guest) = match found {
            (Ok(Some(conversation)), Ok(Some(guest))) => (conversation, guest),
            // Erased meanwhile; the rows go with them.
            (Ok(None), _) | (_, Ok(None)) => return Next::BackOff,
            (Err(error), _) | (_, Err(error)) => {
                tracing::error!(%error, "the store cannot be read");
                return Next::BackOff;
            }
        };
        let connection = match self.connections.of_site(&guest.site_id) {
            Ok(connection) => connection.clone(),
            Err(error) => {
                tracing::error!(%error, site.id = %guest.site_id, "messages of a site wait");
                return Next::BackOff;
            }
        };
        let around = Around { conversation, guest, connection };
        match row.kind {
            RowKind::Message => self.send_message(row, around, refused_tokens).await,
            RowKind::Edit | RowKind::Delete => self.change_message(row, &around, refused_tokens).await,
            RowKind::Notice => self.send_notice(row, &around).await,
            RowKind::ToStaff => self.ring_bell(row, &around).await,
        }
    }

    async fn send_message(&self, row: OutboxRow, around: Around, refused_tokens: &mut u32) -> Next {
        if let Some(file) = &row.file
            && !self.spool.has(file).await
        {
            tracing::error!(room.id = %row.room_id, "a file that a guest sent is no longer in the spool");
            let row = self.settle(row, &Outcome::Refused(lost())).await;
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
        let Some(row) = self.begin(row).await else { return Next::BackOff };
        match self.post(&row, &around, vouched, &open).await {
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
        let Some(file) = &row.file else {
            return webex.post_text(vouched.access_token, open.target(), &row.body).await;
        };
        let content =
            self.spool.open_file(file).await.map_err(|error| WebexError::Inside(format!("a file is not in the spool: {error}")))?;
        let upload = Upload { name: file.name.clone(), media_type: file.media_type.clone(), size: file.size, content };
        webex.post_file(vouched.access_token, open.target(), &row.body, upload).await
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

    /// Edits a message or takes it back. Both may be done twice, so doubt only means trying again.
    async fn change_message(&self, row: OutboxRow, around: &Around, refused_tokens: &mut u32) -> Next {
        let vouched = match self.identity.vouch(&around.guest.id).await {
            Ok(vouched) => vouched,
            Err(error) => return self.not_yet(&row, &error),
        };
        let (Some(webex_room_id), Some(message_id)) = (&around.conversation.webex_room_id, row.message_id()) else {
            let row = self.settle(row, &Outcome::Refused(internal())).await;
            self.tell(&row);
            return Next::GoOn;
        };
        let Some(row) = self.begin(row).await else { return Next::BackOff };
        let webex = &around.connection.webex;
        let done = if row.kind == RowKind::Edit {
            let edited = webex.edit_message(vouched.access_token, message_id.as_str(), webex_room_id, &row.body).await;
            edited.map(Some)
        } else {
            webex.delete_message(vouched.access_token, message_id.as_str()).await.map(|()| None)
        };
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

    async fn after_failure(&self, row: OutboxRow, error: &WebexError, guest: &GuestRow, refused_tokens: &mut u32) -> Next {
        match error.doubt() {
            Doubt::NotApplied(retry_after) => {
                let row = self.settle(row, &Outcome::NotSent).await;
                self.tell(&row);
                retry_after.map_or(Next::BackOff, Next::Wait)
            }
            Doubt::TokenRefused => {
                self.settle(row, &Outcome::NotSent).await;
                self.identity.refuse(&guest.id).await;
                *refused_tokens += 1;
                if *refused_tokens < 2 {
                    return Next::Wait(Duration::ZERO);
                }
                tracing::error!(guest.id = %guest.id, "webex refuses a fresh guest token; check the connection's credentials with `guest-portal check`");
                Next::Wait(REFUSED_TOKEN_WAIT)
            }
            Doubt::Unclear if row.kind.is_repeatable() => {
                self.settle(row, &Outcome::NotSent).await;
                Next::BackOff
            }
            Doubt::Unclear => {
                let row = self.settle(row, &Outcome::Unclear).await;
                self.tell(&row);
                // If it is in the room, it was held back until now.
                self.history.look_again(&row.room_id);
                Next::GoOn
            }
            Doubt::Refused => {
                let refusal = refusal(row_words(&row), error);
                let row = self.settle(row, &Outcome::Refused(refusal)).await;
                self.tell(&row);
                Next::GoOn
            }
        }
    }

    /// A notice in the guest's space, by the portal itself. Not worth doubting over: it is tried until it
    /// surely went out or may have.
    async fn send_notice(&self, row: OutboxRow, around: &Around) -> Next {
        let Some(service_app) = &around.connection.service_app else {
            self.settle(row, &Outcome::Refused(internal())).await;
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
        let Some(row) = self.begin(row).await else { return Next::BackOff };
        let webex = &around.connection.webex;
        let sent = service_app.with_token(|token| webex.post_text(token, open.target(), &row.body)).await;
        let outcome = match &sent {
            Ok(message) => Outcome::Delivered(MessageId::new(wire::unpadded(&message.id))),
            Err(error) => match error.doubt() {
                Doubt::NotApplied(_) | Doubt::TokenRefused => Outcome::NotSent,
                Doubt::Unclear => Outcome::Unclear,
                Doubt::Refused => Outcome::Refused(refusal("notice", error)),
            },
        };
        let row = self.settle(row, &outcome).await;
        drop(under_way);
        self.history.look_again(&row.room_id);
        if outcome == Outcome::NotSent { Next::BackOff } else { Next::GoOn }
    }

    /// A message of the bot to one member of staff. A second one would be no harm, a missing one would.
    async fn ring_bell(&self, row: OutboxRow, around: &Around) -> Next {
        let (Some(bot), Some(email)) = (&around.connection.bot, row.target.clone()) else {
            self.settle(row, &Outcome::Refused(internal())).await;
            self.bells.notify_one();
            return Next::GoOn;
        };
        let text = match bell::open(&self.keys, &row.body) {
            Ok(text) => text,
            Err(error) => {
                tracing::error!(%error, "a message to staff cannot be opened and is given up");
                self.settle(row, &Outcome::Refused(internal())).await;
                self.bells.notify_one();
                return Next::GoOn;
            }
        };
        let Some(row) = self.begin(row).await else { return Next::BackOff };
        let webex = &around.connection.webex;
        let token: SecretString = bot.token().clone();
        let sent = webex.post_markdown(token, Target::Email(&email), text.expose_secret()).await;
        let (outcome, next) = match &sent {
            Ok(message) => (Outcome::Delivered(MessageId::new(wire::unpadded(&message.id))), Next::GoOn),
            Err(error) => match error.doubt() {
                Doubt::NotApplied(Some(retry_after)) => (Outcome::NotSent, Next::Wait(retry_after)),
                Doubt::NotApplied(None) | Doubt::Unclear => (Outcome::NotSent, Next::BackOff),
                Doubt::TokenRefused | Doubt::Refused => {
                    tracing::error!(%error, site.id = %around.guest.site_id, "the bot cannot write to a configured member of staff; run `guest-portal check`");
                    (Outcome::Refused(refusal("notice", error)), Next::GoOn)
                }
            },
        };
        let is_over = outcome != Outcome::NotSent;
        self.settle(row, &outcome).await;
        if is_over {
            self.bells.notify_one();
        }
        next
    }

    /// Writes down that a row is on its way; `None` if the store does not take it.
    async fn begin(&self, row: OutboxRow) -> Option<OutboxRow> {
        let attempt = row.attempt.saturating_add(1);
        if let Err(error) = self.store.mark_in_flight(row.seq, attempt, self.clock.now()).await {
            tracing::error!(%error, "a message cannot be sent because the store does not take its state");
            return None;
        }
        Some(OutboxRow { state: RowState::InFlight, attempt, ..row })
    }

    /// Something before the sending itself did not work: the message waits.
    fn not_yet(&self, row: &OutboxRow, error: &WebexError) -> Next {
        let doubt = error.doubt();
        if doubt == Doubt::Refused {
            tracing::error!(%error, room.id = %row.room_id, "webex refuses to vouch for a guest or to open their space; run `guest-portal check`");
        } else {
            tracing::warn!(%error, room.id = %row.room_id, "a message waits because webex does not do what it needs");
        }
        self.tell(row);
        match doubt {
            Doubt::NotApplied(Some(retry_after)) => Next::Wait(retry_after),
            _ => Next::BackOff,
        }
    }

    /// Writes an outcome down, however often that takes: the lane must not go on before. If the portal
    /// stops first, the row stays in flight, which the next start takes for unclear.
    async fn settle(&self, row: OutboxRow, outcome: &Outcome) -> OutboxRow {
        let state = row.state.after(outcome);
        let (upstream_id, problem) = match outcome {
            Outcome::Delivered(id) => (Some(id.clone()), None),
            Outcome::Refused(problem) => (None, Some(problem.clone())),
            Outcome::NotSent | Outcome::Unclear => (None, None),
        };
        // An outcome counts only for what is under way; what never could begin is put there first.
        let state = if row.state == RowState::Accepted && problem.is_some() { RowState::Failed } else { state };
        let row = OutboxRow { state, upstream_id, problem, ..row };
        while let Err(error) = self.store.settle(row.clone(), self.clock.now()).await {
            tracing::error!(%error, "the outcome of a message cannot be written down; it is tried again");
            self.wait(SETTLE_AGAIN).await;
            if self.stopping.is_cancelled() {
                break;
            }
        }
        if let (RowState::Sent, Some(file)) = (row.state, &row.file) {
            self.spool.remove(file).await;
        }
        row
    }

    /// Tells the guest, on all their tabs, how far what they asked for has come.
    pub(super) fn tell(&self, row: &OutboxRow) {
        if row.kind.asked_for().is_some() {
            let pending = self.to_pending(row);
            self.hub.publish(Audience::Guest(row.guest_id.clone()), &PortalEvent::DeliveryChanged { pending });
        }
    }

    /// A row as its guest sees it.
    pub(super) fn to_pending(&self, row: &OutboxRow) -> Pending {
        let mut pending = row.to_pending();
        let site_id = self.store.conversation(&row.room_id).ok().flatten().map(|conversation| conversation.site_id);
        let is_reachable = site_id.is_none_or(|site_id| self.connections.is_reachable(&site_id));
        if row.state == RowState::Accepted && !is_reachable {
            pending.problem = Some(waiting());
        }
        pending
    }

    /// Waits, but not beyond the portal's stop.
    pub(super) async fn wait(&self, duration: Duration) {
        tokio::select! {
            () = self.clock.sleep(duration) => {}
            () = self.stopping.cancelled() => {}
        }
    }
}

fn waiting() -> Problem {
    Problem {
        kind: ProblemKind::WebexUnreachable,
        status: 503,
        detail: "Webex does not answer at the moment. Your message is kept and will be sent.".into(),
        request_id: None,
        retry_after_secs: None,
    }
}

/// What a row is called in a sentence.
fn row_words(row: &OutboxRow) -> &'static str {
    match (row.kind, &row.file) {
        (RowKind::Message, Some(_)) => "file",
        (RowKind::Edit, _) => "change",
        (RowKind::Delete, _) => "deletion",
        _ => "message",
    }
}

fn refusal(what: &str, error: &WebexError) -> Problem {
    let (kind, detail) = match (error.status(), what) {
        (Some(413), "file") => (ProblemKind::FileTooLarge, "Webex finds this file too large. Send a smaller one."),
        (Some(415), "file") => (ProblemKind::FileTypeRefused, "Webex does not take files of this kind."),
        (Some(413), _) => (ProblemKind::MessageTooLong, "Webex finds this message too long. Shorten it and send it again."),
        (Some(400), "change") => (ProblemKind::NotEditable, "This message cannot be changed any more. Write a new one."),
        (Some(403 | 404), "change" | "deletion") => (ProblemKind::NotEditable, "This message cannot be changed any more."),
        (Some(403), _) => (ProblemKind::WebexRefused, "You may not write in this chat any more."),
        (Some(404), _) => (ProblemKind::RoomNotFound, "This chat no longer exists in Webex. Leave it and start a new one."),
        _ => (ProblemKind::WebexRefused, "Webex does not take this message. Change it and send it again."),
    };
    Problem { kind, status: error.status().unwrap_or(502), detail: detail.into(), request_id: None, retry_after_secs: None }
}

fn lost() -> Problem {
    let detail = "This file got lost on its way. Please send it again.";
    Problem { kind: ProblemKind::FileIncomplete, status: 500, detail: detail.into(), request_id: None, retry_after_secs: None }
}

fn internal() -> Problem {
    Problem { kind: ProblemKind::Internal, status: 500, detail: String::new(), request_id: None, retry_after_secs: None }
}
