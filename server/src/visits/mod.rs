//! Visits: a guest's wish to meet, from the button to the end. Instant Connect only makes links, so who
//! waits, who came and when it was over is kept here.
//!
//! ```text
//! requested -> scheduled -> ringing -> claimed -> joined -> ended
//!     |            |           |          '-----------------> expired   the guest never opened the link
//!     |            |           |--> missed                              nobody took it in time
//!     '------------'-----------'----------'-----------------> cancelled
//! ```
//!
//! [`state`] says what follows what and when, [`offer`] what is offered at all, [`schedule`] writes down what was agreed
//! on, [`prepare`] takes a visit from asked for to ringing, [`links`] gets its links, [`bells`] says what staff are told
//! in [`texts`], [`queue`] tells guests how many are before them, [`claims`] lets staff in, and [`notes`] takes what guests
//! leave where nobody is.

mod around;
mod bells;
mod claims;
mod links;
mod notes;
mod offer;
mod prepare;
mod queue;
mod schedule;
mod state;
mod telling;
pub(crate) mod texts;
mod view;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use shared::{NewVisit, Problem, ProblemKind, RoomId, SiteId, Timestamp, Visit, VisitId, VisitState};
use tokio::sync::{Notify, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use claims::{Claim, ClaimStanding, Taken};
pub(crate) use links::{Side, first_link};
pub(crate) use notes::takes_notes;
pub use offer::Offer;
pub use schedule::{Appointment, Booking, Invitation, NewAppointment};
pub use state::{Due, Facts, NotNow, Patience, VisitEvent, after, as_word, from_word, next_deadline};
pub use texts::is_notice_for_staff;

use queue::Queues;

use crate::{
    clock::Clock,
    config::{Config, MeetingsConfig, SiteConfig},
    error::AppError,
    fanout::Hub,
    outbox::Outbox,
    rooms::Rooms,
    secrets::{Keys, SecretsError, hex, random, random_id},
    store::{GuestRow, Store, StoreError, VisitRow},
    webex::Connections,
};

/// The worker looks at least this often: the time of day can be set.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// However much happens, it does not look more often than this.
const PAUSE: Duration = Duration::from_millis(100);
/// The broker makes the links of so many visits at once.
const TURNS: usize = 64;
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
    /// What pages draw of rooms.
    pub rooms: Rooms,
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
    /// Visits whose links are being made anew.
    renewing: Mutex<HashSet<VisitId>>,
    /// Visits of which somebody of staff has heard.
    reached: Mutex<HashSet<VisitId>>,
    /// Whose turn it is with the broker.
    turns: Semaphore,
    /// Who waits before whom.
    queues: Mutex<Queues>,
    /// What each site offered when that was last told.
    offers: Mutex<HashMap<SiteId, Offer>>,
    /// After which event a change of that was last told.
    offers_told_at: Mutex<HashMap<SiteId, u64>>,
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
            renewing: Mutex::default(),
            reached: Mutex::default(),
            turns: Semaphore::new(TURNS),
            queues: Mutex::default(),
            offers: Mutex::default(),
            offers_told_at: Mutex::default(),
            problems: Mutex::default(),
            unreachable_since: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// A guest asks for a meeting. Whoever has a visit that is not over is given that one.
    pub async fn request(&self, site: &SiteConfig, guest: &GuestRow, new: NewVisit) -> Result<Visit, AppError> {
        let meetings = self.offered(site).ok_or(AppError::MeetingsUnavailable)?;
        let conversation = self.needs().store.conversation_for(&guest.id, &new.room_id)?.ok_or(AppError::RoomNotFound)?;
        let topic = known_topic(meetings, new.topic)?;
        let now = self.needs().clock.now();
        if let Some(open) = self.needs().store.open_visit_of(&guest.id)? {
            return self.view(&open);
        }
        if Offer::away_for(site, topic.as_deref(), now).is_some() {
            return Err(AppError::OutsideHours);
        }
        not_within_an_hour(self.needs().store.nth_latest_visit(&guest.id, VISITS_AN_HOUR)?, now)?;
        let row = new_row(guest, conversation.id, topic, random_subject()?, now)?;
        let (row, is_new) = self.needs().store.open_visit(row).await?;
        if is_new {
            tracing::info!(visit.id = %row.id, site.id = %site.id, "a guest asks for a meeting");
            self.queues().note(&row, false);
            self.tell(&row);
            self.prepare_soon(row.clone());
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
        if event == VisitEvent::Joined && self.is_renewal_due(&row) {
            self.renew_soon(row.id.clone());
        }
        self.view(&row)
    }

    /// A guest leaves for good: whoever waits for them need not.
    pub async fn guest_left(&self, guest: &GuestRow) -> Result<(), StoreError> {
        for row in self.needs().store.open_visits()?.iter().filter(|row| row.guest_id == guest.id) {
            self.happen(&row.id, VisitEvent::Cancelled).await?;
        }
        Ok(())
    }

    /// What a site says of its meetings, if it offers any and somebody can be told of them.
    pub fn offered<'a>(&self, site: &'a SiteConfig) -> Option<&'a MeetingsConfig> {
        let has_bot = self.needs().connections.of_site(&site.id).is_ok_and(|connection| connection.bot.is_some());
        site.meetings.as_ref().filter(|_| has_bot && !site.staff.is_empty())
    }

    /// Sees to it that visits get on, until the portal stops.
    pub async fn run(self) {
        if let Err(error) = self.know_queues() {
            tracing::error!(%error, "who waits before whom is not known");
        }
        loop {
            // Counted from before the look: time may pass while it lasts, and while it pauses.
            let began = self.needs().clock.elapsed();
            let wait = self.look().await.unwrap_or_else(|error| {
                tracing::error!(%error, "visits cannot be looked at");
                LOOK_EVERY
            });
            tokio::select! {
                biased;
                () = self.needs().stopping.cancelled() => break,
                () = self.needs().clock.sleep(PAUSE) => {}
            }
            tokio::select! {
                biased;
                () = self.needs().stopping.cancelled() => break,
                () = self.inner.work.notified() => {}
                () = self.needs().bells.notified() => {}
                () = self.needs().clock.sleep_until(began + wait.min(LOOK_EVERY)) => {}
            }
        }
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }

    /// Does what is due; answers how long nothing will be.
    async fn look(&self) -> Result<Duration, StoreError> {
        let now = self.needs().clock.now();
        let mut wait = self.tell_offers(now)?;
        self.offer_again()?;
        for row in self.needs().store.open_visits()? {
            if row.state == VisitState::Requested {
                self.prepare_soon(row);
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
            let Some((due_at, due)) = state::next_deadline(&self.facts(&row), &self.patience(&row)) else { continue };
            if due_at > now {
                wait = wait.min(millis_between(now, due_at));
                continue;
            }
            let done = match due {
                Due::Event(VisitEvent::Opened) => self.open(row).await,
                Due::Event(event) => self.happen(&row.id, event).await.map(|_| ()).map_err(links::Failure::from),
                Due::Escalation => self.escalate(row).await,
            };
            if done.is_err() {
                // What went wrong is in the log; it is tried again.
                wait = wait.min(prepare::FIRST_WAIT);
            }
        }
        self.tell_those_who_moved_up()?;
        Ok(wait)
    }

    /// Something happens to a visit; answers the visit if it was changed.
    async fn happen(&self, id: &VisitId, event: VisitEvent) -> Result<Option<VisitRow>, StoreError> {
        loop {
            let Some(seen) = self.needs().store.visit(id)? else { return Ok(None) };
            // Staff hear of a visit that is over whatever happens to the process next.
            let over = after(seen.state, event).ok().filter(|state| state.is_over());
            let messages = over.map_or_else(|| Ok(Vec::new()), |state| self.over_messages(&seen, state))?;
            let now = self.needs().clock.now();
            let as_seen = seen.clone();
            let change = move |before: &VisitRow| if before.has_moved_since(&as_seen) { None } else { after_event(before, event, now) };
            match self.needs().store.change_visit(id.clone(), change, messages).await? {
                Some((row, true)) => {
                    tracing::info!(visit.id = %row.id, state = as_word(row.state), "a visit went on");
                    self.needs().outbox.wake_both(&row.room_id, &row.guest_id);
                    self.changed(&row);
                    return Ok(Some(row));
                }
                // Others have been told of it meanwhile: they are to hear what becomes of it, too.
                Some((row, false)) if row.has_moved_since(&seen) => {}
                _ => return Ok(None),
            }
        }
    }

    /// Where staff and guests find the portal, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.needs().base_url
    }

    /// How long before a meeting that was agreed on people are reminded, in minutes.
    pub fn remind_minutes(&self, row: &VisitRow) -> u32 {
        self.patience(row).remind_secs / 60
    }

    fn needs(&self) -> &Needs {
        &self.inner.needs
    }

    fn preparing(&self) -> MutexGuard<'_, HashSet<VisitId>> {
        self.inner.preparing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn renewing(&self) -> MutexGuard<'_, HashSet<VisitId>> {
        self.inner.renewing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reached(&self) -> MutexGuard<'_, HashSet<VisitId>> {
        self.inner.reached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.inner.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn offers(&self) -> MutexGuard<'_, HashMap<SiteId, Offer>> {
        self.inner.offers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn offers_told_at(&self) -> MutexGuard<'_, HashMap<SiteId, u64>> {
        self.inner.offers_told_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unreachable_since(&self) -> MutexGuard<'_, HashMap<SiteId, Duration>> {
        self.inner.unreachable_since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn problems(&self) -> MutexGuard<'_, HashMap<VisitId, Problem>> {
        self.inner.problems.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A visit after something happened to it; `None` if that changes nothing.
