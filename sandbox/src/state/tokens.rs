//! Access tokens and refresh tokens, and how long each is good.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Organisation, PersonKind, Refusal};
use crate::cloud::Cloud;
use crate::credentials::{BotCredentials, SERVICE_APP_EMAIL, ServiceAppCredentials, StaffCredentials, issuer_key};
use crate::credentials::{organisation, person_with_email, seeded_bytes, seeded_hex, seeded_token};
use crate::ids::{OrganisationId, PersonId};
use crate::moment::Moment;

pub(crate) const SERVICE_APP_ACCESS_SECS: i64 = 1_209_599;
pub(crate) const REFRESH_SECS: i64 = 7_775_999;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TokenKind {
    Access,
    Refresh,
}

/// One token that was handed out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(super) text: String,
    pub(super) person: PersonId,
    pub(super) kind: TokenKind,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) expires_at: Option<Moment>,
}

/// What a refresh brings.
pub(crate) struct ServiceAppTokens {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
}

impl Organisation {
    /// Whose token it is, if it is good now.
    pub(crate) fn bearer(&self, text: &str) -> Option<PersonId> {
        let token = self.tokens.get(text)?;
        let is_good = token.kind == TokenKind::Access && token.expires_at.is_none_or(|expires_at| self.now < expires_at);
        is_good.then_some(token.person)
    }

    /// The owner and their kind, of an expired token too.
    pub(crate) fn owner(&self, text: &str) -> Option<(PersonId, PersonKind)> {
        let owner = self.tokens.get(text)?.person;
        self.people.get(&owner).map(|person| (owner, person.kind))
    }

    pub(super) fn put_token(&mut self, token: Token) {
        self.save("token", seeded_hex(&token.text), &token);
        self.tokens.insert(token.text.clone(), token);
    }

    fn next_token_number(&mut self) -> u64 {
        self.tokens_issued += 1;
        let count = self.tokens_issued;
        self.save("tokens_issued", String::new(), &count);
        count
    }

    /// A guest's token: long, and a JWT to those who look.
    pub(super) fn issue_guest_token(&mut self, person: PersonId, life_secs: i64) -> String {
        let number = self.next_token_number();
        let expires_at = self.now.plus_secs(life_secs);
        let text = guest_token(person, number, self.now, expires_at);
        self.put_token(Token { text: text.clone(), person, kind: TokenKind::Access, expires_at: Some(expires_at) });
        text
    }

    /// `POST /access_token`. Using a refresh token renews its 90 days; its text stays.
    pub(crate) fn refresh(&mut self, client_id: &str, client_secret: &str, refresh_token: &str) -> Result<ServiceAppTokens, Refusal> {
        self.require_client(client_id, client_secret)?;
        let known = self.tokens.get(refresh_token).filter(|token| token.kind == TokenKind::Refresh).cloned();
        let is_good = |token: &Token| token.expires_at.is_none_or(|expires_at| self.now < expires_at);
        let Some(token) = known.filter(is_good) else {
            return Err(Refusal::invalid("The refresh token provided is expired, revoked, malformed, or invalid."));
        };
        let access_token = self.issue_service_app_token(token.person);
        self.put_token(Token { expires_at: Some(self.now.plus_secs(REFRESH_SECS)), ..token });
        Ok(ServiceAppTokens { access_token, refresh_token: refresh_token.to_owned() })
    }

    /// `POST /applications/{id}/token`: somebody of the staff plays the developer and the administrator at once.
    pub(crate) fn service_app_tokens(
        &mut self,
        caller: PersonId,
        target: OrganisationId,
        client_id: &str,
        client_secret: &str,
    ) -> Result<ServiceAppTokens, Refusal> {
        if self.person(caller).is_none_or(|person| person.kind != PersonKind::Staff) {
            return Err(Refusal::forbidden("The access token is missing the required scope spark:applications_token."));
        }
        self.require_client(client_id, client_secret)?;
        if target != self.home() {
            return Err(Refusal::not_found("The application is not authorized for the organization."));
        }
        let service_app = person_with_email(SERVICE_APP_EMAIL);
        let refresh_token = ServiceAppCredentials::seeded().refresh_token;
        let expires_at = Some(self.now.plus_secs(REFRESH_SECS));
        self.put_token(Token { text: refresh_token.clone(), person: service_app, kind: TokenKind::Refresh, expires_at });
        Ok(ServiceAppTokens { access_token: self.issue_service_app_token(service_app), refresh_token })
    }

