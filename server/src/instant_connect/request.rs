//! What the broker is asked for, and the proof that it may be asked.

use serde::Serialize;
use thiserror::Error;

use super::encryption::{ContentEncryption, Encryption, KeyWrapping, SignatureAlgorithm};

/// The same for every customer and every cloud.
const AUDIENCE: &str = "a4d886b0-979f-4e2c-a958-3e8c14605e51";

/// The only thing that can be done with a device: it is called when the host joins, and let in without knocking.
const CALL_DEVICES: &str = "sip-no-knock";

/// Most links, hosts' and guests' together, that the broker makes in one call.
const MAX_LINKS_A_CALL: u16 = 25;

/// Most links of one kind that are asked for, in as many calls as that takes: each takes seconds.
pub const MAX_LINKS: u16 = 100;

/// Further ahead than this, milliseconds were taken for seconds, and the links would never end. In seconds: 400 days.
const MAX_LIFE_SECS: i64 = 400 * 24 * 60 * 60;

const SALT_BYTES: std::ops::RangeInclusive<u8> = 8..=128;
const ITERATIONS: std::ops::RangeInclusive<u16> = 1_000..=32_767;

/// The links of one meeting, asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingRequest {
    /// Names the meeting: every link made with it, whenever, leads into the same one, and people in it see it.
    /// Unguessable, one for each meeting, and nothing about a person in it.
    pub subject: String,
    /// The links do not work before this, in seconds since 1970; at once if absent.
    pub not_before_secs: Option<i64>,
    /// The links do not work from this on, in seconds since 1970.
    pub expires_at_secs: i64,
    /// How many host links, 0 to [`MAX_LINKS`].
    pub hosts: u16,
    /// How many guest links, 0 to [`MAX_LINKS`]; with `hosts` at least 1.
    pub guests: u16,
    /// Whose words Webex's pages speak.
    pub vertical: Vertical,
    /// What hosts meet before they are in.
    pub host_login: HostLogin,
    /// Only links that carry the whole cipher, about a thousand characters each, are wanted.
    pub long_links: bool,
    /// SIP addresses of Webex devices that are called when the host joins.
    pub devices: Vec<String>,
    /// For customers whose policies ask for certain algorithms; leave it at its default otherwise.
    pub encryption: Encryption,
}

/// Whose words Webex's pages speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Vertical {
    /// "Start meeting".
    #[default]
    General,
    /// "Start consultation", "Patient's waiting room".
    Healthcare,
}

impl Vertical {
    /// From the word in a setting.
    pub fn from_setting(word: &str) -> Option<Self> {
        match word {
            "general" => Some(Self::General),
            "healthcare" => Some(Self::Healthcare),
            _ => None,
        }
    }

    /// Webex's word, in a request and in a long link.
    pub(super) const fn as_word(self) -> &'static str {
        match self {
            Self::General => "gen",
            Self::Healthcare => "hc",
        }
    }
}

/// What a host meets before the meeting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HostLogin {
    /// Nothing: whoever has the link is in.
    #[default]
    None,
    /// A page that asks to log in to Webex, or to go on as a guest.
    Choice,
    /// A page that asks to log in to Webex. Only a long link can say so.
    Required,
}

impl HostLogin {
    /// From the word in a setting.
    pub fn from_setting(word: &str) -> Option<Self> {
        match word {
            "none" => Some(Self::None),
            "choice" => Some(Self::Choice),
            "required" => Some(Self::Required),
            _ => None,
        }
    }
}

/// Why the broker is not even asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum RequestProblem {
    /// No subject.
    #[error("a meeting needs a subject")]
    NoSubject,
    /// Neither a host nor a guest.
    #[error("a meeting needs at least one host or one guest")]
    Nobody,
    /// Too many hosts or guests.
    #[error("one request makes at most 100 host links and 100 guest links; ask again with the same subject for more")]
    TooMany,
    /// The links would have ended already.
    #[error("the meeting's links would have ended already")]
    EndsInThePast,
    /// The links would end before they begin.
    #[error("the meeting's links would end before they begin")]
    EndsBeforeItBegins,
    /// The links would end in more than 400 days.
    #[error("the meeting's links may last 400 days at most; the time is in seconds since 1970")]
    EndsTooLate,
    /// A device's address is not one.
    #[error("a device is named by its SIP address, such as room@example.calls.webex.com")]
    Device,
    /// The salt's length is out of range.
    #[error("the salt is of 8 to 128 bytes")]
    Salt,
    /// The iterations are out of range.
    #[error("the iterations are 1000 to 32767")]
    Iterations,
}

