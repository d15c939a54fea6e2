//! The calls about Mercury and the services beside it, one short function each. Their addresses come from Webex's catalogue, and
//! are asked only where they are Webex's own: the token goes with every request.

use reqwest::{Method, StatusCode, Upgraded, header};
use secrecy::SecretString;
use tokio_tungstenite::tungstenite::handshake::{client::generate_key, derive_accept_key};
use url::Url;

use super::{
    error::WebexError,
    send::WebexClient,
    wire::mercury::{self, Catalog, Device, Devices, NewDevice, NewTyping},
};

/// Under these names, and nowhere else, Webex has its services.
const DOMAINS: [&str; 3] = ["wbx2.com", "webex.com", "ciscospark.com"];

impl WebexClient {
    /// `GET {u2c}/catalog`: where the services are.
    pub async fn catalog(&self, token: SecretString) -> Result<Catalog, WebexError> {
        self.request(Method::GET, "catalog")?.token(&token).query(&[("format", "hostmap")]).send().await
    }

    /// `GET {wdm}/devices`: the caller's own; none is an answer, too.
    pub async fn devices(&self, token: SecretString, wdm: &str) -> Result<Devices, WebexError> {
        match self.request_url(Method::GET, self.service(wdm, "devices")?).token(&token).send().await {
            Err(WebexError::Status { status: 404, .. }) => Ok(Devices::default()),
            other => other,
        }
    }

    /// `POST {wdm}/devices`.
    pub async fn create_device(&self, token: SecretString, wdm: &str, name: &str) -> Result<Device, WebexError> {
        self.request_url(Method::POST, self.service(wdm, "devices")?).token(&token).json(&NewDevice::named(name)).send().await
    }

    /// `PUT {device}`: it is still needed.
    pub async fn renew_device(&self, token: SecretString, device: &str, name: &str) -> Result<(), WebexError> {
        self.request_url(Method::PUT, self.service(device, "")?).token(&token).json(&NewDevice::named(name)).send_for_nothing().await
    }

    /// `DELETE {device}`; one that is gone is as good as deleted.
    pub async fn delete_device(&self, token: SecretString, device: &str) -> Result<(), WebexError> {
        match self.request_url(Method::DELETE, self.service(device, "")?).token(&token).send_for_nothing().await {
            Err(WebexError::Status { status: 404, .. }) => Ok(()),
            other => other,
        }
    }

    /// `POST {conversation}/conversations/{uuid}/status/typing`.
    pub async fn tell_typing(&self, token: SecretString, conversation: &str, room: &str, is_typing: bool) -> Result<(), WebexError> {
        let url = self.service(conversation, &format!("conversations/{room}/status/typing"))?;
        self.request_url(Method::POST, url).token(&token).json(&NewTyping::new(room, is_typing)).send_for_nothing().await
    }

    /// `POST {conversation}/conversations/{uuid}/activities`: the caller has read a room up to a message.
    pub async fn acknowledge(&self, token: SecretString, conversation: &str, room: &str, message: &str) -> Result<(), WebexError> {
        let room_url = self.service(conversation, &format!("conversations/{room}"))?;
        let url = self.service(conversation, &format!("conversations/{room}/activities"))?;
        let said = mercury::acknowledgement(room, room_url.as_str(), message);
        self.request_url(Method::POST, url).token(&token).json(&said).send_for_nothing().await
    }

    /// Opens a WebSocket.
    pub async fn open_socket(&self, token: SecretString, address: &str) -> Result<Upgraded, WebexError> {
        let mut url = self.service(address, "")?;
        url.query_pairs_mut().append_pair("outboundWireFormat", "text").append_pair("bufferStates", "true");
        let key = generate_key();
        let request = self
            .request_url(Method::GET, url)
            .token(&token)
            .header(header::CONNECTION, "Upgrade")
            .header(header::UPGRADE, "websocket")
            .header(header::SEC_WEBSOCKET_VERSION, "13")
            .header(header::SEC_WEBSOCKET_KEY, &key);
        let response = request.send_for_upgrade().await?;
        let accepted = response.headers().get(header::SEC_WEBSOCKET_ACCEPT).map(header::HeaderValue::as_bytes);
        if response.status() != StatusCode::SWITCHING_PROTOCOLS || accepted != Some(derive_accept_key(key.as_bytes()).as_bytes()) {
            return Err(WebexError::Inside(format!("a websocket was answered with {}", response.status())));
        }
        response.upgrade().await.map_err(|error| super::send::network(&error))
    }

    /// An address that the catalogue or a device names, and a path below it. The scheme of sockets is that of requests.
    fn service(&self, address: &str, path: &str) -> Result<Url, WebexError> {
        let strange = || WebexError::Inside("webex named an address that is none of its own".into());
        let address = match address.strip_prefix("ws") {
            Some(rest) => format!("http{rest}"),
            None => address.to_owned(),
        };
        let mut url = Url::parse(&address).map_err(|_| strange())?;
        let is_webex = url.scheme() == "https"
            && url.port().is_none()
            && url.host_str().is_some_and(|host| DOMAINS.iter().any(|domain| host == *domain || host.ends_with(&format!(".{domain}"))));
        if !is_webex && url.origin() != self.base().origin() {
            return Err(strange());
        }
        if !path.is_empty() {
            let below = format!("{}/{path}", url.path().trim_end_matches('/'));
            url.set_path(&below);
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::Clock, webex::Upstream};

    fn client(base: &str) -> WebexClient {
        let _ = rustls::crypto::ring::default_provider().install_default();
        WebexClient::new(Url::parse(base).unwrap(), Upstream::Network, Clock::system()).unwrap()
    }

    #[test]
    fn only_webexs_own_addresses_are_given_a_token() {
        let webex = client("https://u2c.wbx2.com/u2c/api/v1");
        for own in ["https://wdm-a.wbx2.com/wdm/api/v1", "wss://mercury-connection-a.wbx2.com/x", "https://conv.ciscospark.com"] {
            assert!(webex.service(own, "x").is_ok(), "{own}");
        }
        let others = [
            "http://wdm-a.wbx2.com/",
            "ws://mercury.wbx2.com/",
            "https://wbx2.com.evil.example/",
            "https://evilwbx2.com/",
            "https://wdm-a.wbx2.com:8443/",
            "https://wbx2.com@evil.example/",
            "http://127.0.0.1/",
            "file:///etc/passwd",
            "nonsense",
        ];
        for other in others {
            assert!(webex.service(other, "x").is_err(), "{other}");
        }
    }

    #[test]
    fn the_simulators_sockets_are_where_it_is() {
        let simulator = client("http://127.0.0.1:8081/u2c/api/v1");
        assert_eq!(simulator.service("ws://127.0.0.1:8081/socket/1", "").unwrap().as_str(), "http://127.0.0.1:8081/socket/1");
        assert_eq!(simulator.service("http://127.0.0.1:8081/wdm/", "devices").unwrap().path(), "/wdm/devices");
        assert!(simulator.service("ws://127.0.0.1:8082/socket/1", "").is_err());
    }
}
