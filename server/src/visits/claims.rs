//! How staff take a visit: each by a link of their own. Looking at it changes nothing; the first who takes
//! the visit has it, and the same link opens the meeting again until it is over. Where a site wants several hosts, others
//! may join the first.

use secrecy::{ExposeSecret, SecretString};
use shared::{Timestamp, VisitState};

use super::{VisitEvent, Visits, around::zone_of, links::Side, texts};
use crate::{
    error::AppError,
    secrets::token_hash,
    store::{ClaimRow, GuestRow, Take, VisitRow},
};

/// Who took a visit, where Webex does not tell their name.
const SOMEBODY: &str = "A colleague";

/// What a member of staff sees of a visit.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Who wants to meet.
    pub guest_name: String,
    /// Where.
    pub site_name: String,
    /// About what.
    pub topic: Option<String>,
    /// When they asked.
    pub requested_at: Timestamp,
    /// When the meeting begins, by the clock on the site's wall, if that was agreed on.
    pub when: Option<String>,
    /// How it stands.
    pub standing: ClaimStanding,
    /// Whose visit it is.
    pub guest: GuestRow,
    /// The visit.
    pub visit: VisitRow,
}

/// How a visit stands for one member of staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimStanding {
    /// It was agreed on, and it is not time yet.
    Later,
    /// It can be taken.
    Open,
    /// They are in it; the meeting can be opened again.
    Mine,
    /// Somebody else took it, and one more host may come.
    CanJoin(String),
    /// Somebody else took it.
    Taken(String),
    /// It was agreed on, and somebody called it off.
    CalledOff,
    /// It is over.
    Over(VisitState),
}

/// What taking a visit came to.
pub enum Taken {
    /// The meeting's host link.
    Link(SecretString),
    /// Why there is none.
    Not(ClaimStanding),
}

impl Visits {
    /// What a claim's link shows; `None` if there is no such claim.
    pub fn claim(&self, token: &str) -> Result<Option<Claim>, AppError> {
        let Some(row) = self.needs().store.claim(&token_hash(token))? else { return Ok(None) };
        let Some(guest) = self.needs().store.guest(&row.visit.guest_id)? else { return Ok(None) };
        let site = self.needs().config.site(&row.visit.site_id);
        let zone = site.zip(self.policy_of(&row.visit)).map(|(site, policy)| zone_of(site, policy)).unwrap_or(jiff::tz::TimeZone::UTC);
        Ok(Some(Claim {
            guest_name: guest.display_name.clone(),
            site_name: site.map(|site| site.name.clone()).unwrap_or_default(),
            topic: row.visit.topic.clone(),
            requested_at: row.visit.requested_at,
            when: row.visit.starts_at.map(|starts_at| texts::when(starts_at, &zone)),
            standing: self.standing(&row),
            guest,
            visit: row.visit,
        }))
    }

    /// Takes the visit, or opens the meeting again for one who is in it.
    pub async fn take(&self, token: &str) -> Result<Option<Taken>, AppError> {
        let Some((claim, is_changed)) = self.take_once(token).await? else { return Ok(None) };
        if is_changed && claim.visit.state == VisitState::Claimed && claim.host_number == Some(0) {
            tracing::info!(visit.id = %claim.visit.id, "a visit was taken");
            self.needs().outbox.wake_both(&claim.visit.room_id, &claim.visit.guest_id);
            self.changed(&claim.visit);
        }
        Ok(Some(match self.standing(&claim) {
            ClaimStanding::Mine => Taken::Link(self.host_link(&claim).await?),
            standing => Taken::Not(standing),
        }))
    }

    /// The claim afterwards, and whether the visit was changed.
    async fn take_once(&self, token: &str) -> Result<Option<(ClaimRow, bool)>, AppError> {
        loop {
            let Some(seen) = self.needs().store.claim(&token_hash(token))? else { return Ok(None) };
            let staff_name = seen.staff_name.clone().unwrap_or_else(|| SOMEBODY.into());
            let messages = match self.standing(&seen) {
                ClaimStanding::Open => self.taken_messages(&seen.visit, &seen.staff_email, &staff_name)?,
                _ => Vec::new(),
            };
            let (now, most_hosts) = (self.needs().clock.now(), self.most_hosts(&seen.visit));
            let as_seen = seen.visit.clone();
            let take = move |claim: &ClaimRow| {
                if claim.visit.has_moved_since(&as_seen) { None } else { take(claim, &staff_name, most_hosts, now) }
            };
            match self.needs().store.take_claim(token_hash(token), now, take, messages).await? {
                // Others have been asked meanwhile: they are to hear who takes it, too.
                Some((claim, false)) if claim.visit.has_moved_since(&seen.visit) => {}
                done => return Ok(done),
            }
        }
    }

