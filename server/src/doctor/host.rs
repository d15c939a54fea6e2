//! The machine and what stands around it: its clock, its disk, the portal that runs on it, and the address guests use.

use std::{
    error::Error,
    io::ErrorKind,
    net::{IpAddr, SocketAddr, TcpListener},
    time::Duration,
};

use reqwest::tls::TlsInfo;
use serde::Deserialize;
use shared::Timestamp;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{Finding, Level, Report, good, warning, wrong};
use crate::{
    config::{Config, ServerConfig},
    operations::{CLOCK_TOLERANCE_MILLIS, DISK_FULL_BYTES, free_bytes},
    webex::Connections,
};

/// How long anything here may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
const TITLE: &str = "this machine";
/// Guests' browsers and Webex bear no certificate that has ended; whoever renews it needs some days.
const RENEW_BEFORE_SECS: i64 = 14 * 24 * 3600;

/// What is seen from this machine. Webex has been asked before, so that its time is known.
pub async fn examine(config: &Config, connections: &Connections, now: Timestamp) -> Report {
    let mut findings: Vec<Finding> = connections.all().map(|connection| clock(connection.webex.ahead_millis())).collect();
    findings.dedup();
    findings.extend(disk(&config.server));
    if !config.is_simulated() {
        findings.extend(taken(&config.server).await);
    }
    findings.extend(address(config, now).await);
    Report { title: TITLE.into(), findings, next: None }
}

/// The same without asking anybody: where the rest of the configuration cannot be used.
pub async fn examine_alone(server: &ServerConfig) -> Report {
    Report { title: TITLE.into(), findings: disk(server).into_iter().chain(taken(server).await).collect(), next: None }
}

fn clock(ahead_millis: i64) -> Finding {
    let secs = ahead_millis.abs() / 1000;
    let which = if ahead_millis > 0 { "behind" } else { "ahead of" };
    if ahead_millis.abs() > CLOCK_TOLERANCE_MILLIS {
        return wrong(format!(
            "clock: it is {secs} s {which} Webex's; signed identities are refused and meetings' links end at the wrong time: let NTP set it \
             (timedatectl set-ntp true)"
        ));
    }
    good("clock: it agrees with Webex's")
}

/// Another program listens where the portal is to.
async fn taken(server: &ServerConfig) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (setting, address) in [("listen", Some(server.listen)), ("operations_listen", server.operations_listen)] {
        let Some(address) = address.filter(|address| address.port() != 0) else { continue };
        let is_taken = TcpListener::bind(address).is_err_and(|error| error.kind() == ErrorKind::AddrInUse);
        if is_taken && !is_portal(address).await {
            findings.push(wrong(format!(
                "address: another program listens on {address}, so that the portal cannot start; `ss -ltnp` names it: stop it, or set \
                 another `server.{setting}`"
            )));
        }
    }
    findings
}

/// Whether a portal answers there, whatever it thinks of who asks.
async fn is_portal(address: SocketAddr) -> bool {
    let host = if address.ip().is_unspecified() { IpAddr::from([127, 0, 0, 1]) } else { address.ip() };
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).tls_certs_only([]).build();
    let Ok(client) = client else { return true };
    let answer = client.get(format!("http://{}/healthz", SocketAddr::new(host, address.port()))).send().await;
    answer.is_ok_and(|answer| answer.status().is_success() || answer.headers().contains_key("x-request-id"))
}

/// Nothing where there is no data yet.
fn disk(server: &ServerConfig) -> Option<Finding> {
    let folder = server.data_dir.display();
    let free = free_bytes(&server.data_dir)?;
    let is_full = free < DISK_FULL_BYTES;
    Some(if is_full {
        wrong(format!("disk: {folder} has {} MB left: make room", free / 1_000_000))
    } else {
        good(format!("disk: {folder} has {:.1} GB left", free as f64 / 1e9))
    })
}

