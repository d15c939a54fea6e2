//! The credentials of a simulator: known inside this process, asked for when it is another one.

use std::time::Duration;

use sandbox::Credentials;
use secrecy::SecretString;
use url::Url;

use crate::{
    access::simulated_addresses,
    config::{BotConfig, Cloud, GuestIssuerConfig, ServiceAppConfig, Wanted},
    live::Live,
    webex::{ConnectionAccess, Upstream},
};

const TIMEOUT: Duration = Duration::from_secs(5);

/// What each connection uses of a simulator that is reached at `origin`.
pub fn access(credentials: &Credentials, origin: &Url, wanted: &[Wanted]) -> Result<Vec<ConnectionAccess>, String> {
    let wrong = |error: url::ParseError| error.to_string();
    let own = Url::parse(&credentials.broker.base).map_err(wrong)?;
    let access = |wanted: &Wanted| {
        let (api_base, broker) = simulated_addresses(origin, &own, wanted.cloud).map_err(wrong)?;
        let (other_api_base, _) = simulated_addresses(origin, &own, wanted.cloud.other()).map_err(wrong)?;
        let is_government = wanted.cloud == Cloud::Government;
        if is_government && (wanted.service_app || wanted.guest_issuer) {
            return Err(format!("{}: the simulated government cloud has a bot only, as the real one", wanted.id));
        }
        let bot = if is_government { &credentials.government.bot } else { &credentials.bot };
        Ok(ConnectionAccess {
            id: wanted.id.clone(),
            cloud: wanted.cloud,
            feed: wanted.feed,
            services_base: api_base.join("/u2c/api/v1").map_err(wrong)?,
            api_base,
            other_api_base,
            broker,
            upstream: Upstream::Network,
            service_app: wanted.service_app.then(|| ServiceAppConfig {
                client_id: credentials.service_app.client_id.clone(),
                client_secret: secret(&credentials.service_app.client_secret),
                refresh_token: secret(&credentials.service_app.refresh_token),
            }),
            guest_issuer: wanted.guest_issuer.then(|| GuestIssuerConfig {
                issuer_id: credentials.guest_issuer.issuer_id.clone(),
                secret: secret(&credentials.guest_issuer.secret),
            }),
            bot: wanted.bot.then(|| BotConfig { access_token: secret(&bot.access_token) }),
        })
    };
    wanted.iter().map(access).collect()
}

fn secret(text: &str) -> Live<SecretString> {
    Live::new(text.to_owned().into())
}

/// Asks the simulator at an address, which the command line has made sure is on this machine.
pub(crate) async fn fetch(address: &Url) -> Result<Credentials, String> {
    let failed = |reason: &dyn std::fmt::Display| {
        format!("there is no simulator at {address} ({reason}); start one with `guest-portal sandbox` and name its address")
    };
    let url = address.join("/sandbox/credentials.json").map_err(|error| failed(&error))?;
    let client = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| failed(&error))?;
    let answer = client.get(url).send().await.and_then(reqwest::Response::error_for_status);
    let answer = answer.map_err(|error| failed(&error.without_url()))?;
    answer.json().await.map_err(|error| failed(&error.without_url()))
}