    /// A host's own link; made anew when the last ones have ended, and beforehand when they soon do.
    async fn host_link(&self, claim: &ClaimRow) -> Result<SecretString, AppError> {
        let mut links = self.open_links(&claim.visit, Side::Host)?;
        if links.is_empty() {
            let renewed = self.renew(&claim.visit.id).await.map_err(super::links::Failure::into_app_error)?;
            links = renewed.map_or_else(|| Ok(Vec::new()), |row| self.open_links(&row, Side::Host))?;
        } else if self.is_renewal_due(&claim.visit) {
            self.renew_soon(claim.visit.id.clone());
        }
        let number = usize::from(claim.host_number.unwrap_or(0));
        // There may be fewer since the configuration was changed.
        links.get(number).or(links.first()).cloned().ok_or(AppError::LinksNotReady)
    }

    /// Whoever took the visit says that it is over.
    pub async fn end(&self, token: &str) -> Result<Option<ClaimStanding>, AppError> {
        let Some(claim) = self.needs().store.claim(&token_hash(token))? else { return Ok(None) };
        if self.standing(&claim) == ClaimStanding::Mine {
            self.happen(&claim.visit.id, VisitEvent::StaffEnded).await?;
        }
        Ok(self.needs().store.claim(&token_hash(token))?.map(|claim| self.standing(&claim)))
    }

    fn most_hosts(&self, visit: &VisitRow) -> u16 {
        self.policy_of(visit).map_or(1, |policy| policy.links.hosts)
    }

    fn standing(&self, claim: &ClaimRow) -> ClaimStanding {
        match claim.visit.state {
            VisitState::Cancelled if claim.visit.starts_at.is_some() => ClaimStanding::CalledOff,
            state if state.is_over() => ClaimStanding::Over(state),
            VisitState::Claimed | VisitState::Joined if claim.host_number.is_some() => ClaimStanding::Mine,
            VisitState::Claimed | VisitState::Joined => {
                let name = claim.visit.staff_name.clone().unwrap_or_else(|| SOMEBODY.into());
                if claim.hosts < self.most_hosts(&claim.visit) { ClaimStanding::CanJoin(name) } else { ClaimStanding::Taken(name) }
            }
            VisitState::Scheduled => ClaimStanding::Later,
            _ => ClaimStanding::Open,
        }
    }
}

/// What one who takes a visit changes; `None` if they come too late or are in it already.
fn take(claim: &ClaimRow, staff_name: &str, most_hosts: u16, now: Timestamp) -> Option<Take> {
    let visit = &claim.visit;
    let is_live = visit.expires_at.is_none_or(|expires_at| now < expires_at);
    match visit.state {
        VisitState::Ringing if is_live => {
            let state_at = now.max(visit.state_at);
            let visit = VisitRow {
                state: super::after(visit.state, VisitEvent::Claimed).ok()?,
                state_at,
                claimed_at: Some(state_at),
                staff_name: Some(staff_name.to_owned()),
                staff_email: Some(claim.staff_email.clone()),
                ..visit.clone()
            };
            Some(Take { visit, host_number: 0 })
        }
        VisitState::Claimed | VisitState::Joined if claim.host_number.is_none() && claim.hosts < most_hosts => {
            Some(Take { visit: visit.clone(), host_number: claim.hosts })
        }
        _ => None,
    }
}

/// A link's text is only ever shown to the one it is for.
impl std::fmt::Debug for Taken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Link(link) => write!(formatter, "Link({} bytes)", link.expose_secret().len()),
            Self::Not(standing) => write!(formatter, "Not({standing:?})"),
        }
    }
}
