//! What the design says of the ways in which a request can come, written down on its own; nothing here is the portal's code.
//!
//! - Browsers say in `Sec-Fetch-Site` whose page asks, and no page can change that: where it names another origin's page, the page's
//!   API gives nothing, not even to read, and what is done by a link of one's own is not done.
//! - A browser too old to say so says `Origin` with what changes something. Scheme, host and port are the portal's own, or nothing
//!   happens. With a cookie and neither of both, nobody knows whose page it was.
//! - The page's API wants `X-Gp`, which no form can send. Then it asks who it is, then what it is.
//! - Programs have a key and Webex a signature: no browser adds these by itself, so that nothing else counts.
//! - Looking by a link, and the portal's pages themselves, are open to whoever has the address.

use shared::ProblemKind;

/// The portal's own origin in this table.
pub(super) const OWN: &str = "https://chat.example.com";

/// What `Origin` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Absent,
    Own,
    Subdomain,
    Other,
    Null,
    OtherPort,
    OtherScheme,
    LookAlike,
}

impl Origin {
    pub(super) const ALL: [Self; 8] =
        [Self::Absent, Self::Own, Self::Subdomain, Self::Other, Self::Null, Self::OtherPort, Self::OtherScheme, Self::LookAlike];

    pub(super) fn value(self) -> Option<&'static str> {
        Some(match self {
            Self::Absent => return None,
            Self::Own => OWN,
            Self::Subdomain => "https://shop.chat.example.com",
            Self::Other => "https://chat.example.com.evil.example",
            Self::Null => "null",
            Self::OtherPort => "https://chat.example.com:8443",
            Self::OtherScheme => "http://chat.example.com",
            // With a Cyrillic letter in the place of the `a`.
            Self::LookAlike => "https://xn--cht-7cd.example.com",
        })
    }
}

/// What `Sec-Fetch-Site` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FetchSite {
    Absent,
    SameOrigin,
    SameSite,
    CrossSite,
    None,
}

impl FetchSite {
    pub(super) const ALL: [Self; 5] = [Self::Absent, Self::SameOrigin, Self::SameSite, Self::CrossSite, Self::None];

    pub(super) fn value(self) -> Option<&'static str> {
        Some(match self {
            Self::Absent => return None,
            Self::SameOrigin => "same-origin",
            Self::SameSite => "same-site",
            Self::CrossSite => "cross-site",
            Self::None => "none",
        })
    }
}

/// What the body is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Json,
    Text,
    Form,
    Multipart,
    Absent,
}

impl Content {
    pub(super) const ALL: [Self; 5] = [Self::Json, Self::Text, Self::Form, Self::Multipart, Self::Absent];

    pub(super) fn value(self) -> Option<&'static str> {
        Some(match self {
            Self::Absent => return None,
            Self::Json => "application/json",
            Self::Text => "text/plain;charset=UTF-8",
            Self::Form => "application/x-www-form-urlencoded",
            Self::Multipart => "multipart/form-data; boundary=a-boundary",
        })
    }
}

/// By what the one who asks is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// A cookie, which browsers add to whatever page's request.
    Cookie,
    /// A token that only who knows it can add.
    Bearer,
    Nobody,
}

impl Who {
    pub(super) const ALL: [Self; 3] = [Self::Cookie, Self::Bearer, Self::Nobody];
}

/// One way in which a request can come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) origin: Origin,
    pub(super) fetch_site: FetchSite,
    /// `X-Gp` names the site.
    pub(super) names_site: bool,
    pub(super) content: Content,
    pub(super) who: Who,
}

impl Way {
    /// Every one; without a body, every one without.
    pub(super) fn every(has_body: bool) -> Vec<Self> {
        let contents: &[Content] = if has_body { &Content::ALL } else { &[Content::Absent] };
        let mut ways = Vec::new();
        for origin in Origin::ALL {
            for fetch_site in FetchSite::ALL {
                for names_site in [true, false] {
                    for &content in contents {
                        ways.extend(Who::ALL.map(|who| Self { origin, fetch_site, names_site, content, who }));
                    }
                }
            }
        }
        ways
    }
}

/// Who is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    /// The portal's own page, of whatever visitor.
    Page,
    /// The same, of a guest who is signed in.
    Guest,
    /// The portal's own page, by a link of one's own.
    Link,
    /// A program.
    Key,
    /// Webex.
    Signature,
    /// Everybody.
    Open,
}

/// What is taken for a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// Nothing is read.
    Unread,
    Json,
    /// JSON, or a form that no page of another origin sends without asking first: it has `X-Gp` beside it.
    JsonOrForm,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Handled,
    Refused(u16, ProblemKind),
}

/// The rules, from the outside in.
pub(super) fn verdict(guard: Guard, body: Body, is_write: bool, way: Way) -> Verdict {
    use Verdict::Refused;
    let is_api = matches!(guard, Guard::Page | Guard::Guest);
    if (is_api || guard == Guard::Link) && !is_from_own_page(way, is_write) {
        return Refused(403, ProblemKind::CrossSite);
    }
    if is_api && !way.names_site {
        return Refused(400, ProblemKind::MissingHeader);
    }
    if guard == Guard::Guest && way.who == Who::Nobody {
        return Refused(401, ProblemKind::NotSignedIn);
    }
    if guard == Guard::Key && way.who != Who::Bearer {
        return Refused(401, ProblemKind::KeyRefused);
    }
    let is_taken = match body {
        Body::Unread => true,
        Body::Json => way.content == Content::Json,
        Body::JsonOrForm => matches!(way.content, Content::Json | Content::Multipart),
    };
    if is_taken { Verdict::Handled } else { Refused(415, ProblemKind::UnsupportedMediaType) }
}

fn is_from_own_page(way: Way, is_write: bool) -> bool {
    match (way.fetch_site, way.origin) {
        (FetchSite::SameOrigin | FetchSite::None, _) => true,
        (FetchSite::SameSite | FetchSite::CrossSite, _) => false,
        (FetchSite::Absent, _) if !is_write => true,
        (FetchSite::Absent, Origin::Own) => true,
        (FetchSite::Absent, Origin::Absent) => way.who != Who::Cookie,
        (FetchSite::Absent, _) => false,
    }
}