fn after_event(before: &VisitRow, event: VisitEvent, now: Timestamp) -> Option<VisitRow> {
    let state = after(before.state, event).ok()?;
    let is_overtaken = match event {
        VisitEvent::LinksOver => before.expires_at.is_some_and(|ends_at| now < ends_at),
        VisitEvent::TimeOver => before.has_links(),
        _ => false,
    };
    let ends_links = event == VisitEvent::LinksOver && before.has_links();
    if is_overtaken || (state == before.state && !ends_links) {
        return None;
    }
    // The time of day may be set back.
    let row = VisitRow { state, state_at: now.max(before.state_at), ..before.clone() };
    // What is over needs no links.
    let keeps_links = !state.is_over() && !ends_links;
    Some(if keeps_links { row } else { VisitRow { host_links_sealed: None, guest_links_sealed: None, ..row } })
}

/// Refuses what was done often enough, the last of those times then.
fn not_within_an_hour(then: Option<Timestamp>, now: Timestamp) -> Result<(), AppError> {
    let wait_millis = then.map_or(0, |then| then.as_millis() + HOUR_MILLIS - now.as_millis());
    match u64::try_from(wait_millis) {
        Ok(millis @ 1..) => Err(AppError::TooManyVisits { wait: Duration::from_millis(millis) }),
        _ => Ok(()),
    }
}

