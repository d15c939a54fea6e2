//! Visits: a guest's wish to meet, from the button to the end. Instant Connect only makes links, so who
//! waits, who came and when it was over is kept here.
//!
//! ```text
//! requested -> ringing -> claimed -> joined -> ended
//!     |           |          '-----------------> expired   the guest never opened the link
//!     |           |--> missed                              nobody took it in time
//!     '-----------'----------'-----------------> cancelled
//! ```
//!
//! [`state`] says what follows what, [`prepare`] gets the links and tells staff, [`queue`] tells guests how
//! many are before them, [`claims`] lets staff in.

mod claims;
mod prepare;
mod queue;
mod state;
pub(crate) mod texts;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use shared::{NewVisit, PortalEvent, Problem, ProblemKind, SiteId, Timestamp, Visit, VisitId, VisitState};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use claims::{Claim, ClaimStanding, Taken};
pub use state::{NotNow, VisitEvent, after, as_word, from_word};
pub use texts::is_notice_for_staff;

use crate::{
    app::to_room,
    clock::Clock,
    config::{Config, MeetingsConfig, SiteConfig},
    conversations::History,
    error::AppError,
    fanout::{Audience, Hub},
    outbox::Outbox,
    secrets::{Keys, hex, random, random_id},
    store::{GuestRow, Store, StoreError, VisitRow},
    webex::Connections,
};

/// The worker looks at least this often: the time of day can be set.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// A guest may ask for so many meetings an hour: each rings with everybody of the staff.
const VISITS_AN_HOUR: u32 = 12;
const HOUR_MILLIS: i64 = 60 * 60 * 1000;
/// Where nobody could be told of a meeting, none is offered for so long; then it is worth another try.
const UNREACHABLE: Duration = Duration::from_secs(15 * 60);

/// What visits need.
pub struct Needs {
    /// What is set.
    pub config: Arc<Config>,
    /// Tells the time.
    pub clock: Clock,
    /// Remembers.
    pub store: Store,
    /// Seals links.
    pub keys: Arc<Keys>,
    /// Tells guests.
    pub hub: Hub,
    /// Asks the broker, and knows the bot.
    pub connections: Connections,
    /// Tells staff.
    pub outbox: Outbox,
    /// What rooms are called.
    pub history: History,
    /// A message to staff has come to an end.
    pub bells: Arc<Notify>,
    /// Where staff find the portal, without a slash at the end.
    pub base_url: String,
    /// The portal is stopping.
    pub stopping: CancellationToken,
}

/// Who wants to meet. Clones share it.
#[derive(Clone)]
pub struct Visits {
    inner: Arc<Inner>,
}

struct Inner {
    needs: Needs,
    tasks: TaskTracker,
    /// Something changed: the worker looks.
    work: Notify,
    /// Visits whose links are being got.
    preparing: Mutex<HashSet<VisitId>>,
    /// Why visits do not get on.
    problems: Mutex<HashMap<VisitId, Problem>>,
    /// Since when nobody of a site could be told of a meeting.
    unreachable_since: Mutex<HashMap<SiteId, Duration>>,
}

