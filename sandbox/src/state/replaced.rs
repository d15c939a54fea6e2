//! Secrets that somebody replaced in the developer portal: the old ones are refused from that moment. Nobody keeps them over a
//! restart, after which the seeded ones are good again.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Organisation, Refusal, tokens::Token, tokens::TokenKind};
use crate::cloud::Cloud;
use crate::credentials::{BotCredentials, Credentials, SERVICE_APP_EMAIL, ServiceAppCredentials, issuer_key};
use crate::credentials::{person_with_email, seeded_bytes, seeded_hex, seeded_token};

/// What is good in place of the seeded ones.
#[derive(Clone, Debug, Default)]
pub(super) struct Replaced {
    times: u32,
    client_secret: Option<String>,
    issuer_key: Option<[u8; 32]>,
}

impl Organisation {
    /// What Guest Issuer's JWTs are signed with.
    pub(crate) fn issuer_key(&self) -> [u8; 32] {
        self.replaced.issuer_key.unwrap_or_else(issuer_key)
    }

    pub(super) fn require_client(&self, client_id: &str, client_secret: &str) -> Result<(), Refusal> {
        let seeded = ServiceAppCredentials::seeded();
        let wanted = self.replaced.client_secret.as_ref().unwrap_or(&seeded.client_secret);
        if client_id != seeded.client_id || client_secret != wanted {
            return Err(Refusal::invalid("The client id or client secret is invalid."));
        }
        Ok(())
    }

    /// Replaces the service app's client secret and refresh token, the bot's token and the Guest Issuer's secret.
    pub(crate) fn replace_secrets(&mut self, credentials: &mut Credentials) {
        self.replaced.times += 1;
        let label = |what: &str, times: u32| format!("{what}:replaced:{times}");
        let times = self.replaced.times;
        let (client_secret, key) = (seeded_hex(&label("client-secret", times)), seeded_bytes(&label("issuer", times)));
        let refresh_token = seeded_token(Cloud::Commercial, &label("refresh", times));
        let bot_token = seeded_token(Cloud::Commercial, &label("bot", times));
        for old in [&credentials.service_app.refresh_token, &credentials.bot.access_token] {
            self.tokens.remove(old);
        }
        let bot = person_with_email(&BotCredentials::of(Cloud::Commercial).email);
        self.put_token(Token { text: bot_token.clone(), person: bot, kind: TokenKind::Access, expires_at: None });
        let service_app = person_with_email(SERVICE_APP_EMAIL);
        self.put_token(Token { text: refresh_token.clone(), person: service_app, kind: TokenKind::Refresh, expires_at: None });
        credentials.service_app.client_secret.clone_from(&client_secret);
        credentials.service_app.refresh_token = refresh_token;
        credentials.bot.access_token = bot_token;
        credentials.guest_issuer.secret = STANDARD.encode(key);
        (self.replaced.client_secret, self.replaced.issuer_key) = (Some(client_secret), Some(key));
    }
}
