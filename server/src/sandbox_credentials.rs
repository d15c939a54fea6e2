//! The credentials of a simulator: known inside this process, asked for when it is another one.

use std::time::Duration;

use url::Url;

use crate::config::ServiceAppConfig;

const TIMEOUT: Duration = Duration::from_secs(5);

/// What the portal needs of them.
pub(crate) fn of(credentials: &sandbox::Credentials) -> ServiceAppConfig {
    let service_app = &credentials.service_app;
    ServiceAppConfig {
        client_id: service_app.client_id.clone(),
        client_secret: service_app.client_secret.clone().into(),
        refresh_token: service_app.refresh_token.clone().into(),
    }
}

/// Asks the simulator at an address, which the command line has made sure is on this machine.
pub(crate) async fn fetch(address: &Url) -> Result<ServiceAppConfig, String> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let failed = |reason: &dyn std::fmt::Display| {
        format!("there is no simulator at {address} ({reason}); start one with `guest-portal serve --sandbox` and name its address")
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
    let credentials: sandbox::Credentials = answer.json().await.map_err(|error| failed(&error.without_url()))?;
    Ok(of(&credentials))
}
