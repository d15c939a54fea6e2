//! The catalogue: which service is where. Clients ask for it first.

use std::collections::BTreeMap;

use axum::extract::State;
use serde::{Serialize, Serializer};

use super::base::{Base, CONVERSATION, WDM};
use crate::app::App;
use crate::rest::{Answer, Caller};

/// The services that are there.
const SERVED: [(&str, &str); 5] = [
    // Clients that look a room's region up by its host take the first service they find there: it has to be this one.
    ("conversation", CONVERSATION),
    ("wdm", WDM),
    ("hydra", "/v1"),
    ("u2c", "/u2c/api/v1"),
    ("metrics", "/metrics/api/v1"),
];

/// Those that clients only want to see named.
const NAMED: [&str; 17] = [
    "atlas",
    "broadworksIdpProxy",
    "clientLogs",
    "ecomm",
    "encryption",
    "fms",
    "idbroker",
    "idbroker-guest",
    "identity",
    "identity-guest-cs",
    "license",
    "meetingRegistry",
    "mercuryConnection",
    "oauth-helper",
    "settings-service",
    "web-authentication",
    "webex-appapi-service",
];

/// The name of each service and its address, in this order.
struct ServiceLinks(Base);

impl Serialize for ServiceLinks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let served = SERVED.iter().map(|(name, path)| (*name, self.0.url(path)));
        let named = NAMED.iter().map(|name| (*name, self.0.url(&format!("/{name}/api/v1"))));
        serializer.collect_map(served.chain(named))
    }
}

#[derive(Serialize)]
struct Host {
    /// Without the port, which clients add themselves.
    host: String,
    ttl: i32,
    priority: u32,
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Catalogue {
    service_links: ServiceLinks,
    /// By host and port.
    host_catalog: BTreeMap<String, [Host; 1]>,
    format: &'static str,
}

/// The oldest region has no name in ids; among hosts it is called this.
const US_REGION: &str = "urn:TEAM:us-east-2_a";

impl Catalogue {
    fn new(base: Base, cluster: &str) -> Self {
        let authority = base.authority().to_owned();
        let region = if cluster.starts_with("urn:") { cluster } else { US_REGION };
        let host = Host { host: without_port(&authority).to_owned(), ttl: -1, priority: 1, id: format!("{region}:identityLookup") };
        Self { service_links: ServiceLinks(base), host_catalog: BTreeMap::from([(authority, [host])]), format: "hostmap" }
    }
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// What everybody may know.
pub(super) async fn get_catalogue(State(app): State<App>, base: Base) -> Answer<Catalogue> {
    app.world.read(|organisation| Answer::new(Catalogue::new(base, organisation.cluster().as_str())))
}

/// The same, for somebody.
pub(super) async fn get_own_catalogue(app: State<App>, _: Caller, base: Base) -> Answer<Catalogue> {
    get_catalogue(app, base).await
}

/// Where the client is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Region {
    region_code: &'static str,
    country_code: &'static str,
    timezone: &'static str,
}

pub(super) async fn get_region() -> Answer<Region> {
    Answer::new(Region { region_code: "US-EAST", country_code: "US", timezone: "America/New_York" })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::cloud::Cloud;

    fn catalogue(host: &str, cloud: Cloud, cluster: &str) -> (String, Value) {
        let text = serde_json::to_string(&Catalogue::new(Base::new(host, cloud), cluster)).unwrap();
        (text.clone(), serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn the_conversation_service_comes_first() {
        let (text, _) = catalogue("127.0.0.1:8081", Cloud::Commercial, "us");
        assert!(text.starts_with(r#"{"serviceLinks":{"conversation":"http://127.0.0.1:8081/conversation/api/v1","wdm""#), "{text}");
    }

    #[test]
    fn a_host_is_found_by_its_port_and_named_without_it() {
        let (_, catalogue) = catalogue("127.0.0.1:8081", Cloud::Commercial, "us");
        let host = json!([{ "host": "127.0.0.1", "ttl": -1, "priority": 1, "id": "urn:TEAM:us-east-2_a:identityLookup" }]);
        assert_eq!(catalogue["hostCatalog"], json!({ "127.0.0.1:8081": host }));
        assert_eq!([without_port("[::1]:8081"), without_port("[::1]"), without_port("localhost")], ["[::1]", "[::1]", "localhost"]);
    }

    #[test]
    fn another_region_and_the_other_cloud_have_names_of_their_own() {
        let (_, catalogue) = catalogue("localhost:1", Cloud::Government, "urn:TEAM:eu-central-1_k");
        assert_eq!(catalogue["hostCatalog"]["localhost:1"][0]["id"], "urn:TEAM:eu-central-1_k:identityLookup");
        assert_eq!(catalogue["serviceLinks"]["hydra"], "http://localhost:1/gov/v1");
    }

    #[test]
    fn every_service_that_clients_insist_on_is_named_once() {
        let names: Vec<&str> = SERVED.iter().map(|(name, _)| *name).chain(NAMED).collect();
        let mut once = names.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), names.len());
        let insisted = [
            "atlas",
            "broadworksIdpProxy",
            "clientLogs",
            "ecomm",
            "fms",
            "idbroker",
            "idbroker-guest",
            "identity",
            "identity-guest-cs",
            "license",
            "meetingRegistry",
            "metrics",
            "oauth-helper",
            "settings-service",
            "u2c",
            "wdm",
            "web-authentication",
            "webex-appapi-service",
            "conversation",
            "hydra",
        ];
        assert!(insisted.iter().all(|name| names.contains(name)));
    }
}
