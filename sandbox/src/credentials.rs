//! Every id, secret and token a client of the sandbox needs: what the developer portal of the real Webex shows once.
//!
//! All of them are derived from fixed labels, so that they are the same in every sandbox and a configuration that works
//! once works always. They protect nothing: the sandbox listens on loopback only.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::cloud::Cloud;
use crate::ids::{OrganisationId, PersonId, seeded_uuid};
use crate::seed::SeedPerson;
use crate::state::Profile;

/// What `GET /sandbox/credentials.json` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// The REST base to configure, e.g. `http://127.0.0.1:8081/v1`.
    pub api_base: String,
    /// The organisation everybody belongs to.
    pub organisation: OrganisationIds,
    /// The legacy way of vouching for guests.
    pub guest_issuer: GuestIssuerCredentials,
    /// The current way of vouching for guests, and a person of its own.
    pub service_app: ServiceAppCredentials,
    /// The bot.
    pub bot: BotCredentials,
    /// Further bots, where the seed names any.
    pub more_bots: Vec<BotCredentials>,
    /// The people who answer.
    pub staff: Vec<StaffCredentials>,
    /// Instant Connect's service of the commercial cloud.
    pub broker: BrokerCredentials,
    /// The other cloud: a base for its API, another for its broker, people of its own, and neither way of vouching.
    pub government: GovernmentCredentials,
}

/// Where links are minted, and what makes and opens them. The two secrets are Webex's own: no real client has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerCredentials {
    /// The base to configure, e.g. `http://127.0.0.1:8081`; minting is a `POST` to `/api/v2/joseencrypt` below it.
    pub base: String,
    /// What the outer layer of a cipher is encrypted with, in both clouds.
    pub jwe_password: String,
    /// What the inner layer is signed with, in both clouds: the characters are the key.
    pub jws_secret: String,
}

/// What there is in the government's cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GovernmentCredentials {
    /// The REST base to configure, e.g. `http://127.0.0.1:8081/gov/v1`.
    pub api_base: String,
    /// The broker's base to configure, e.g. `http://127.0.0.1:8081/gov`.
    pub broker_base: String,
    /// The organisation everybody there belongs to.
    pub organisation: OrganisationIds,
    /// Its bot.
    pub bot: BotCredentials,
    /// Its people who answer.
    pub staff: Vec<StaffCredentials>,
}

/// The organisation's name and ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationIds {
    /// As it stands in `orgId`.
    pub id: String,
    /// The UUID inside.
    pub uuid: String,
    /// What it is called.
    pub name: String,
}

/// What signs guest JWTs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestIssuerCredentials {
    /// The claim `iss`.
    pub issuer_id: String,
    /// Base64 of the 32 bytes that sign.
    pub secret: String,
}

/// The service app's client and its tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAppCredentials {
    /// For the refresh.
    pub client_id: String,
    /// For the refresh.
    pub client_secret: String,
    /// Renews for 90 days with every use and stays the same.
    pub refresh_token: String,
    /// Good for 14 days from the start of the sandbox.
    pub access_token: String,
    /// The service app is a person too.
    pub person_id: String,
    /// Its address.
    pub email: String,
}

/// The bot's token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BotCredentials {
    /// Never expires.
    pub access_token: String,
    /// The bot as a person.
    pub person_id: String,
    /// Its address.
    pub email: String,
}

/// One member of staff, with the token their Webex app would hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffCredentials {
    /// Their address.
    pub email: String,
    /// Their name.
    pub display_name: String,
    /// Their person id.
    pub person_id: String,
    /// Never expires.
    pub access_token: String,
}

pub(crate) const BOT_NAME: &str = "Guest Portal Bot";
pub(crate) const SERVICE_APP_EMAIL: &str = "guest-portal@serviceapp.webex.com";
pub(crate) const SERVICE_APP_NAME: &str = "Guest Portal";

pub(crate) const fn bot_email(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Commercial => "guest-portal@webex.bot",
        Cloud::Government => "guest-portal@gov.webex.bot",
    }
}

/// 32 bytes that are the same in every sandbox.
pub(crate) fn seeded_bytes(label: &str) -> [u8; 32] {
    Sha256::digest(format!("guest-portal-sandbox:{label}")).into()
}