/// A visit that was just asked for.
fn new_row(guest: &GuestRow, room_id: RoomId, topic: Option<String>, subject: String, now: Timestamp) -> Result<VisitRow, AppError> {
    Ok(VisitRow {
        id: VisitId::new(random_id()?),
        site_id: guest.site_id.clone(),
        guest_id: guest.id.clone(),
        room_id,
        subject,
        topic,
        state: VisitState::Requested,
        host_links_sealed: None,
        guest_links_sealed: None,
        requested_at: now,
        state_at: now,
        expires_at: None,
        staff_name: None,
        staff_email: None,
        claimed_at: None,
        starts_at: None,
        minutes: None,
        asked: None,
        escalated_at: None,
    })
}

/// Names a meeting: letters, digits and hyphens, and nothing about anybody, for it becomes the meeting's title.
pub(crate) fn random_subject() -> Result<String, SecretsError> {
    Ok(format!("gp-{}", hex(&random::<16>()?)))
}

/// One of a site's topics, where it has any.
fn known_topic(meetings: &MeetingsConfig, topic: Option<String>) -> Result<Option<String>, AppError> {
    match (topic, meetings.topics.is_empty()) {
        (_, true) => Ok(None),
        (Some(topic), false) if meetings.topics.iter().any(|known| known.name == topic) => Ok(Some(topic)),
        (_, false) => Err(AppError::InvalidParameter("topic")),
    }
}

fn problem(kind: ProblemKind, detail: &str) -> Problem {
    Problem { kind, status: 503, detail: detail.into(), request_id: None, retry_after_secs: None }
}

fn millis_between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(to.as_millis() - from.as_millis()).unwrap_or(0))
}