/// The portal that runs with this configuration, as it sees itself.
pub async fn examine_running(server: &ServerConfig) -> Report {
    let title = "the running portal".to_owned();
    let Some(operations) = server.operations_listen else {
        let next = "set `server.operations_listen`, such as 127.0.0.1:9090, so that it can be asked how it is";
        return Report { title, findings: Vec::new(), next: Some(next.into()) };
    };
    let findings = match ask_running(&format!("http://{operations}/readyz")).await {
        Ok(troubles) if troubles.is_empty() => vec![good(format!("it answers at {operations}, and nothing is wrong"))],
        Ok(troubles) => troubles.into_iter().map(|Told { level, code, text }| Finding { level, text: format!("{code}: {text}") }).collect(),
        Err(why) => vec![warning(format!("nothing answers at {operations} ({why}): it does not run, or with another configuration"))],
    };
    Report { title, findings, next: None }
}

#[derive(Deserialize)]
struct Told {
    level: Level,
    code: String,
    text: String,
}

#[derive(Deserialize)]
struct Readiness {
    troubles: Vec<Told>,
}

async fn ask_running(url: &str) -> Result<Vec<Told>, String> {
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).tls_certs_only([]).build().map_err(|error| error.to_string())?;
    let answer = client.get(url).send().await.map_err(|error| innermost(&error))?;
    answer.json::<Readiness>().await.map(|readiness| readiness.troubles).map_err(|error| innermost(&error))
}

/// The address guests use: it must lead here, and its certificate must count.
async fn address(config: &Config, now: Timestamp) -> Option<Finding> {
    let url = config.server.public_url.as_ref()?;
    let health = url.join("healthz").ok()?;
    let builder = reqwest::Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none());
    let client = if url.scheme() == "https" { builder.tls_info(true) } else { builder.tls_certs_only([]) }.build().ok()?;
    Some(match client.get(health).send().await {
        Err(error) => refused(url, &innermost(&error)),
        Ok(answer) if !answer.status().is_success() => warning(format!(
            "address: {url} answers {} to /healthz: what stands before the portal does not lead to it, or it does not run",
            answer.status().as_u16()
        )),
        Ok(answer) => {
            let certificate = answer.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate);
            let ends = certificate.and_then(|der| Some(X509Certificate::from_der(der).ok()?.1.validity().not_after.timestamp()));
            match ends {
                None => good(format!("address: {url} leads to the portal")),
                Some(ends) => certificate_until(url, ends, now.as_millis() / 1000),
            }
        }
    })
}

fn certificate_until(url: &url::Url, ends: i64, now: i64) -> Finding {
    let day = jiff::Timestamp::from_second(ends).map_or_else(|_| "an unknown day".into(), |at| at.strftime("%F").to_string());
    if ends - now < RENEW_BEFORE_SECS {
        return warning(format!("address: the certificate of {url} ends on {day}: let the proxy renew it"));
    }
    good(format!("address: {url} leads to the portal; its certificate counts until {day}"))
}

fn refused(url: &url::Url, why: &str) -> Finding {
    if why.to_lowercase().contains("expired") {
        return wrong(format!(
            "address: the certificate of {url} has ended: let the proxy renew it; until then neither guests nor Webex come"
        ));
    }
    if why.to_lowercase().contains("certificate") {
        return wrong(format!(
            "address: browsers and Webex refuse the certificate of {url} ({why}): take one of a public authority, for this name"
        ));
    }
    warning(format!(
        "address: {url} cannot be reached from here ({why}); try it from outside: some networks do not lead back to themselves"
    ))
}

fn innermost(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_ends_soon_or_has_ended_is_told_with_what_to_do() {
        let url = "https://chat.example.com".parse().unwrap();
        let day = 24 * 3600;
        assert_eq!(certificate_until(&url, 100 * day, 50 * day).level, Level::Good);
        assert_eq!(certificate_until(&url, 63 * day, 50 * day).level, Level::Warning);
        let ended = refused(&url, "invalid peer certificate: Expired");
        assert!(ended.level == Level::Wrong && ended.text.contains("has ended"), "{ended:?}");
        assert_eq!(refused(&url, "invalid peer certificate: UnknownIssuer").level, Level::Wrong);
        assert_eq!(refused(&url, "connection refused").level, Level::Warning);
    }

    #[test]
    fn a_clock_may_differ_by_half_a_minute() {
        assert_eq!(clock(-30_000).level, Level::Good);
        assert!(clock(31_000).text.contains("31 s behind") && clock(-31_000).text.contains("ahead of"));
    }
}
