//! The broker's answer. The judge: as many links as were asked for, all different, each at the place where meetings are.

use std::collections::HashSet;

use secrecy::ExposeSecret;
use server::instant_connect::{BrokerAccess, Encryption, HostLogin, MeetingLink, MeetingRequest, Vertical, links};
use url::Url;

pub(super) fn target(bytes: &[u8]) {
    let page_base = Url::parse("https://instant.webex.com/").expect("an address");
    let base = Url::parse("https://mtg-broker-a.wbx2.com/").expect("an address");
    let access = BrokerAccess { base, page_origins: vec![page_base.origin()], page_base };
    let request = MeetingRequest {
        subject: "Visit".into(),
        hosts: 1,
        guests: 1,
        not_before_secs: None,
        expires_at_secs: 2_000_000_000,
        vertical: Vertical::General,
        host_login: HostLogin::None,
        long_links: false,
        devices: Vec::new(),
        encryption: Encryption::default(),
    };
    let Ok(made) = links(&access, &request, bytes) else { return };
    assert_eq!((made.hosts.len(), made.guests.len()), (1, 1));
    let mut seen = HashSet::new();
    for MeetingLink { short, long, cipher } in made.hosts.iter().chain(&made.guests) {
        let cipher = cipher.expose_secret();
        assert!(
            cipher.split('.').count() == 5 && cipher.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)),
            "{cipher}"
        );
        assert!(seen.insert(long.expose_secret().to_owned()), "twice: {cipher}");
        for link in short.iter().chain([long]) {
            let link = link.expose_secret();
            assert!(link.starts_with("https://instant.webex.com/"), "{link}");
            assert_eq!(Url::parse(link).expect("an address").as_str(), link, "it is not what it seems to be");
        }
        assert!(short.as_ref().is_none_or(|short| seen.insert(short.expose_secret().to_owned())), "twice: {short:?}");
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    super::bytes(&[
        r#"{"host":[{"cipher":"eyJ.a_-.b.c.host","short":"q7LmZ2K"}],"guest":[{"cipher":"eyJ.a_-.b.c.guest","short":"B0xTe4n"}],"baseUrl":"https://instant.webex.com/visit/"}"#,
        r#"{"host":["eyJ.a_-.b.c.host"],"guest":["eyJ.a_-.b.c.guest"]}"#,
        r#"{"host":["a.a.a.a.a"],"guest":["a.a.a.a.a"],"baseUrl":"https://instant.webex.com@evil.example/"}"#,
        r#"{"host":[{"cipher":"a.b.c.d.e","short":"abcd"}],"guest":[{"cipher":"a.b.c.d.f","short":"abcd"}],"baseUrl":"https://instant.webex.com/../"}"#,
    ])
}
