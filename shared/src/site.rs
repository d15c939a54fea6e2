//! What a page needs to know of its site to draw itself.

use serde::{Deserialize, Serialize};

use crate::{Away, SiteId};

/// The public face of a site: answered to anybody by [`crate::path::SITE`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteProfile {
    /// Which site this is.
    pub id: SiteId,
    /// The name guests see, for example `Acme support`.
    pub name: String,
    /// What the page says before the first message; absent when the owner wrote nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub welcome: Option<String>,
    /// Nobody is there at the moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away: Option<Away>,
    /// The largest file a guest may send, in bytes.
    #[serde(default)]
    pub max_file_bytes: u64,
    /// A page of Webex where a guest can try camera and microphone, where the cloud has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_test_url: Option<String>,
    /// The Webex behind this site is the built-in simulator; every page says so in a banner.
    #[serde(default)]
    pub is_simulated: bool,
    /// The browser that asks has a cookie of this site: worth asking who is signed in. The page itself may have been asked for
    /// without one, where a link on another site led there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_be_signed_in: bool,
    /// Nobody gets in but whom the site's own back end vouches for; see [`crate::NewIdentity`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_identity: bool,
    /// What guests are asked besides their name.
    #[serde(default)]
    pub pre_chat: PreChat,
}

/// What guests are asked besides their name before the chat begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PreChat {
    /// Whether guests are asked for an e-mail address.
    #[serde(skip_serializing_if = "Asked::is_no")]
    pub email: Asked,
    /// What the chat may be about; guests must choose one if there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<String>,
    /// What guests must agree to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
}

/// Whether something is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// It is not.
    #[default]
    No,
    /// Who wants to answers.
    Optional,
    /// Everybody must answer.
    Required,
}

impl Asked {
    /// Whether it is not asked.
    pub fn is_no(&self) -> bool {
        *self == Self::No
    }
}

/// What a guest must agree to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Which text this is; kept with the time of the consent.
    pub version: String,
    /// What it says beside the box.
    pub text: String,
    /// Where more is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}
