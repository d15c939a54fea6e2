//! Sends what is accepted: one lane per guest and room, in order, one message under way at a time.
//!
//! A lane's task lives while it has something to send. Whatever ends it, the rows are in the store and
//! the next start goes on with them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use shared::{GuestId, Pending, PortalEvent, Problem, ProblemKind, RoomId};
use thiserror::Error;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    in_flight::InFlight,
    state::{Outcome, RowState},
};
use crate::{
    clock::Clock,
    conversations::{Conversations, History},
    fanout::{Audience, Hub},
    guest_identity::GuestIdentity,
    secrets,
    store::{Accepted, Conversation, GuestRow, NewOutboxRow, OutboxRow, RowKind, Store, StoreError},
    webex::{Doubt, ServiceApp, WebexClient, WebexError, wire},
};

/// The first wait after a failure; each further one is twice as long, up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A guest's token that is refused twice in a row is a matter for the operator.
const REFUSED_TOKEN_WAIT: Duration = Duration::from_secs(60);
/// A send under way when the portal stops may take so long to end: longer than a request's time-out.
const DRAIN: Duration = Duration::from_secs(12);

/// Why a message is not accepted.
#[derive(Debug, Error)]
pub enum AcceptError {
    /// The browser's id was used for another message.
    #[error("the client message id was used for another message")]
    Reused,
    /// The store does not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

type Lane = (RoomId, GuestId);

/// What a lane's task does next.
enum Next {
    /// Go on with the next row.
    GoOn,
    /// The row was surely not sent: wait, at least this long, and try again.
    Wait(Duration),
    /// The row was surely not sent: wait as after any failure.
    BackOff,
}

/// Accepts and sends. Clones share it.
#[derive(Clone)]
pub struct Outbox {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Clock,
    hub: Hub,
    webex: WebexClient,
    service_app: ServiceApp,
    identity: GuestIdentity,
    conversations: Conversations,
    history: History,
    in_flight: InFlight,
    stopping: CancellationToken,
    tasks: TaskTracker,
    /// Lanes with a task, and whether something came in since it last looked.
    lanes: Mutex<HashMap<Lane, bool>>,
}

/// What the outbox is made of.
pub struct OutboxParts {
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

impl Outbox {
    /// Nothing is sent before [`Outbox::start`] or the first message.
    pub fn new(parts: OutboxParts) -> Self {
        let OutboxParts { store, clock, hub, webex, service_app, identity, conversations, history, in_flight, stopping } = parts;
        let (tasks, lanes) = (TaskTracker::new(), Mutex::default());
        let inner = Inner { store, clock, hub, webex, service_app, identity, conversations, history, in_flight, stopping, tasks, lanes };
        Self { inner: Arc::new(inner) }
    }

    /// Goes on where the last process stopped.
    pub async fn start(&self) -> Result<(), StoreError> {
        let interrupted = self.inner.store.mark_interrupted(self.inner.clock.now()).await?;
        if interrupted > 0 {
            tracing::warn!(messages = interrupted, "the last process ended while sending; these messages are not confirmed");
        }
        for (room_id, guest_id) in self.inner.store.waiting_lanes()? {
            self.wake(room_id, guest_id);
        }
        Ok(())
    }

    /// Lets sends under way end and begins no others.
    pub async fn stop(&self) {
        self.inner.tasks.close();
        tokio::select! {
            () = self.inner.tasks.wait() => {}
            () = self.inner.clock.sleep(DRAIN) => tracing::warn!("some sends were cut off; their messages are not confirmed after the next start"),
        }
    }

    /// Writes a message down; when this returns it is on disk and will be sent.
    pub async fn accept(&self, new: NewOutboxRow) -> Result<Pending, AcceptError> {
        let outbox = self.clone();
        // A browser that hangs up ends the request, but not this: what is written down is sent.
        let accepting = self.inner.tasks.spawn(async move {
            let row = match outbox.inner.store.accept(new).await? {
                Accepted::New(row) => {
                    outbox.inner.tell(&row);
                    row
                }
                Accepted::Before(row) => row,
                Accepted::Reused => return Err(AcceptError::Reused),
            };
            let pending = outbox.inner.to_pending(&row);
            if row.state == RowState::Accepted {
                outbox.wake(row.room_id, row.guest_id);
            }
            Ok(pending)
        });
        accepting.await.map_err(|_| AcceptError::Store(StoreError::Closed))?
    }