impl Visits {
    /// Nothing happens before [`Visits::run`].
    pub fn new(needs: Needs) -> Self {
        let inner = Inner {
            needs,
            tasks: TaskTracker::new(),
            work: Notify::new(),
            preparing: Mutex::default(),
            problems: Mutex::default(),
            unreachable_since: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// A guest asks for a meeting. Whoever has a visit that is not over is given that one.
    pub async fn request(&self, site: &SiteConfig, guest: &GuestRow, new: NewVisit) -> Result<Visit, AppError> {
        let meetings = self.offered(site).ok_or(AppError::MeetingsUnavailable)?;
        let conversation = self.needs().store.conversation_for(&guest.id, &new.room_id)?.ok_or(AppError::RoomNotFound)?;
        let topic = match (new.topic, meetings.topics.is_empty()) {
            (_, true) => None,
            (Some(topic), false) if meetings.topics.contains(&topic) => Some(topic),
            (_, false) => return Err(AppError::InvalidParameter("topic")),
        };
        let now = self.needs().clock.now();
        if let Some(open) = self.needs().store.open_visit_of(&guest.id)? {
            return self.view(&open);
        }
        if self.needs().store.visits_asked_for(&guest.id, now.plus_millis(-HOUR_MILLIS))? >= VISITS_AN_HOUR {
            return Err(AppError::TooManyVisits);
        }
        let row = VisitRow {
            id: VisitId::new(random_id()?),
            site_id: site.id.clone(),
            guest_id: guest.id.clone(),
            room_id: conversation.id,
            // Letters, digits and hyphens, and nothing about anybody: it becomes the meeting's title.
            subject: format!("gp-{}", hex(&random::<16>()?)),
            topic,
            state: VisitState::Requested,
            host_link_sealed: None,
            guest_link_sealed: None,
            requested_at: now,
            state_at: now,
            expires_at: None,
            staff_name: None,
            claimed_at: None,
        };
        let (row, is_new) = self.needs().store.open_visit(row).await?;
        if is_new {
            tracing::info!(visit.id = %row.id, site.id = %site.id, "a guest asks for a meeting");
            self.tell(&row);
            self.inner.work.notify_one();
        }
        self.view(&row)
    }

    /// A guest's own visit.
    pub fn find(&self, guest: &GuestRow, id: &VisitId) -> Result<VisitRow, AppError> {
        self.needs().store.visit(id)?.filter(|visit| visit.guest_id == guest.id).ok_or(AppError::VisitNotFound)
    }

    /// A guest takes their request back, opens the link, or has left the meeting.
    pub async fn by_guest(&self, guest: &GuestRow, id: &VisitId, event: VisitEvent) -> Result<Visit, AppError> {
        let possible = |row: VisitRow| match after(row.state, event) {
            Ok(_) => Ok(row),
            Err(NotNow::AlreadyOver) => Err(AppError::VisitOver),
            Err(NotNow::TooEarly) => Err(AppError::VisitTooEarly),
        };
        possible(self.find(guest, id)?)?;
        let row = match self.happen(id, event).await? {
            Some(row) => row,
            // Nothing to change, or somebody else was quicker.
            None => possible(self.find(guest, id)?)?,
        };
        self.view(&row)
    }

    /// A guest leaves for good: whoever waits for them need not.
    pub async fn guest_left(&self, guest: &GuestRow) -> Result<(), StoreError> {
        for row in self.needs().store.open_visits()?.iter().filter(|row| row.guest_id == guest.id) {
            self.happen(&row.id, VisitEvent::Cancelled).await?;
        }
        Ok(())
    }

    /// A visit as its guest sees it.
    pub fn view(&self, row: &VisitRow) -> Result<Visit, AppError> {
        let needs = self.needs();
        let has_link = matches!(row.state, VisitState::Claimed | VisitState::Joined);
        let is_live = row.expires_at.is_some_and(|expires_at| needs.clock.now() < expires_at);
        let join_url = match &row.guest_link_sealed {
            Some(sealed) if has_link && is_live => Some(needs.keys.open(&purpose(row, "guest"), sealed)?.expose_secret().to_owned()),
            _ => None,
        };
        let waiting = queue::Waiting::of(&needs.store, row, needs.clock.now())?;
        Ok(Visit {
            id: row.id.clone(),
            room_id: row.room_id.clone(),
            topic: row.topic.clone(),
            state: row.state,
            requested_at: row.requested_at,
            state_at: row.state_at,
            place: waiting.place,
            wait_secs: waiting.typical_secs,
            staff_name: row.staff_name.clone(),
            join_url,
            expires_at: row.expires_at,
            // What was in the way of the links is over when they are there, a moment before it is forgotten.
            problem: matches!(row.state, VisitState::Requested | VisitState::Missed)
                .then(|| self.problems().get(&row.id).cloned())
                .flatten(),
        })
    }

    /// A guest's visits in a room, oldest first.
    pub fn in_room(&self, guest: &GuestRow, room_id: &shared::RoomId) -> Result<Vec<Visit>, AppError> {
        self.needs().store.visits_in(&guest.id, room_id)?.iter().map(|row| self.view(row)).collect()
    }

    /// What a site says of its meetings, if it offers any and somebody can be told of them.
    pub fn offered<'a>(&self, site: &'a SiteConfig) -> Option<&'a MeetingsConfig> {
        let has_bot = self.needs().connections.of_site(&site.id).is_ok_and(|connection| connection.bot.is_some());
        site.meetings.as_ref().filter(|_| has_bot && !site.staff.is_empty())
    }