impl MeetingRequest {
    /// Proves the request, so that no link is made that never works or never ends. `now_secs` is in seconds since 1970.
    ///
    /// # Errors
    ///
    /// The first [`RequestProblem`] there is.
    pub fn check(&self, now_secs: i64) -> Result<(), RequestProblem> {
        let refused = [
            (self.subject.trim().is_empty(), RequestProblem::NoSubject),
            (self.hosts == 0 && self.guests == 0, RequestProblem::Nobody),
            (self.hosts.max(self.guests) > MAX_LINKS, RequestProblem::TooMany),
            (self.expires_at_secs <= now_secs, RequestProblem::EndsInThePast),
            (self.not_before_secs.is_some_and(|begin| self.expires_at_secs <= begin), RequestProblem::EndsBeforeItBegins),
            (self.expires_at_secs > now_secs.saturating_add(MAX_LIFE_SECS), RequestProblem::EndsTooLate),
            (!self.devices.iter().all(|device| is_sip_address(device)), RequestProblem::Device),
            (self.encryption.salt_bytes.is_some_and(|bytes| !SALT_BYTES.contains(&bytes)), RequestProblem::Salt),
            (self.encryption.iterations.is_some_and(|rounds| !ITERATIONS.contains(&rounds)), RequestProblem::Iterations),
        ];
        match refused.into_iter().find(|(is_wrong, _)| *is_wrong) {
            Some((_, problem)) => Err(problem),
            None => Ok(()),
        }
    }
}

impl MeetingRequest {
    /// The calls it takes: one, or several of the same subject where there are more links than the broker makes at once.
    pub(super) fn calls(&self) -> Vec<Self> {
        let (mut hosts, mut guests) = (self.hosts, self.guests);
        let mut calls = Vec::new();
        loop {
            let hosts_now = hosts.min(MAX_LINKS_A_CALL);
            let guests_now = guests.min(MAX_LINKS_A_CALL - hosts_now);
            calls.push(Self { hosts: hosts_now, guests: guests_now, ..self.clone() });
            (hosts, guests) = (hosts - hosts_now, guests - guests_now);
            if hosts == 0 && guests == 0 {
                return calls;
            }
        }
    }
}

/// Whether a text is a SIP address, as devices have one.
pub fn is_sip_address(text: &str) -> bool {
    let is_plain = text.chars().all(|c| !c.is_whitespace() && !c.is_control());
    is_plain && text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
}

/// The request as the broker reads it. Times are in seconds under lower-case names: under the capitals of many
/// examples they are ignored, and the links end after fifteen minutes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body<'a> {
    aud: &'static str,
    jwt: Jwt<'a>,
    num_host: u16,
    num_guest: u16,
    provide_short_urls: bool,
    vertical_type: &'static str,
    login_url_for_host: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwe_alg: Option<KeyWrapping>,
    #[serde(skip_serializing_if = "Option::is_none")]
    salt_length: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iterations: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enc: Option<ContentEncryption>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jws_alg: Option<SignatureAlgorithm>,
}

#[derive(Serialize)]
struct Jwt<'a> {
    sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<Flow<'a>>,
}

#[derive(Serialize)]
struct Flow<'a> {
    id: &'static str,
    data: Vec<Device<'a>>,
}

#[derive(Serialize)]
struct Device<'a> {
    uri: &'a str,
}

