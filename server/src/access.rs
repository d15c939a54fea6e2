//! From what is configured to what it takes to connect: addresses of the real Webex, or of a simulator.

use url::Url;

use crate::{
    config::{Cloud, ConnectionConfig},
    instant_connect::BrokerAccess,
    webex::{ConnectionAccess, Upstream},
};

/// The real Webex.
pub fn live(connections: &[ConnectionConfig]) -> Result<Vec<ConnectionAccess>, url::ParseError> {
    let access = |connection: &ConnectionConfig| {
        let page_base = Url::parse(connection.cloud.page_base())?;
        Ok(ConnectionAccess {
            id: connection.id.clone(),
            cloud: connection.cloud,
            feed: connection.feed,
            api_base: Url::parse(connection.cloud.api_base())?,
            services_base: Url::parse(connection.cloud.services_base())?,
            other_api_base: Url::parse(connection.cloud.other().api_base())?,
            broker: BrokerAccess { base: Url::parse(connection.cloud.broker_base())?, page_origins: vec![page_base.origin()], page_base },
            upstream: Upstream::Network,
            service_app: connection.service_app.clone(),
            guest_issuer: connection.guest_issuer.clone(),
            bot: connection.bot.clone(),
        })
    };
    connections.iter().map(access).collect()
}

/// A simulator's addresses of one cloud, at this origin.
#[cfg_attr(not(feature = "sandbox"), allow(dead_code, reason = "there is no simulator in this build"))]
pub(crate) fn simulated_addresses(origin: &Url, own: &Url, cloud: Cloud) -> Result<(Url, BrokerAccess), url::ParseError> {
    let folder = match cloud {
        Cloud::Commercial => "/",
        Cloud::Government => "/gov/",
    };
    let base = origin.join(folder)?;
    let page_base = own.join(folder)?;
    let broker = BrokerAccess { page_origins: vec![own.origin(), origin.origin()], page_base, base: base.clone() };
    Ok((base.join("v1")?, broker))
}
