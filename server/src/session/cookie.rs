//! The two cookies of a site: `__Host-gp-<site>` holds the session, `__Host-gpg-<site>` the guest.
//!
//! The prefix makes browsers insist on `Secure`, `Path=/` and no `Domain`; Chromium and Firefox take
//! such cookies on plain http from loopback too. In a frame of another site they are *partitioned*: each
//! embedding site has its own, and no other page of the portal sees them.

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, SameSite, time::Duration};
use secrecy::{ExposeSecret, SecretString};
use shared::SiteId;

use super::SessionMode;
use crate::{config::SiteConfig, error::AppError};

const SESSION_SECONDS: i64 = 12 * 60 * 60;

/// Sets the session cookie. Where guests are not remembered it ends with the browser.
pub(super) fn session_cookie(site: &SiteConfig, token: &SecretString, mode: SessionMode) -> Result<HeaderValue, AppError> {
    let max_age = (site.remember_guest_days > 0).then_some(Duration::seconds(SESSION_SECONDS));
    set(session_name(&site.id), token.expose_secret(), max_age, mode)
}

/// Sets the guest cookie, for as long as the site remembers its guests.
pub(super) fn guest_cookie(site: &SiteConfig, key: &SecretString, mode: SessionMode) -> Result<HeaderValue, AppError> {
    set(guest_name(&site.id), key.expose_secret(), Some(Duration::days(site.remember_guest_days)), mode)
}

/// Takes both cookies away.
pub(super) fn unset_cookies(site_id: &SiteId, mode: SessionMode) -> Result<[HeaderValue; 2], AppError> {
    let unset = |name| set(name, "", Some(Duration::ZERO), mode);
    Ok([unset(session_name(site_id))?, unset(guest_name(site_id))?])
}

pub(super) fn session_name(site_id: &SiteId) -> String {
    format!("__Host-gp-{site_id}")
}

pub(super) fn guest_name(site_id: &SiteId) -> String {
    format!("__Host-gpg-{site_id}")
}

/// Whether a browser has a cookie of this site: then its guest was here before.
pub fn may_be_known(headers: &HeaderMap, site_id: &SiteId) -> bool {
    read(headers, &session_name(site_id)).or_else(|| read(headers, &guest_name(site_id))).is_some()
}

/// The value of a cookie in a request, if it looks like one the portal set.
pub(super) fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, value)| *found == name && is_token(value))
        .map(|(_, value)| value.to_owned())
}

/// Whether it looks like what the portal hands out.
pub(super) fn is_token(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn set(name: String, value: &str, max_age: Option<Duration>, mode: SessionMode) -> Result<HeaderValue, AppError> {
    let mut cookie = Cookie::build((name, value)).path("/").secure(true).http_only(true).build();
    if mode == SessionMode::Partitioned {
        cookie.set_same_site(SameSite::None);
        cookie.set_partitioned(true);
    } else {
        cookie.set_same_site(SameSite::Strict);
    }
    cookie.set_max_age(max_age);
    HeaderValue::from_str(&cookie.to_string()).map_err(|error| AppError::Internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_the_sites_own_and_out_of_reach_of_scripts() {
        let token = SecretString::from("t".repeat(43));
        let site = |remember_guest_days| SiteConfig {
            id: SiteId::new("acme"),
            name: "Acme".into(),
            welcome: None,
            greeting: None,
            connection: crate::config::ConnectionId::first(),
            conversation: crate::config::ConversationKind::Space,
            staff: Vec::new(),
            remember_guest_days,
            max_file_bytes: 0,
            allowed_origins: Vec::new(),
            destinations: Vec::new(),
            theme: None,
            logo: None,
            words: Vec::new(),
            kiosk_minutes: 0,
            asks_for_proof: false,
            launcher: crate::config::LauncherConfig::default(),
            identity: crate::session::IdentityConfig::default(),
            pre_chat: shared::PreChat::default(),
            hours: None,
            meetings: None,
            webhooks: Vec::new(),
            limits: std::collections::BTreeMap::new(),
        };
        let session = session_cookie(&site(90), &token, SessionMode::Strict).unwrap();
        let text = session.to_str().unwrap();
        assert!(text.starts_with("__Host-gp-acme=ttt"), "{text}");
        for attribute in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/", "Max-Age=43200"] {
            assert!(text.split("; ").any(|part| part == attribute), "{attribute} in {text}");
        }
        assert!(!text.contains("Domain") && !text.contains("Partitioned"));
        let framed = session_cookie(&site(90), &token, SessionMode::Partitioned).unwrap();
        let framed = framed.to_str().unwrap();
        for attribute in ["HttpOnly", "SameSite=None", "Secure", "Path=/", "Partitioned"] {
            assert!(framed.split("; ").any(|part| part == attribute), "{attribute} in {framed}");
        }
        let kiosk = session_cookie(&site(0), &token, SessionMode::Strict).unwrap();
        assert!(!kiosk.to_str().unwrap().contains("Max-Age"), "it ends with the browser");
        let [gone, _] = unset_cookies(&SiteId::new("acme"), SessionMode::Strict).unwrap();
        assert!(gone.to_str().unwrap().contains("Max-Age=0"));
    }

    #[test]
    fn the_cookie_of_another_site_is_not_taken() {
        let mut headers = HeaderMap::new();
        let (mine, other) = ("a".repeat(43), "b".repeat(43));
        headers.insert(header::COOKIE, format!("__Host-gp-acme2={other}; __Host-gp-acme={mine}").parse().unwrap());
        assert_eq!(read(&headers, &session_name(&SiteId::new("acme"))), Some(mine));
        assert_eq!(read(&headers, &session_name(&SiteId::new("acm"))), None);
        headers.insert(header::COOKIE, "__Host-gp-acme=short".parse().unwrap());
        assert_eq!(read(&headers, &session_name(&SiteId::new("acme"))), None);
    }
}
