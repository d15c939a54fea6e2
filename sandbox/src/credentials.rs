//! Every id, secret and token a client of the sandbox needs: what the developer portal of the real Webex shows once.
//!
//! All of them are derived from fixed labels, so that they are the same in every sandbox and a configuration that works
//! once works always. They protect nothing: the sandbox listens on loopback only.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::{OrganisationId, PersonId, seeded_uuid};

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
    /// The people who answer.
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

pub(crate) const ORGANISATION_NAME: &str = "Sandbox Company";
pub(crate) const BOT_EMAIL: &str = "guest-portal@webex.bot";
pub(crate) const BOT_NAME: &str = "Guest Portal Bot";
pub(crate) const SERVICE_APP_EMAIL: &str = "guest-portal@serviceapp.webex.com";
pub(crate) const SERVICE_APP_NAME: &str = "Guest Portal";

/// First name, last name, address of everybody who answers.
pub(crate) const STAFF: [(&str, &str, &str); 3] = [
    ("Grace", "Hopper", "grace@sandbox.example"),
    ("Linus", "Pauling", "linus@sandbox.example"),
    ("Maria", "Sanchez", "maria@sandbox.example"),
];

/// 32 bytes that are the same in every sandbox.
pub(crate) fn seeded_bytes(label: &str) -> [u8; 32] {
    Sha256::digest(format!("guest-portal-sandbox:{label}")).into()
}

/// The same as 64 hex digits.
pub(crate) fn seeded_hex(label: &str) -> String {
    seeded_bytes(label).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An opaque token that ends in the organisation, as the JavaScript SDK wants it.
pub(crate) fn seeded_token(label: &str) -> String {
    format!("{}_SBX1_{}", seeded_hex(label), organisation().uuid())
}

pub(crate) fn organisation() -> OrganisationId {
    OrganisationId::new(seeded_uuid("organisation"))
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

impl Credentials {
    pub(crate) fn new(base_url: &str) -> Self {
        let organisation = organisation();
        Self {
            api_base: format!("{base_url}/v1"),
            organisation: OrganisationIds {
                id: organisation.public(),
                uuid: organisation.uuid().to_string(),
                name: ORGANISATION_NAME.to_owned(),
            },
            guest_issuer: GuestIssuerCredentials { issuer_id: issuer().public(), secret: STANDARD.encode(issuer_key()) },
            service_app: ServiceAppCredentials {
                client_id: format!("C{}", seeded_hex("service-app-client")),
                client_secret: seeded_hex("service-app-client-secret"),
                refresh_token: seeded_token("service-app-refresh-token"),
                access_token: seeded_token("service-app-access-token"),
                person_id: person_with_email(SERVICE_APP_EMAIL).public(),
                email: SERVICE_APP_EMAIL.to_owned(),
            },
            bot: BotCredentials {
                access_token: seeded_token("bot-access-token"),
                person_id: person_with_email(BOT_EMAIL).public(),
                email: BOT_EMAIL.to_owned(),
            },
            staff: STAFF
                .iter()
                .map(|(first_name, last_name, email)| StaffCredentials {
                    email: (*email).to_owned(),
                    display_name: format!("{first_name} {last_name}"),
                    person_id: person_with_email(email).public(),
                    access_token: seeded_token(&format!("staff-access-token:{email}")),
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_issuer_secret_is_44_characters_for_32_bytes() {
        assert_eq!(Credentials::new("").guest_issuer.secret.len(), 44);
    }

    #[test]
    fn a_token_has_three_parts_and_ends_in_the_organisation() {
        let credentials = Credentials::new("");
        let parts: Vec<&str> = credentials.bot.access_token.split('_').collect();
        assert_eq!(parts.len(), 3);
        assert_eq!(parts.last().copied(), Some(credentials.organisation.uuid.as_str()));
    }
}