/// The same as 64 hex digits.
pub(crate) fn seeded_hex(label: &str) -> String {
    seeded_bytes(label).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An opaque token that ends in the organisation, as the JavaScript SDK wants it.
pub(crate) fn seeded_token(cloud: Cloud, label: &str) -> String {
    let cluster = if cloud == Cloud::Commercial { "SBX1" } else { "GOV1" };
    format!("{}_{cluster}_{}", seeded_hex(label), organisation(cloud).uuid())
}

pub(crate) fn organisation(cloud: Cloud) -> OrganisationId {
    OrganisationId::new(seeded_uuid(cloud.seed_label()))
}

/// Both are as long as the strictest library asks for.
pub(crate) fn jwe_password() -> String {
    seeded_hex("broker-jwe-password")
}

pub(crate) fn jws_secret() -> String {
    format!("{}{}", seeded_hex("broker-jws-secret"), seeded_hex("broker-jws-secret-more"))
}

/// The id of somebody whose address is their identity.
pub(crate) fn person_with_email(email: &str) -> PersonId {
    PersonId::new(seeded_uuid(&format!("person:{}", email.to_lowercase())))
}

pub(crate) fn issuer() -> OrganisationId {
    OrganisationId::new(seeded_uuid("guest-issuer"))
}

pub(crate) fn issuer_key() -> [u8; 32] {
    seeded_bytes("guest-issuer-secret")
}

impl OrganisationIds {
    fn of(profile: &Profile) -> Self {
        let id = organisation(profile.cloud);
        Self { id: id.public(), uuid: id.uuid().to_string(), name: profile.name.clone() }
    }
}

impl BotCredentials {
    pub(crate) fn of(cloud: Cloud) -> Self {
        let label = if cloud == Cloud::Commercial { "bot-access-token" } else { "government-bot-access-token" };
        let email = bot_email(cloud);
        Self { access_token: seeded_token(cloud, label), person_id: person_with_email(email).public(), email: email.to_owned() }
    }

    /// Those of the seed.
    pub(crate) fn more(profile: &Profile) -> Vec<Self> {
        let one = |SeedPerson { email, .. }: &SeedPerson| Self {
            access_token: seeded_token(profile.cloud, &format!("bot-access-token:{email}")),
            person_id: person_with_email(email).public(),
            email: email.clone(),
        };
        profile.more_bots.iter().map(one).collect()
    }
}

impl StaffCredentials {
    pub(crate) fn of(profile: &Profile) -> Vec<Self> {
        let one = |SeedPerson { name, email }: &SeedPerson| Self {
            email: email.clone(),
            display_name: name.clone(),
            person_id: person_with_email(email).public(),
            access_token: seeded_token(profile.cloud, &format!("staff-access-token:{email}")),
        };
        profile.staff.iter().map(one).collect()
    }
}

impl ServiceAppCredentials {
    pub(crate) fn seeded() -> Self {
        let token = |label| seeded_token(Cloud::Commercial, label);
        Self {
            client_id: format!("C{}", seeded_hex("service-app-client")),
            client_secret: seeded_hex("service-app-client-secret"),
            refresh_token: token("service-app-refresh-token"),
            access_token: token("service-app-access-token"),
            person_id: person_with_email(SERVICE_APP_EMAIL).public(),
            email: SERVICE_APP_EMAIL.to_owned(),
        }
    }
}

impl Credentials {
    pub(crate) fn new(base_url: &str, commercial: &Profile, government: &Profile) -> Self {
        Self {
            api_base: commercial.api_base.clone(),
            organisation: OrganisationIds::of(commercial),
            guest_issuer: GuestIssuerCredentials { issuer_id: issuer().public(), secret: STANDARD.encode(issuer_key()) },
            service_app: ServiceAppCredentials::seeded(),
            bot: BotCredentials::of(Cloud::Commercial),
            more_bots: BotCredentials::more(commercial),
            staff: StaffCredentials::of(commercial),
            broker: BrokerCredentials { base: base_url.to_owned(), jwe_password: jwe_password(), jws_secret: jws_secret() },
            government: GovernmentCredentials {
                api_base: government.api_base.clone(),
                broker_base: format!("{base_url}{}", Cloud::Government.prefix()),
                organisation: OrganisationIds::of(government),
                bot: BotCredentials::of(Cloud::Government),
                staff: StaffCredentials::of(government),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    fn credentials() -> Credentials {
        Credentials::new("", &Profile::commercial(&Seed::default(), "").unwrap(), &Profile::government(""))
    }

    #[test]
    fn the_issuer_secret_is_44_characters_for_32_bytes() {
        assert_eq!(credentials().guest_issuer.secret.len(), 44);
    }

    #[test]
    fn a_token_has_three_parts_and_ends_in_the_organisation() {
        let credentials = credentials();
        let parts: Vec<&str> = credentials.bot.access_token.split('_').collect();
        assert_eq!(parts.len(), 3);
        assert_eq!(parts.last().copied(), Some(credentials.organisation.uuid.as_str()));
    }

    #[test]
    fn the_clouds_share_no_token_and_the_signing_secret_is_long_enough_for_every_library() {
        let credentials = credentials();
        assert_ne!(credentials.bot.access_token, credentials.government.bot.access_token);
        assert!(credentials.government.bot.access_token.ends_with(&credentials.government.organisation.uuid));
        assert!(credentials.broker.jws_secret.len() >= 64);
    }
}
