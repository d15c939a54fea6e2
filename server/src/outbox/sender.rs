//! Takes one row to Webex and writes down what became of it: what all kinds of rows have in common.

use std::{sync::Arc, time::Duration};

use shared::{Pending, PortalEvent, ProblemKind};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{
    in_flight::InFlight,
    pacing::Pacing,
    refusals,
    spool::Spool,
    state::{Outcome, RowState},
};
use crate::{
    clock::Clock,
    conversations::{Conversations, History},
    fanout::{Audience, Hub},
    guest_identity::GuestIdentity,
    metrics,
    secrets::Keys,
    store::{Conversation, GuestRow, OutboxRow, RowKind, Store},
    webex::{Connection, Connections, Doubt, WebexError},
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
    /// The row is in doubt: wait, but no longer than until something in doubt turns up.
    WaitForNews(Duration),
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
    /// How fast rooms take messages.
    pub pacing: Pacing,
    /// How long what is in doubt is looked for.
    pub settle_window: Duration,
    /// Told when something that was in doubt turned up.
    pub found: Arc<Notify>,
    /// Told when a message to staff has come to an end.
    pub bells: Arc<Notify>,
    /// The portal is stopping: begin nothing new.
    pub stopping: CancellationToken,
}

/// What a row is about.
pub(super) struct Around {
    pub(super) conversation: Conversation,
    pub(super) guest: GuestRow,
    pub(super) connection: Connection,
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
        let row = match row.state {
            RowState::Unclear => match self.look_for(row, &around).await {
                Ok(row) => row,
                Err(next) => return next,
            },
            _ => row,
        };
        match row.kind {
            RowKind::Message => self.send_message(row, around, refused_tokens).await,
            RowKind::Edit | RowKind::Delete => self.change_message(row, &around, refused_tokens).await,
            RowKind::Notice => self.send_notice(row, &around).await,
            RowKind::ToStaff => self.ring_bell(row, &around).await,
            RowKind::StaffUpdate => self.update_bell(row, &around).await,
        }
    }

    pub(super) async fn after_failure(&self, row: OutboxRow, error: &WebexError, guest: &GuestRow, refused_tokens: &mut u32) -> Next {
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
            Doubt::Unclear => {
                let row = self.settle(row, &Outcome::Unclear).await;
                self.tell(&row);
                // The lane goes on with looking for it.
                Next::GoOn
            }
            Doubt::Refused => {
                let refusal = refusals::of_row(&row, error);
                let row = self.settle(row, &Outcome::Refused(refusal)).await;
                self.tell(&row);
                Next::GoOn
            }
        }
    }

    /// Writes down that a row is on its way; what the lane does instead if it may not go.
    pub(super) async fn begin(&self, row: OutboxRow) -> Result<OutboxRow, Next> {
        // What staff are told goes to each of them, not into this room.
        if !row.kind.is_for_staff_alone() {
            self.pacing.take_turn(&row.room_id, self.clock.elapsed()).map_err(Next::Wait)?;
        }
        let (attempt, now) = (row.attempt.saturating_add(1), self.clock.now());
        match self.store.mark_in_flight(row.seq, attempt, now).await {
            Ok(true) => Ok(OutboxRow { state: RowState::InFlight, attempt, in_flight_at: Some(now), unclear_since: None, ..row }),
            // It turned up in the last moment, or its guest gave it up.
            Ok(false) => Err(Next::GoOn),
            Err(error) => {
                tracing::error!(%error, "a message cannot be sent because the store does not take its state");
                Err(Next::BackOff)
            }
        }
    }

    /// What an answer about a row says of how fast its room may be.
    pub(super) fn note_pace<T>(&self, row: &OutboxRow, answer: &Result<T, WebexError>) {
        match answer {
            Ok(_) => self.pacing.taken(&row.room_id),
            Err(WebexError::Status { status: 429, retry_after, .. }) => {
                self.pacing.too_fast(&row.room_id, *retry_after, self.clock.elapsed());
            }
            Err(_) => {}
        }
    }

    /// Something before the sending itself did not work: the message waits.
    pub(super) fn not_yet(&self, row: &OutboxRow, error: &WebexError) -> Next {
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
    pub(super) async fn settle(&self, row: OutboxRow, outcome: &Outcome) -> OutboxRow {
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
        let after = u64::try_from(self.clock.now().as_millis().saturating_sub(row.queued_at.as_millis())).unwrap_or_default();
        metrics::sent(row.kind.as_word(), row.state.as_word(), Duration::from_millis(after));
        // Who sends a failed one again sends the file again.
        if let (RowState::Sent | RowState::Failed, Some(file)) = (row.state, &row.file) {
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
            pending.problem = Some(refusals::waiting());
        }
        if let Some(problem) = pending.problem.as_mut().filter(|problem| problem.kind == ProblemKind::Internal) {
            // Each line of the log about it has this.
            problem.request_id = Some(row.client_message_id.to_string());
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