    /// A guest's messages in a room that are not known to be in Webex, as they see them.
    pub fn pending(&self, room_id: &RoomId, guest_id: &GuestId) -> Result<Vec<Pending>, StoreError> {
        let rows = self.inner.store.unsettled_rows(room_id, guest_id)?;
        Ok(rows.iter().filter(|row| row.kind == RowKind::Message).map(|row| self.inner.to_pending(row)).collect())
    }

    /// Sees to it that the lane is worked on.
    fn wake(&self, room_id: RoomId, guest_id: GuestId) {
        let lane = (room_id, guest_id);
        let mut lanes = self.inner.lanes();
        let has_task = lanes.insert(lane.clone(), true).is_some();
        drop(lanes);
        if !has_task {
            let inner = self.inner.clone();
            self.inner.tasks.spawn(async move { inner.work_on(lane).await });
        }
    }
}

impl Inner {
    async fn work_on(&self, lane: Lane) {
        let mut wait = FIRST_WAIT;
        let mut refused_tokens = 0_u32;
        while !self.stopping.is_cancelled() {
            if let Some(has_news) = self.lanes().get_mut(&lane) {
                *has_news = false;
            }
            let row = match self.store.next_row(&lane.0, &lane.1) {
                Ok(Some(row)) => row,
                Ok(None) => {
                    let mut lanes = self.lanes();
                    if lanes.get(&lane) == Some(&true) {
                        continue;
                    }
                    lanes.remove(&lane);
                    return;
                }
                Err(error) => {
                    tracing::error!(%error, "the outbox cannot be read");
                    self.pause(wait).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                    continue;
                }
            };
            match self.send(row, &mut refused_tokens).await {
                Next::GoOn => {
                    wait = FIRST_WAIT;
                }
                Next::Wait(at_least) => self.clock_or_stop(at_least).await,
                Next::BackOff => {
                    self.pause(wait.mul_f64(0.5 + f64::from(jitter()) / 510.0)).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
            }
        }
        self.lanes().remove(&lane);
    }

    /// Tries to send one row.
    async fn send(&self, row: OutboxRow, refused_tokens: &mut u32) -> Next {
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
                let id = shared::MessageId::new(wire::unpadded(&message.id));
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
            Ok(message) => Outcome::Delivered(shared::MessageId::new(wire::unpadded(&message.id))),
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
            self.clock_or_stop(FIRST_WAIT).await;
            if self.stopping.is_cancelled() {
                break;
            }
        }
        row
    }

    fn tell(&self, row: &OutboxRow) {
        if row.kind == RowKind::Message {
            let pending = self.to_pending(row);
            self.hub.publish(Audience::Guest(row.guest_id.clone()), &PortalEvent::DeliveryChanged { pending });
        }
    }

    fn to_pending(&self, row: &OutboxRow) -> Pending {
        let mut pending = row.to_pending();
        if row.state == RowState::Accepted && !*self.webex.reachable().borrow() {
            pending.problem = Some(waiting());
        }
        pending
    }

    /// Waits, but no longer than until Webex answers again.
    async fn pause(&self, duration: Duration) {
        let mut reachable = self.webex.reachable();
        let is_back = async {
            // Only a change counts: a failure that is not about reaching Webex waits its time.
            while reachable.changed().await.is_ok() {
                if *reachable.borrow() {
                    return;
                }
            }
        };
        tokio::select! {
            () = self.clock.sleep(duration) => {}
            () = self.stopping.cancelled() => {}
            () = is_back => {}
        }
    }

    async fn clock_or_stop(&self, duration: Duration) {
        tokio::select! {
            () = self.clock.sleep(duration) => {}
            () = self.stopping.cancelled() => {}
        }
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<Lane, bool>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
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

/// 0 to 255; without randomness everybody waits the same, which is merely less spread out.
fn jitter() -> u8 {
    secrets::random::<1>().map_or(128, |[byte]| byte)
}