    fn issue_service_app_token(&mut self, person: PersonId) -> String {
        let number = self.next_token_number();
        let text = seeded_token(Cloud::Commercial, &format!("service-app-access-token:{number}"));
        let expires_at = Some(self.now.plus_secs(SERVICE_APP_ACCESS_SECS));
        self.put_token(Token { text: text.clone(), person, kind: TokenKind::Access, expires_at });
        text
    }

    /// Every token that was ever handed out.
    pub(crate) fn token_texts(&self) -> impl Iterator<Item = &str> {
        self.tokens.keys().map(String::as_str)
    }

    /// Ends every token that expires at all, as if its time had passed. For tests of renewal.
    pub(crate) fn expire_access_tokens(&mut self) {
        let now = self.now;
        let live: Vec<Token> = self
            .tokens
            .values()
            .filter(|token| token.kind == TokenKind::Access && token.expires_at.is_some_and(|expires_at| now < expires_at))
            .cloned()
            .collect();
        for token in live {
            self.put_token(Token { expires_at: Some(now), ..token });
        }
    }

    /// The tokens of the first day; those that expire start anew with each start of the sandbox.
    pub(super) fn seed_tokens(&mut self) {
        let profile = self.profile.clone();
        let cloud = profile.cloud;
        let service_app = person_with_email(SERVICE_APP_EMAIL);
        let mut put = |text: String, person, kind, life_secs: Option<i64>| {
            let expires_at = life_secs.map(|secs| self.now.plus_secs(secs));
            self.put_token(Token { text, person, kind, expires_at });
        };
        if cloud == Cloud::Commercial {
            let seeded = ServiceAppCredentials::seeded();
            put(seeded.access_token, service_app, TokenKind::Access, Some(SERVICE_APP_ACCESS_SECS));
            put(seeded.refresh_token, service_app, TokenKind::Refresh, Some(REFRESH_SECS));
        }
        let bot = BotCredentials::of(cloud);
        put(bot.access_token, person_with_email(&bot.email), TokenKind::Access, None);
        for bot in BotCredentials::more(&profile) {
            put(bot.access_token, person_with_email(&bot.email), TokenKind::Access, None);
        }
        for staff in StaffCredentials::of(&profile) {
            put(staff.access_token, person_with_email(&staff.email), TokenKind::Access, None);
        }
    }
}

/// The claims are those seen in real tokens; the filling makes it as long as they are.
fn guest_token(person: PersonId, number: u64, now: Moment, expires_at: Moment) -> String {
    let label = format!("guest-token:{number}");
    let filling: Vec<u8> = (0..24).flat_map(|part| seeded_bytes(&format!("{label}:{part}"))).collect();
    let claims = json!({
        "machine_type": "appuser",
        "user_type": "machine",
        "token_type": "Bearer",
        "token_id": seeded_hex(&label),
        "reference_id": seeded_hex(&format!("{label}:reference")),
        "client_id": format!("C{}", seeded_hex("guest-client")),
        "iss": "https://idbroker.webex.com/idb",
        "realm": organisation(Cloud::Commercial).uuid().to_string(),
        "cis_uuid": person.uuid().to_string(),
        "user_modify_timestamp": now.to_string(),
        "expiry_time": expires_at.ms(),
        "private": URL_SAFE_NO_PAD.encode(filling),
    });
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", encode(r#"{"alg":"RS256"}"#), encode(&claims.to_string()));
    // Nobody verifies it: the token is looked up. The real one is signed with a key pair.
    let signature: Vec<u8> = (0..8).flat_map(|part| seeded_bytes(&format!("{signed}:{part}:{:?}", issuer_key()))).collect();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_guest_token_names_its_organisation_and_is_long() {
        let token = guest_token(PersonId::new(Uuid::nil()), 1, Moment::default(), Moment::default());
        let payload = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok()).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(claims["realm"], organisation(Cloud::Commercial).uuid().to_string());
        assert_eq!(claims["cis_uuid"], Uuid::nil().to_string());
        assert!(token.len() > 2000, "{}", token.len());
    }
}
