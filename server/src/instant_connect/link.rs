//! From the broker's answer to host links and guest links.
//!
//! A link *is* the right to be in a meeting, and it is opened by people who trust the portal. So whatever is not
//! exactly as the broker's documentation says becomes no link at all.

use std::collections::HashSet;

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::{
    BrokerAccess,
    request::{HostLogin, MeetingRequest, Vertical},
};

/// The links of one meeting, as many of each as were asked for.
#[derive(Clone, Debug)]
pub struct MeetingLinks {
    /// Whoever opens one of these is a host: never for a guest's browser.
    pub hosts: Vec<MeetingLink>,
    /// One for each guest.
    pub guests: Vec<MeetingLink>,
}

/// One way into a meeting. Whoever has it is let in, so none of it is ever printed.
#[derive(Clone, Debug)]
pub struct MeetingLink {
    /// The link to hand out; brokers of the first version make none.
    pub short: Option<SecretString>,
    /// The same way in by an address of about a thousand characters.
    pub long: SecretString,
    /// What the broker made, without any address.
    pub cipher: SecretString,
}

impl MeetingLink {
    /// The link to hand out: the short one where there is one.
    pub fn best(&self) -> &SecretString {
        self.short.as_ref().unwrap_or(&self.long)
    }
}

/// The broker's answer. An item is a text in the first version of its API, an object in the second.
#[derive(Deserialize)]
struct Answer {
    host: Option<Vec<Item>>,
    guest: Option<Vec<Item>>,
    #[serde(rename = "baseUrl")]
    base_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Item {
    Cipher(String),
    Full { cipher: String, short: Option<String> },
}

/// Who a link is for.
#[derive(Clone, Copy)]
enum Role {
    Host,
    Guest,
}

/// Makes the links of the broker's answer.
///
/// # Errors
///
/// What is wrong with it, in words that hold nothing of it.
pub fn links(access: &BrokerAccess, request: &MeetingRequest, body: &[u8]) -> Result<MeetingLinks, String> {
    let answer: Answer = serde_json::from_slice(body)
        // serde's own words may quote a value.
        .map_err(|error| format!("line {}, column {}: {:?}", error.line(), error.column(), error.classify()))?;
    let short_base = answer.base_url.map(|base_url| short_base(access, &base_url)).transpose()?;
    // Two people with one link cannot be told apart, and a guest with a host's would be one.
    let mut seen = HashSet::new();
    let mut links_of = |role, items: Option<Vec<Item>>, count: u16| {
        let items = items.unwrap_or_default();
        if items.len() != usize::from(count) {
            return Err(format!("{} links instead of {count}", items.len()));
        }
        items.into_iter().map(|item| link(access, request, role, short_base.as_ref(), item, &mut seen)).collect()
    };
    Ok(MeetingLinks {
        hosts: links_of(Role::Host, answer.host, request.hosts)?,
        guests: links_of(Role::Guest, answer.guest, request.guests)?,
    })
}

fn link(
    access: &BrokerAccess,
    request: &MeetingRequest,
    role: Role,
    short_base: Option<&Url>,
    item: Item,
    seen: &mut HashSet<String>,
) -> Result<MeetingLink, String> {
    let (cipher, short) = match item {
        Item::Cipher(cipher) => (cipher, None),
        Item::Full { cipher, short } => (cipher, short),
    };
    if !is_cipher(&cipher) {
        return Err("a cipher is not one".into());
    }
    let short = match (short, short_base) {
        (None, _) => None,
        (Some(_), None) => return Err("short links without their base".into()),
        (Some(short), Some(_)) if !is_short(&short) => return Err("a short link is not one".into()),
        (Some(short), Some(base)) => Some(format!("{base}{short}")),
    };
    let long = long_link(&access.page_base, request.vertical, role, request.host_login, &cipher);
    if !seen.insert(cipher.clone()) || !short.as_ref().is_none_or(|short| seen.insert(short.clone())) {
        return Err("the same link twice".into());
    }
    // A short link can only offer to log in, not ask for it.
    let is_too_lenient = matches!(role, Role::Host) && request.host_login == HostLogin::Required;
    let short = short.filter(|_| !is_too_lenient && !request.long_links);
    Ok(MeetingLink { short: short.map(Into::into), long: long.into(), cipher: cipher.into() })
}

/// The cipher, not the path, makes a host of whoever opens it; the path says whether they are asked to log in.
fn long_link(page_base: &Url, vertical: Vertical, role: Role, host_login: HostLogin, cipher: &str) -> String {
    let page = match (role, host_login) {
        (Role::Host, HostLogin::Choice) => "login?",
        (Role::Host, HostLogin::Required) => "login?fli=true&",
        (Role::Host, HostLogin::None) | (Role::Guest, _) => "talk?",
    };
    format!("{page_base}{}/v1/{page}int=jose&v=1&data={cipher}", vertical.as_word())
}

/// The address short links begin with, if it is written plainly and leads where the portal's configuration says.
fn short_base(access: &BrokerAccess, text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "the base of the short links is no address")?;
    let is_there = access.page_origins.contains(&url.origin());
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    // A text that means another address than it seems to is somebody's trick.
    let is_as_written = url.as_str() == text;
    if is_there && is_plain && is_as_written && url.path().ends_with('/') {
        Ok(url)
    } else {
        Err("the base of the short links is not where meetings are".into())
    }
}

