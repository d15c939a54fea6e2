//! Takes one row to Webex and writes down what became of it.

use std::time::Duration;

use shared::{MessageId, Pending, PortalEvent, Problem, ProblemKind};
use tokio_util::sync::CancellationToken;

use super::{
    in_flight::InFlight,
    state::{Outcome, RowState},
};
use crate::{
    clock::Clock,
    conversations::{Conversations, History},
    fanout::{Audience, Hub},
    guest_identity::GuestIdentity,
    store::{Conversation, GuestRow, OutboxRow, RowKind, Store},
    webex::{Doubt, ServiceApp, WebexClient, WebexError, wire},
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
    pub webex: WebexClient,
    /// Posts the portal's own notices.
    pub service_app: ServiceApp,
    /// Gives guests their tokens.
    pub identity: GuestIdentity,
    /// Opens a guest's space.
    pub conversations: Conversations,
    /// Hears of what was posted.
    pub history: History,
    /// Says what is under way.
    pub in_flight: InFlight,
    /// The portal is stopping: begin nothing new.
    pub stopping: CancellationToken,
}

impl Sender {
    /// Tries to send one row.
    pub(super) async fn send(&self, row: OutboxRow, refused_tokens: &mut u32) -> Next {
        let (conversation, guest) = match (self.store.conversation(&row.room_id), self.store.guest(&row.guest_id)) {
            (Ok(Some(conversation)), Ok(Some(guest))) => (conversation, guest),
            // Erased meanwhile; the rows go with them.
            (Ok(None), _) | (_, Ok(None)) => return Next::BackOff,
            (Err(error), _) | (_, Err(error)) => {
                tracing::error!(%error, "the store cannot be read");
                return Next::BackOff;
            }
        };
        match row.kind {
            RowKind::Message => self.send_message(row, &conversation, &guest, refused_tokens).await,
            RowKind::Left => self.send_notice(row, &conversation).await,
        }
    }

    async fn send_message(&self, row: OutboxRow, conversation: &Conversation, guest: &GuestRow, refused_tokens: &mut u32) -> Next {
        let prepared = async {
            let vouched = self.identity.vouch(&guest.id).await?;
            let open = self.conversations.open(&conversation.id, guest, &vouched).await?;
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
        let attempt = row.attempt.saturating_add(1);
        if let Err(error) = self.store.mark_in_flight(row.seq, attempt, self.clock.now()).await {
            tracing::error!(%error, "a message cannot be sent because the store does not take its state");
            return Next::BackOff;
        }
        let row = OutboxRow { state: RowState::InFlight, attempt, ..row };
        let sent = self.webex.post_text(vouched.access_token, &open.webex_room_id, &row.body).await;
        match sent {
            Ok(message) => {
                *refused_tokens = 0;
                let id = MessageId::new(wire::unpadded(&message.id));
                let row = self.settle(row, &Outcome::Delivered(id)).await;
                drop(under_way);
                let conversation = Conversation { webex_room_id: Some(open.webex_room_id), ..conversation.clone() };
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
                tracing::warn!(%error, room.id = %row.room_id, attempt, "a message was not sent at once");
                self.after_failure(row, &error, guest, refused_tokens).await
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
                tracing::error!(guest.id = %guest.id, "webex refuses a fresh guest token; check the service app's authorisation");
                Next::Wait(REFUSED_TOKEN_WAIT)
            }
            Doubt::Unclear => {
                let row = self.settle(row, &Outcome::Unclear).await;
                self.tell(&row);
                // If it is in the room, it was held back until now.
                self.history.look_again(&row.room_id);
                Next::GoOn
            }
            Doubt::Refused => {
                let row = self.settle(row, &Outcome::Refused(refusal(error))).await;
                self.tell(&row);
                Next::GoOn
            }
        }
    }

    /// The notice that a guest has left, by the portal itself. Not worth doubting over: it is tried until
    /// it surely went out or may have.
    async fn send_notice(&self, row: OutboxRow, conversation: &Conversation) -> Next {
        let Some(webex_room_id) = &conversation.webex_room_id else {
            self.settle(row, &Outcome::Refused(internal())).await;
            return Next::GoOn;
        };
        if let Err(error) = self.store.mark_in_flight(row.seq, row.attempt.saturating_add(1), self.clock.now()).await {
            tracing::error!(%error, "a notice cannot be sent because the store does not take its state");
            return Next::BackOff;
        }
        let row = OutboxRow { state: RowState::InFlight, ..row };
        let sent = self.service_app.with_token(|token| self.webex.post_text(token, webex_room_id, &row.body)).await;
        let outcome = match &sent {
            Ok(message) => Outcome::Delivered(MessageId::new(wire::unpadded(&message.id))),
            Err(error) => match error.doubt() {
                Doubt::NotApplied(_) | Doubt::TokenRefused => Outcome::NotSent,
                Doubt::Unclear => Outcome::Unclear,
                Doubt::Refused => Outcome::Refused(refusal(error)),
            },
        };
        self.settle(row, &outcome).await;
        if outcome == Outcome::NotSent { Next::BackOff } else { Next::GoOn }
    }

    /// Something before the sending itself did not work: the message waits.
    fn not_yet(&self, row: &OutboxRow, error: &WebexError) -> Next {
        let doubt = error.doubt();
        if doubt == Doubt::Refused {
            tracing::error!(%error, room.id = %row.room_id, "webex refuses to open a guest's space; check the service app's scopes");
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
        let row = OutboxRow { state, upstream_id, problem, ..row };
        while let Err(error) = self.store.settle(row.clone(), self.clock.now()).await {
            tracing::error!(%error, "the outcome of a message cannot be written down; it is tried again");
            self.wait(SETTLE_AGAIN).await;
            if self.stopping.is_cancelled() {
                break;
            }
        }
        row
    }

    /// Tells the guest, on all their tabs, how far a message has come.
    pub(super) fn tell(&self, row: &OutboxRow) {
        if row.kind == RowKind::Message {
            let pending = self.to_pending(row);
            self.hub.publish(Audience::Guest(row.guest_id.clone()), &PortalEvent::DeliveryChanged { pending });
        }
    }

    /// A row as its guest sees it.
    pub(super) fn to_pending(&self, row: &OutboxRow) -> Pending {
        let mut pending = row.to_pending();
        if row.state == RowState::Accepted && !*self.webex.reachable().borrow() {
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

fn refusal(error: &WebexError) -> Problem {
    let (kind, detail) = match error.status() {
        Some(413) => (ProblemKind::MessageTooLong, "Webex finds this message too long. Shorten it and send it again."),
        Some(403) => (ProblemKind::WebexRefused, "You may not write in this chat any more."),
        Some(404) => (ProblemKind::RoomNotFound, "This chat no longer exists in Webex. Leave it and start a new one."),
        _ => (ProblemKind::WebexRefused, "Webex does not take this message. Change it and send it again."),
    };
    Problem { kind, status: error.status().unwrap_or(502), detail: detail.into(), request_id: None, retry_after_secs: None }
}

fn internal() -> Problem {
    Problem { kind: ProblemKind::Internal, status: 500, detail: String::new(), request_id: None, retry_after_secs: None }
}
