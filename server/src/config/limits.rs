//! `[limits]` and `[site.limits]`: how much anybody may do.

use std::collections::BTreeMap;

use super::reader::Section;
use crate::limits::{LimitsConfig, OF_PORTAL, OF_SITE, Rate, Rule, Standard};

const STREAMS_PER_SESSION: u32 = 6;
const STREAMS_PER_ADDRESS: u32 = 200;
const CONNECTIONS_PER_ADDRESS: u32 = 1000;
/// What lifts one limit.
const OFF: &str = "off";

/// What is not set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    /// Is what is fit for the open internet.
    Standard,
    /// Is unlimited.
    Bench,
}

/// The section, and what stands for whatever is left out: in `[site.limits]`, too.
pub(super) fn read(section: &Section<'_, '_>) -> (LimitsConfig, Profile) {
    let profile = section.parsed("profile", "`standard`, or `bench` for measuring on a machine nobody else reaches", |text| match text {
        "standard" => Some(Profile::Standard),
        "bench" => Some(Profile::Bench),
        _ => None,
    });
    let profile = profile.ok().flatten().unwrap_or(Profile::Standard);
    let rates = read_rates(section, OF_PORTAL, profile);
    let together = |key: &str, standard: u32| match section.number(key) {
        None => (profile == Profile::Standard).then_some(standard),
        Some(number) => match u32::try_from(number) {
            Ok(0) => None,
            Ok(number) => Some(number),
            Err(_) => {
                section.report(key, "must be a whole number; 0 for any number");
                None
            }
        },
    };
    let limits = LimitsConfig {
        rates,
        streams_per_session: together("streams_per_session", STREAMS_PER_SESSION),
        streams_per_address: together("streams_per_address", STREAMS_PER_ADDRESS),
        connections_per_address: together("connections_per_address", CONNECTIONS_PER_ADDRESS),
    };
    section.finish();
    (limits, profile)
}

/// What one site sets for itself.
pub(super) fn read_of_site(section: &Section<'_, '_>, profile: Profile) -> BTreeMap<Rule, Rate> {
    let rates = read_rates(section, OF_SITE, profile);
    section.finish();
    rates
}

fn read_rates(section: &Section<'_, '_>, rules: &[Standard], profile: Profile) -> BTreeMap<Rule, Rate> {
    let rate = |standard: &Standard| {
        let given = section.parsed(standard.key, "a rate such as \"60/min burst 30\" (per s, min or h), or \"off\"", |text| match text {
            OFF => Some(None),
            text => Rate::parse(text).map(Some),
        });
        let usual = || if profile == Profile::Standard { standard.rate() } else { None };
        Some((standard.rule, given.ok().flatten().unwrap_or_else(usual)?))
    };
    rules.iter().filter_map(rate).collect()
}