    /// Sees to it that visits get on, until the portal stops.
    pub async fn run(self) {
        loop {
            let wait = self.look().await.unwrap_or_else(|error| {
                tracing::error!(%error, "visits cannot be looked at");
                LOOK_EVERY
            });
            tokio::select! {
                biased;
                () = self.needs().stopping.cancelled() => break,
                () = self.inner.work.notified() => {}
                () = self.needs().bells.notified() => {}
                () = self.needs().clock.sleep(wait.min(LOOK_EVERY)) => {}
            }
        }
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }

    /// Does what is due; answers how long nothing will be.
    async fn look(&self) -> Result<Duration, StoreError> {
        let now = self.needs().clock.now();
        let mut wait = LOOK_EVERY;
        self.offer_again()?;
        for row in self.needs().store.open_visits()? {
            let ring_secs = self.meetings_of(&row).map_or(0, |meetings| meetings.ring_secs);
            if row.state == VisitState::Requested && self.preparing().insert(row.id.clone()) {
                let visits = self.clone();
                self.inner.tasks.spawn(async move { visits.prepare(row).await });
                continue;
            }
            match self.is_anybody_reached(&row)? {
                Some(true) => self.note_staff_reachable(&row.site_id, true)?,
                Some(false) => {
                    self.nobody_reached(&row).await?;
                    continue;
                }
                None => {}
            }
            let Some((due_at, event)) = state::next_deadline(row.state, row.requested_at, row.expires_at, ring_secs) else { continue };
            if due_at <= now {
                self.happen(&row.id, event).await?;
            } else {
                wait = wait.min(millis_between(now, due_at));
            }
        }
        Ok(wait)
    }

    /// Something happens to a visit; answers the visit if it was changed.
    async fn happen(&self, id: &VisitId, event: VisitEvent) -> Result<Option<VisitRow>, StoreError> {
        let now = self.needs().clock.now();
        let change = move |before: &VisitRow| {
            let state = after(before.state, event).ok().filter(|state| *state != before.state)?;
            // The time of day may be set back.
            let row = VisitRow { state, state_at: now.max(before.state_at), ..before.clone() };
            // What is over needs no links.
            Some(if state.is_over() { VisitRow { host_link_sealed: None, guest_link_sealed: None, ..row } } else { row })
        };
        // Staff hear of a visit that was missed whatever happens to the process next.
        let messages = if event == VisitEvent::RingOver { self.missed_messages(id)? } else { Vec::new() };
        let Some((row, true)) = self.needs().store.change_visit(id.clone(), change, messages).await? else { return Ok(None) };
        tracing::info!(visit.id = %row.id, state = as_word(row.state), "a visit went on");
        self.needs().outbox.wake_both(&row.room_id, &row.guest_id);
        self.changed(&row);
        Ok(Some(row))
    }

    /// A visit has changed: whoever that concerns is told.
    fn changed(&self, row: &VisitRow) {
        if row.state.is_over() && row.state != VisitState::Missed {
            self.problems().remove(&row.id);
        }
        self.tell(row);
        self.tell_those_behind(row);
        self.inner.work.notify_one();
    }

