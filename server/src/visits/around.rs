//! What a visit is about, from all over the house.

use jiff::tz::TimeZone;

use super::Visits;
use crate::{
    config::{MeetingPolicy, SiteConfig},
    store::{GuestRow, StoreError, VisitRow},
    webex::{Bot, Connection},
};

/// A visit's site, guest, rules and bot.
pub(super) struct Around<'a> {
    pub(super) site: &'a SiteConfig,
    pub(super) guest: GuestRow,
    pub(super) policy: &'a MeetingPolicy,
    pub(super) connection: &'a Connection,
    pub(super) bot: &'a Bot,
}

impl Around<'_> {
    /// Where the clock hangs by which staff are told of times.
    pub(super) fn zone(&self) -> TimeZone {
        zone_of(self.site, self.policy)
    }
}

/// Where the clock hangs by which people are told of times.
pub(super) fn zone_of(site: &SiteConfig, policy: &MeetingPolicy) -> TimeZone {
    let hours = policy.hours.as_ref().or(site.hours.as_ref());
    hours.map_or(TimeZone::UTC, |hours| hours.zone.clone())
}

impl Visits {
    /// `None` if the guest is gone, or the site offers no meetings any more.
    pub(super) fn around(&self, row: &VisitRow) -> Result<Option<Around<'_>>, StoreError> {
        let needs = self.needs();
        let Some(guest) = needs.store.guest(&row.guest_id)? else { return Ok(None) };
        let Some(site) = needs.config.site(&row.site_id) else { return Ok(None) };
        let Ok(connection) = needs.connections.of_site(&site.id) else { return Ok(None) };
        let (Some(meetings), Some(bot)) = (site.meetings.as_ref(), connection.bot.as_ref()) else { return Ok(None) };
        Ok(Some(Around { site, guest, policy: meetings.policy(row.topic.as_deref()), connection, bot }))
    }

    /// The rules of a visit's topic.
    pub(super) fn policy_of(&self, row: &VisitRow) -> Option<&MeetingPolicy> {
        Some(self.needs().config.site(&row.site_id)?.meetings.as_ref()?.policy(row.topic.as_deref()))
    }
}