impl<'a> Body<'a> {
    pub(super) fn of(request: &'a MeetingRequest) -> Self {
        let data: Vec<_> = request.devices.iter().map(|uri| Device { uri }).collect();
        let encryption = request.encryption;
        Self {
            aud: AUDIENCE,
            jwt: Jwt {
                sub: &request.subject,
                nbf: request.not_before_secs,
                exp: request.expires_at_secs,
                flow: (!data.is_empty()).then_some(Flow { id: CALL_DEVICES, data }),
            },
            num_host: request.hosts,
            num_guest: request.guests,
            provide_short_urls: !request.long_links,
            vertical_type: request.vertical.as_word(),
            login_url_for_host: request.host_login != HostLogin::None,
            jwe_alg: encryption.key_wrapping,
            salt_length: encryption.salt_bytes,
            iterations: encryption.iterations,
            enc: encryption.contents,
            jws_alg: encryption.signature,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const NOW: i64 = 1_790_000_000;

    pub(in crate::instant_connect) fn request() -> MeetingRequest {
        MeetingRequest {
            subject: "gp-4f1d".into(),
            not_before_secs: Some(NOW - 60),
            expires_at_secs: NOW + 7200,
            hosts: 1,
            guests: 1,
            vertical: Vertical::General,
            host_login: HostLogin::None,
            long_links: false,
            devices: Vec::new(),
            encryption: Encryption::default(),
        }
    }

    fn json(request: &MeetingRequest) -> String {
        serde_json::to_string(&Body::of(request)).unwrap()
    }

    #[test]
    fn the_broker_is_told_what_it_must_know_and_nothing_more() {
        assert_eq!(
            json(&request()),
            concat!(
                r#"{"aud":"a4d886b0-979f-4e2c-a958-3e8c14605e51","jwt":{"sub":"gp-4f1d","nbf":1789999940,"exp":1790007200},"#,
                r#""numHost":1,"numGuest":1,"provideShortUrls":true,"verticalType":"gen","loginUrlForHost":false}"#
            )
        );
    }

    #[test]
    fn everything_that_can_be_asked_for_has_its_place() {
        let everything = MeetingRequest {
            not_before_secs: None,
            hosts: 2,
            guests: 0,
            vertical: Vertical::Healthcare,
            host_login: HostLogin::Choice,
            devices: vec!["desk@example.calls.webex.com".into(), "room@example.calls.webex.com".into()],
            encryption: Encryption {
                key_wrapping: Some(KeyWrapping::Pbes2Hs256A128Kw),
                salt_bytes: Some(16),
                iterations: Some(2000),
                contents: Some(ContentEncryption::A128Gcm),
                signature: Some(SignatureAlgorithm::Hs256),
            },
            ..request()
        };
        assert_eq!(
            json(&everything),
            concat!(
                r#"{"aud":"a4d886b0-979f-4e2c-a958-3e8c14605e51","jwt":{"sub":"gp-4f1d","exp":1790007200,"flow":{"id":"sip-no-knock","#,
                r#""data":[{"uri":"desk@example.calls.webex.com"},{"uri":"room@example.calls.webex.com"}]}},"#,
                r#""numHost":2,"numGuest":0,"provideShortUrls":true,"verticalType":"hc","loginUrlForHost":true,"#,
                r#""jweAlg":"PBES2-HS256+A128KW","saltLength":16,"iterations":2000,"enc":"A128GCM","jwsAlg":"HS256"}"#
            )
        );
    }

    #[test]
    fn more_links_than_the_broker_makes_at_once_are_asked_for_in_several_calls_of_one_subject() {
        for (hosts, guests, expected) in [
            (1, 1, vec![(1, 1)]),
            (0, 25, vec![(0, 25)]),
            (25, 0, vec![(25, 0)]),
            (13, 13, vec![(13, 12), (0, 1)]),
            (30, 40, vec![(25, 0), (5, 20), (0, 20)]),
            (100, 100, vec![(25, 0), (25, 0), (25, 0), (25, 0), (0, 25), (0, 25), (0, 25), (0, 25)]),
        ] {
            let calls = MeetingRequest { hosts, guests, ..request() }.calls();
            assert_eq!(calls.iter().map(|call| (call.hosts, call.guests)).collect::<Vec<_>>(), expected);
            assert!(calls.iter().all(|call| call.subject == "gp-4f1d"));
        }
    }

    #[test]
    fn a_request_that_makes_no_sense_is_refused_before_it_is_sent() {
        let check = |change: fn(&mut MeetingRequest)| {
            let mut changed = request();
            change(&mut changed);
            changed.check(NOW)
        };
        assert_eq!(check(|_| {}), Ok(()));
        assert_eq!(check(|r| r.subject = " ".into()), Err(RequestProblem::NoSubject));
        assert_eq!(check(|r| (r.hosts, r.guests) = (0, 0)), Err(RequestProblem::Nobody));
        assert_eq!(check(|r| (r.hosts, r.guests) = (100, 100)), Ok(()));
        assert_eq!(check(|r| (r.hosts, r.guests) = (101, 1)), Err(RequestProblem::TooMany));
        assert_eq!(check(|r| (r.hosts, r.guests) = (1, u16::MAX)), Err(RequestProblem::TooMany));
        assert_eq!(check(|r| r.expires_at_secs = NOW), Err(RequestProblem::EndsInThePast));
        assert_eq!(check(|r| r.not_before_secs = Some(r.expires_at_secs)), Err(RequestProblem::EndsBeforeItBegins));
        assert_eq!(check(|r| r.expires_at_secs = NOW + 400 * 86_400), Ok(()));
        assert_eq!(check(|r| r.expires_at_secs = NOW + 400 * 86_400 + 1), Err(RequestProblem::EndsTooLate));
        assert_eq!(check(|r| r.expires_at_secs *= 1000), Err(RequestProblem::EndsTooLate));
        assert_eq!(check(|r| r.devices = vec!["room".into()]), Err(RequestProblem::Device));
        assert_eq!(check(|r| r.devices = vec!["a room@example.com".into()]), Err(RequestProblem::Device));
        for (bytes, expected) in [(7, Err(RequestProblem::Salt)), (8, Ok(())), (128, Ok(())), (129, Err(RequestProblem::Salt))] {
            let encryption = Encryption { salt_bytes: Some(bytes), ..Encryption::default() };
            assert_eq!(MeetingRequest { encryption, ..request() }.check(NOW), expected, "{bytes}");
        }
        for (rounds, expected) in [(999, Err(RequestProblem::Iterations)), (1000, Ok(())), (32_768, Err(RequestProblem::Iterations))] {
            let encryption = Encryption { iterations: Some(rounds), ..Encryption::default() };
            assert_eq!(MeetingRequest { encryption, ..request() }.check(NOW), expected, "{rounds}");
        }
    }
}
