//! How staff take a visit: each by a link of their own. Looking at it changes nothing; the first who takes
//! the visit has it, and the same link opens the meeting again until it is over.

use secrecy::{ExposeSecret, SecretString};
use shared::VisitState;

use super::{VisitEvent, Visits, after, purpose};
use crate::{
    error::AppError,
    secrets::token_hash,
    store::{ClaimRow, GuestRow, VisitRow},
};

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
    pub requested_at: shared::Timestamp,
    /// How it stands.
    pub standing: ClaimStanding,
    /// Whose visit it is.
    pub guest: GuestRow,
}

/// How a visit stands for one member of staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimStanding {
    /// It can be taken.
    Open,
    /// They took it; the meeting can be opened again.
    Mine,
    /// Somebody else took it.
    Taken(Option<String>),
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
        let site_name = self.needs().config.site(&row.visit.site_id).map(|site| site.name.clone()).unwrap_or_default();
        Ok(Some(Claim {
            guest_name: guest.display_name.clone(),
            site_name,
            topic: row.visit.topic.clone(),
            requested_at: row.visit.requested_at,
            standing: standing(&row),
            guest,
        }))
    }

    /// Takes the visit, or opens the meeting again for the one who took it.
    pub async fn take(&self, token: &str) -> Result<Option<Taken>, AppError> {
        let now = self.needs().clock.now();
        let take = move |claim: &ClaimRow| {
            let visit = &claim.visit;
            let is_live = visit.expires_at.is_none_or(|expires_at| now < expires_at);
            let is_first = visit.state == VisitState::Ringing && is_live && after(visit.state, VisitEvent::Claimed).is_ok();
            is_first.then(|| VisitRow {
                state: VisitState::Claimed,
                state_at: now.max(visit.state_at),
                claimed_at: Some(now),
                staff_name: claim.staff_name.clone(),
                ..visit.clone()
            })
        };
        let Some((claim, is_changed)) = self.needs().store.take_claim(token_hash(token), now, take).await? else { return Ok(None) };
        if is_changed {
            tracing::info!(visit.id = %claim.visit.id, "a visit was taken");
            self.changed(&claim.visit);
        }
        Ok(Some(match (standing(&claim), &claim.visit.host_link_sealed) {
            (ClaimStanding::Mine, Some(sealed)) => Taken::Link(self.needs().keys.open(&purpose(&claim.visit, "host"), sealed)?),
            (standing, _) => Taken::Not(standing),
        }))
    }

    /// Whoever took the visit says that it is over.
    pub async fn end(&self, token: &str) -> Result<Option<ClaimStanding>, AppError> {
        let Some(claim) = self.needs().store.claim(&token_hash(token))? else { return Ok(None) };
        if standing(&claim) == ClaimStanding::Mine {
            self.happen(&claim.visit.id, VisitEvent::StaffEnded).await?;
        }
        Ok(self.needs().store.claim(&token_hash(token))?.map(|claim| standing(&claim)))
    }
}

fn standing(claim: &ClaimRow) -> ClaimStanding {
    match claim.visit.state {
        state if state.is_over() => ClaimStanding::Over(state),
        VisitState::Claimed | VisitState::Joined if claim.claimed_at.is_some() => ClaimStanding::Mine,
        VisitState::Claimed | VisitState::Joined => ClaimStanding::Taken(claim.visit.staff_name.clone()),
        _ => ClaimStanding::Open,
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