    fn tell(&self, row: &VisitRow) {
        match self.view(row) {
            Ok(visit) => self.needs().hub.publish(Audience::Guest(row.guest_id.clone()), &PortalEvent::VisitChanged { visit }),
            Err(error) => tracing::error!(%error, "a guest could not be told of their visit"),
        }
    }

    /// When one is no longer in the queue, those behind move up.
    fn tell_those_behind(&self, row: &VisitRow) {
        let open = self.needs().store.open_visits().unwrap_or_default();
        let is_behind = |other: &&VisitRow| {
            other.state == VisitState::Ringing
                && other.id != row.id
                && queue::is_same_queue(other, row)
                && other.requested_at >= row.requested_at
        };
        open.iter().filter(is_behind).for_each(|other| self.tell(other));
    }

    fn note_problem(&self, row: &VisitRow, problem: Option<Problem>) {
        let before = match problem.clone() {
            Some(problem) => self.problems().insert(row.id.clone(), problem),
            None => self.problems().remove(&row.id),
        };
        if before != problem {
            self.tell(row);
        }
    }

    /// Meetings can be offered on a site, or not: whoever looks at one of its rooms is told if that is news.
    fn note_staff_reachable(&self, site_id: &SiteId, is_reachable: bool) -> Result<(), StoreError> {
        let needs = self.needs();
        if needs.connections.is_staff_reachable(site_id) == is_reachable {
            return Ok(());
        }
        needs.connections.note_staff_reachable(site_id, is_reachable);
        if is_reachable {
            self.unreachable_since().remove(site_id);
        } else {
            self.unreachable_since().insert(site_id.clone(), needs.clock.elapsed());
        }
        for room_id in needs.hub.watched_rooms() {
            if let Some(conversation) = needs.store.conversation(&room_id)?.filter(|conversation| conversation.site_id == *site_id) {
                let room = to_room(&needs.config, &needs.connections, &needs.history, &conversation);
                needs.hub.publish(Audience::Room(room_id), &PortalEvent::RoomChanged { room });
            }
        }
        Ok(())
    }

    /// The bot may have been let in meanwhile.
    fn offer_again(&self) -> Result<(), StoreError> {
        let now = self.needs().clock.elapsed();
        let is_long_ago = |since: &Duration| now.saturating_sub(*since) >= UNREACHABLE;
        let due: Vec<SiteId> = self.unreachable_since().iter().filter(|(_, since)| is_long_ago(since)).map(|(id, _)| id.clone()).collect();
        due.iter().try_for_each(|site_id| self.note_staff_reachable(site_id, true))
    }

    fn meetings_of(&self, row: &VisitRow) -> Option<&MeetingsConfig> {
        self.needs().config.site(&row.site_id)?.meetings.as_ref()
    }

    fn needs(&self) -> &Needs {
        &self.inner.needs
    }

    fn preparing(&self) -> MutexGuard<'_, HashSet<VisitId>> {
        self.inner.preparing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unreachable_since(&self) -> MutexGuard<'_, HashMap<SiteId, Duration>> {
        self.inner.unreachable_since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn problems(&self) -> MutexGuard<'_, HashMap<VisitId, Problem>> {
        self.inner.problems.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Binds a sealed link to its visit and its role.
pub(crate) fn purpose(row: &VisitRow, role: &str) -> String {
    format!("visit:{}:{role}", row.id)
}

fn seal(keys: &Keys, row: &VisitRow, role: &str, link: &SecretString) -> Result<Vec<u8>, crate::secrets::SecretsError> {
    keys.seal(&purpose(row, role), link)
}

fn problem(kind: ProblemKind, detail: &str) -> Problem {
    Problem { kind, status: 503, detail: detail.into(), request_id: None, retry_after_secs: None }
}

fn millis_between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(to.as_millis() - from.as_millis()).unwrap_or(0))
}
