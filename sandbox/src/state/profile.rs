//! What stays as it is while a sandbox runs.

use crate::cloud::Cloud;
use crate::credentials::{self, bot_email};
use crate::ids::Cluster;
use crate::seed::{Seed, SeedGuest, SeedPerson, SeedProblem, SeedRoom};

/// One cloud's organisation as it was founded, and where it is reached.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    pub(crate) cloud: Cloud,
    pub(crate) name: String,
    /// Where its rooms are kept.
    pub(crate) cluster: Cluster,
    /// The REST base, e.g. `http://127.0.0.1:8081/v1`.
    pub(crate) api_base: String,
    pub(crate) staff: Vec<SeedPerson>,
    /// Beside the one every organisation has.
    pub(crate) more_bots: Vec<SeedPerson>,
    pub(crate) guests: Vec<SeedGuest>,
    pub(crate) rooms: Vec<SeedRoom>,
}

impl Profile {
    /// The commercial cloud's organisation.
    pub(crate) fn commercial(seed: &Seed, base_url: &str) -> Result<Self, SeedProblem> {
        seed.check(&[bot_email(Cloud::Commercial), credentials::SERVICE_APP_EMAIL])?;
        let Seed { organisation, cluster: _, staff, bots, guests, rooms } = seed.clone();
        let built_in = Self::built_in(Cloud::Commercial, base_url);
        Ok(Self {
            name: organisation.unwrap_or(built_in.name),
            cluster: seed.cluster()?,
            staff: if staff.is_empty() { built_in.staff } else { staff },
            more_bots: bots,
            guests,
            rooms,
            ..built_in
        })
    }

    /// That of the government's cloud.
    pub(crate) fn government(base_url: &str) -> Self {
        Self::built_in(Cloud::Government, base_url)
    }

    fn built_in(cloud: Cloud, base_url: &str) -> Self {
        let (name, staff): (_, &[(&str, &str)]) = match cloud {
            Cloud::Commercial => (
                "Sandbox Company",
                &[
                    ("Grace Hopper", "grace@sandbox.example"),
                    ("Linus Pauling", "linus@sandbox.example"),
                    ("Maria Sanchez", "maria@sandbox.example"),
                ],
            ),
            Cloud::Government => ("Sandbox Agency", &[("Hedy Lamarr", "hedy@gov.sandbox.example")]),
        };
        let person = |(name, email): &(&str, &str)| SeedPerson { name: (*name).to_owned(), email: (*email).to_owned() };
        Self {
            cloud,
            name: name.to_owned(),
            api_base: format!("{base_url}{}/v1", cloud.prefix()),
            staff: staff.iter().map(person).collect(),
            ..Self::default()
        }
    }
}
