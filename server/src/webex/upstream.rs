//! The way a request takes to Webex.

use std::{fmt, pin::Pin, sync::Arc, time::Duration};

use url::Url;

use super::error::WebexError;
use super::resolver::PublicOnly;
use super::send::network;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// An answer, or none because the connection ended first.
pub type Answered = Pin<Box<dyn Future<Output = Option<http::Response<Vec<u8>>>> + Send>>;

/// The way a request takes to Webex.
#[derive(Clone, Default)]
pub enum Upstream {
    /// Over the network.
    #[default]
    Network,
    /// To somebody in this process who plays Webex: for simulations, where nothing may depend on sockets.
    InProcess(Arc<dyn Fn(reqwest::Request) -> Answered + Send + Sync>),
}

impl Upstream {
    /// Sends a request; `time` is what it may take where it does not say so itself.
    pub(crate) async fn send(&self, builder: reqwest::RequestBuilder, time: Duration) -> Result<reqwest::Response, WebexError> {
        match self {
            Self::Network => builder.send().await.map_err(|error| network(&error)),
            Self::InProcess(webex) => {
                let request = builder.build().map_err(|error| network(&error))?;
                let time = request.timeout().copied().unwrap_or(time);
                let answer = tokio::time::timeout(time, webex(request)).await;
                let unclear = |reason: &str| WebexError::Network { reason: reason.to_owned(), is_not_sent: false };
                match answer {
                    Ok(Some(answer)) => Ok(answer.into()),
                    Ok(None) => Err(unclear("the connection ended")),
                    Err(_) => Err(unclear("it took too long")),
                }
            }
        }
    }
}

/// A client for one address of Webex's, and no other: it follows no redirect, which would carry the token to wherever an
/// answer says, and asks no machine of its own network.
pub(crate) fn client_for(base: &Url) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .https_only(base.scheme() == "https")
        .no_proxy()
        .user_agent(concat!("guest-portal/", env!("CARGO_PKG_VERSION")));
    // Only a simulator is talked to without TLS: the machine's certificates need not be read for that.
    if base.scheme() == "https" { builder.dns_resolver(PublicOnly) } else { builder.tls_certs_only([]) }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Network => "Network",
            Self::InProcess(_) => "InProcess",
        })
    }
}
