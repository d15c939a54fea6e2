//! How much anybody may do: so often ([`Rule`]), and so many at once. Whatever a limit refuses is refused with the time after which
//! it will be taken.

mod address;
mod layer;
mod meter;
mod rate;
mod rules;
mod together;

use std::{
    collections::{BTreeMap, HashMap},
    hash::Hash,
};

use shared::SiteId;

pub(crate) use address::Peer;
pub use address::{ClientAddress, TrustedProxies};
pub use layer::{count_by_guest, count_link, note_client};
pub use rate::Rate;
pub use rules::{OF_PORTAL, OF_SITE, Rule, Standard};
pub(crate) use together::{Place, Together};

use crate::{clock::Clock, config::Config, error::AppError, metrics};
use meter::Meter;

/// What is configured of them: rules that are missing do not apply.
#[derive(Clone, Debug, Default)]
pub struct LimitsConfig {
    /// How often.
    pub rates: BTreeMap<Rule, Rate>,
    /// `streams_per_session`: how many streams one session may have open; `None`: any number.
    pub streams_per_session: Option<u32>,
    /// `streams_per_address`: the same for one address.
    pub streams_per_address: Option<u32>,
    /// `connections_per_address`: how many connections one address may have open; `None`: any number.
    pub connections_per_address: Option<u32>,
}

/// How much was done lately.
pub struct Limits {
    of_portal: HashMap<Rule, Meter>,
    of_sites: HashMap<(SiteId, Rule), Meter>,
    streams_of_sessions: Together<Vec<u8>>,
    streams_of_addresses: Together<ClientAddress>,
}

/// The places a stream has taken; it gives them back when it ends.
pub struct StreamPlace {
    _places: (Place<Vec<u8>>, Place<ClientAddress>),
}

impl Limits {
    /// Nothing was done yet.
    pub fn new(config: &Config, clock: &Clock) -> Self {
        let meter = |rate: &Rate| Meter::new(*rate, clock.clone());
        let limits = &config.limits;
        let of_portal = limits.rates.iter().filter_map(|(rule, rate)| Some((*rule, meter(rate)?))).collect();
        let of_site = |site: &SiteId, rates: &BTreeMap<Rule, Rate>| {
            rates.iter().filter_map(|(rule, rate)| Some(((site.clone(), *rule), meter(rate)?))).collect::<Vec<_>>()
        };
        Self {
            of_portal,
            of_sites: config.sites.iter().flat_map(|site| of_site(&site.id, &site.limits)).collect(),
            streams_of_sessions: Together::new(limits.streams_per_session),
            streams_of_addresses: Together::new(limits.streams_per_address),
        }
    }

    /// Somebody does it once more.
    ///
    /// # Errors
    ///
    /// [`AppError::TooMuch`] if that is more than is allowed.
    pub fn count(&self, rule: Rule, whose: impl Hash) -> Result<(), AppError> {
        refuse(rule, self.of_portal.get(&rule).map(|meter| meter.count(whose)))
    }

    /// It is done once more on a site.
    ///
    /// # Errors
    ///
    /// [`AppError::TooMuch`] if that is more than is allowed.
    pub fn count_on_site(&self, rule: Rule, site_id: &SiteId) -> Result<(), AppError> {
        refuse(rule, self.of_sites.get(&(site_id.clone(), rule)).map(|meter| meter.count(())))
    }

    /// One more stream, if there is room.
    ///
    /// # Errors
    ///
    /// [`AppError::TooManyStreams`] or [`AppError::TooManyStreamsHere`].
    pub fn open_stream(&self, session_hash: Vec<u8>, address: ClientAddress) -> Result<StreamPlace, AppError> {
        let of_session = self.streams_of_sessions.enter(session_hash).ok_or(AppError::TooManyStreams)?;
        let of_address = self.streams_of_addresses.enter(address).ok_or(AppError::TooManyStreamsHere)?;
        Ok(StreamPlace { _places: (of_session, of_address) })
    }
}

fn refuse(rule: Rule, counted: Option<Result<(), std::time::Duration>>) -> Result<(), AppError> {
    match counted {
        Some(Err(wait)) => {
            metrics::limited(rule);
            Err(AppError::TooMuch { rule, wait })
        }
        _ => Ok(()),
    }
}