fn is_short(text: &str) -> bool {
    (4..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Five parts of base64url with dots between: needs no escaping in an address.
fn is_cipher(text: &str) -> bool {
    let is_base64url = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    text.split('.').count() == 5 && text.split('.').all(|part| !part.is_empty() && is_base64url(part))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret;
    use serde_json::{Value, json};

    use super::*;
    use crate::instant_connect::request::tests::request;

    fn access() -> BrokerAccess {
        let page_base = Url::parse("https://instant.webex.com/").unwrap();
        BrokerAccess { base: Url::parse("https://mtg-broker-a.wbx2.com/").unwrap(), page_origins: vec![page_base.origin()], page_base }
    }

    fn good() -> Value {
        json!({
            "host": [{ "cipher": "eyJ.a_-.b.c.host", "short": "q7LmZ2K" }],
            "guest": [{ "cipher": "eyJ.a_-.b.c.guest", "short": "B0xTe4n" }],
            "baseUrl": "https://instant.webex.com/visit/"
        })
    }

    fn read(answer: &Value) -> Result<MeetingLinks, String> {
        links(&access(), &request(), answer.to_string().as_bytes())
    }

    fn changed(pointer: &str, value: Value) -> Value {
        let mut answer = good();
        *answer.pointer_mut(pointer).unwrap() = value;
        answer
    }

    #[test]
    fn a_host_and_a_guest_have_their_own_short_and_long_links() {
        let links = read(&good()).unwrap();
        let (host, guest) = (&links.hosts[0], &links.guests[0]);
        assert_eq!(host.short.as_ref().unwrap().expose_secret(), "https://instant.webex.com/visit/q7LmZ2K");
        assert_eq!(guest.short.as_ref().unwrap().expose_secret(), "https://instant.webex.com/visit/B0xTe4n");
        assert_eq!(host.long.expose_secret(), "https://instant.webex.com/gen/v1/talk?int=jose&v=1&data=eyJ.a_-.b.c.host");
        assert_eq!(guest.long.expose_secret(), "https://instant.webex.com/gen/v1/talk?int=jose&v=1&data=eyJ.a_-.b.c.guest");
        assert_eq!(guest.best().expose_secret(), guest.short.as_ref().unwrap().expose_secret());
        assert_eq!(guest.cipher.expose_secret(), "eyJ.a_-.b.c.guest");
    }

    #[test]
    fn only_a_host_is_asked_to_log_in_and_the_vertical_is_in_the_path() {
        let request = MeetingRequest { host_login: HostLogin::Choice, vertical: Vertical::Healthcare, ..request() };
        let links = links(&access(), &request, good().to_string().as_bytes()).unwrap();
        assert_eq!(links.hosts[0].best().expose_secret(), "https://instant.webex.com/visit/q7LmZ2K");
        assert_eq!(links.hosts[0].long.expose_secret(), "https://instant.webex.com/hc/v1/login?int=jose&v=1&data=eyJ.a_-.b.c.host");
        assert_eq!(links.guests[0].long.expose_secret(), "https://instant.webex.com/hc/v1/talk?int=jose&v=1&data=eyJ.a_-.b.c.guest");
    }

    #[test]
    fn a_host_who_must_log_in_gets_a_long_link_and_the_guest_a_short_one() {
        let request = MeetingRequest { host_login: HostLogin::Required, ..request() };
        let links = links(&access(), &request, good().to_string().as_bytes()).unwrap();
        assert_eq!(
            links.hosts[0].best().expose_secret(),
            "https://instant.webex.com/gen/v1/login?fli=true&int=jose&v=1&data=eyJ.a_-.b.c.host"
        );
        assert_eq!(links.guests[0].best().expose_secret(), "https://instant.webex.com/visit/B0xTe4n");
    }

    #[test]
    fn where_long_links_are_wanted_no_short_one_is_handed_out() {
        let request = MeetingRequest { long_links: true, ..request() };
        let links = links(&access(), &request, good().to_string().as_bytes()).unwrap();
        for link in links.hosts.iter().chain(&links.guests) {
            assert_eq!(link.best().expose_secret(), link.long.expose_secret());
        }
    }

    #[test]
    fn an_answer_of_the_first_version_makes_long_links_only() {
        let links = read(&json!({ "host": ["a.b.c.d.e"], "guest": ["a.b.c.d.f"] })).unwrap();
        assert!(links.hosts[0].short.is_none());
        assert_eq!(links.hosts[0].best().expose_secret(), links.hosts[0].long.expose_secret());
        assert_eq!(links.guests[0].long.expose_secret(), "https://instant.webex.com/gen/v1/talk?int=jose&v=1&data=a.b.c.d.f");
    }

    #[test]
    fn a_missing_list_is_an_empty_one() {
        let request = MeetingRequest { guests: 0, ..request() };
        for guests in [json!(null), json!([])] {
            let answer = changed("/guest", guests).to_string();
            assert!(links(&access(), &request, answer.as_bytes()).unwrap().guests.is_empty());
        }
    }

    #[test]
    fn whatever_is_not_as_it_should_be_becomes_no_link() {
        for (pointer, value) in [
            ("/host", json!([])),
            ("/host", json!(null)),
            ("/host", json!("a.b.c.d.e")),
            ("/guest", json!([{ "cipher": "a.b.c.d.e", "short": "abcd" }, { "cipher": "a.b.c.d.f", "short": "abce" }])),
            ("/guest/0", json!({ "short": "abcd" })),
            ("/guest/0", json!(7)),
            ("/guest/0/cipher", json!("")),
            ("/guest/0/cipher", json!("a.b.c.d")),
            ("/guest/0/cipher", json!("a.b.c.d.e.f")),
            ("/guest/0/cipher", json!("a..c.d.e")),
            ("/guest/0/cipher", json!("a.b.c.d.e&fli=true")),
            ("/guest/0/cipher", json!("a.b.c.d.e#")),
            ("/guest/0/cipher", json!("a.b.c.d.é")),
            ("/guest/0/cipher", json!("eyJ.a_-.b.c.host")),
            ("/guest/0/short", json!("q7LmZ2K")),
            ("/guest/0/short", json!("abc")),
            ("/guest/0/short", json!("")),
            ("/guest/0/short", json!("../talk")),
            ("/guest/0/short", json!("a".repeat(33))),
            ("/guest/0/short", json!("abcd?x")),
            ("/guest/0/short", json!("abcdé")),
            ("/baseUrl", json!(null)),
            ("/baseUrl", json!(7)),
            ("/baseUrl", json!("")),
            ("/baseUrl", json!("/visit/")),
            ("/baseUrl", json!("https://instant.webex.com/visit")),
            ("/baseUrl", json!("http://instant.webex.com/visit/")),
            ("/baseUrl", json!("https://instant.webex.com:8443/visit/")),
            ("/baseUrl", json!("https://instant.webex.com.evil.example/visit/")),
            ("/baseUrl", json!("https://evil.example/instant.webex.com/")),
            ("/baseUrl", json!("https://instant.webex.com@evil.example/visit/")),
            ("/baseUrl", json!("https://ada@instant.webex.com/visit/")),
            ("/baseUrl", json!("https://:pw@instant.webex.com/visit/")),
            ("/baseUrl", json!("https://instant.webex.com/visit/?to=/")),
            ("/baseUrl", json!("https://instant.webex.com/visit/#/")),
            ("/baseUrl", json!("https://instant.webex.com/a/../visit/")),
            ("/baseUrl", json!("https:\\\\instant.webex.com\\visit\\")),
            ("/baseUrl", json!("https://instant.webex.com/vi\tsit/")),
            ("/baseUrl", json!(" https://instant.webex.com/visit/")),
            ("/baseUrl", json!("javascript:alert(1)//instant.webex.com/")),
            ("/baseUrl", json!("data:text/html,/")),
        ] {
            let answer = changed(pointer, value);
            assert!(read(&answer).is_err(), "{answer}");
        }
        for body in ["", "null", "[]", "{}", "<html>", r#"{"host":"#] {
            assert!(links(&access(), &request(), body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn neither_an_error_nor_a_printed_link_holds_anything_of_the_answer() {
        let printed = format!("{:?}", read(&good()).unwrap());
        for secret in ["q7LmZ2K", "B0xTe4n", "eyJ"] {
            assert!(!printed.contains(secret), "{printed}");
        }
        for (pointer, value) in [
            ("/host/0/cipher", json!("canary")),
            ("/host/0/short", json!("canary!")),
            ("/host/0", json!({ "canary": "canary" })),
            ("/host", json!("canary")),
            ("/baseUrl", json!("https://canary.example/")),
        ] {
            let said = read(&changed(pointer, value)).unwrap_err();
            assert!(!said.contains("canary") && !said.contains("eyJ"), "{said}");
        }
    }

    fn tricky_text() -> impl Strategy<Value = String> {
        let pieces = [
            "https",
            "http",
            "javascript",
            "data",
            ":",
            "/",
            "//",
            "\\",
            "@",
            "?",
            "#",
            "%2e",
            "%2F",
            "..",
            ".",
            "instant.webex.com",
            "visit",
            "evil.example",
            "abcd",
            "\t",
            "\n",
            " ",
            "\u{ad}",
            "。",
            "ⓦ",
            "[::1]",
            ":443",
            ";",
            "&",
            "\0",
            "é",
        ];
        prop_oneof![any::<String>(), prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..10).prop_map(|parts| parts.concat())]
    }

    proptest! {
        #[test]
        fn no_hostile_base_or_short_leads_anywhere_else(tail in tricky_text(), base in tricky_text(), short in tricky_text()) {
            for (base, short) in [
                (base.clone(), "abcd".to_owned()),
                (format!("https://instant.webex.com{tail}"), "abcd".to_owned()),
                ("https://instant.webex.com/visit/".to_owned(), short.clone()),
                (base, short),
            ] {
                let mut answer = changed("/baseUrl", json!(base));
                *answer.pointer_mut("/guest/0/short").unwrap() = json!(short);
                if let Ok(links) = read(&answer) {
                    let link = Url::parse(links.guests[0].short.as_ref().unwrap().expose_secret()).unwrap();
                    prop_assert_eq!(link.scheme(), "https");
                    prop_assert_eq!(link.host_str(), Some("instant.webex.com"));
                    prop_assert_eq!((link.port(), link.username(), link.password()), (None, "", None));
                    prop_assert_eq!((link.query(), link.fragment()), (None, None));
                    prop_assert_eq!(link.path_segments().unwrap().next_back(), Some(short.as_str()));
                }
            }
        }

        #[test]
        fn no_hostile_cipher_changes_a_long_link(cipher in prop_oneof![tricky_text(), "[a-zA-Z0-9_.-]{0,30}"]) {
            if let Ok(links) = read(&changed("/guest/0/cipher", json!(cipher))) {
                let link = Url::parse(links.guests[0].long.expose_secret()).unwrap();
                prop_assert!(link.as_str().starts_with("https://instant.webex.com/gen/v1/talk?int=jose&v=1&data="));
                prop_assert_eq!(link.query_pairs().last().unwrap().1, cipher);
            }
        }
    }
}
