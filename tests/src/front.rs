//! HTTPS in front of a portal, as its owner's proxy does it, with a certificate that nobody vouches for.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, OnceLock},
};

use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};
use tokio_rustls::TlsAcceptor;

/// Takes connections from browsers and hands on what is in them. Ends with the value.
pub struct Front {
    address: SocketAddr,
    portal: Arc<OnceLock<SocketAddr>>,
    task: AbortHandle,
}

impl Front {
    /// Listens at a free port.
    pub async fn start() -> Self {
        Self::start_at(Ipv4Addr::LOCALHOST).await
    }

    /// The same at another address of this machine: to browsers, another site.
    pub async fn start_at(host: Ipv4Addr) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let own = rcgen::generate_simple_self_signed([host.to_string()]).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![own.cert.der().clone()], key);
        let acceptor = TlsAcceptor::from(Arc::new(config.expect("a certificate with its key")));
        let listener = TcpListener::bind((host, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let portal = Arc::new(OnceLock::new());
        let behind = portal.clone();
        let task = tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                let (acceptor, behind) = (acceptor.clone(), behind.clone());
                tokio::spawn(async move { hand_on(&acceptor, browser, behind.get().copied()).await });
            }
        });
        Self { address, portal, task: task.abort_handle() }
    }

    /// Where the browser goes.
    pub fn base_url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The portal behind it, which is started later: it wants to know its address.
    pub fn set_portal(&self, portal: SocketAddr) {
        self.portal.set(portal).expect("there is one portal");
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Whoever goes first, the other side sees the connection end.
async fn hand_on(acceptor: &TlsAcceptor, browser: TcpStream, portal: Option<SocketAddr>) {
    let Some(portal) = portal else { return };
    let (Ok(mut browser), Ok(mut portal)) = (acceptor.accept(browser).await, TcpStream::connect(portal).await) else { return };
    let _ = copy_bidirectional(&mut browser, &mut portal).await;
}
