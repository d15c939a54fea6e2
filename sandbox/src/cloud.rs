//! The two Webex clouds: the commercial one and that of the government. They share nothing but this process: a token of
//! one is unknown in the other.

use serde::{Deserialize, Serialize};

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cloud {
    #[default]
    Commercial,
    Government,
}

impl Cloud {
    /// What its paths begin with.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Commercial => "",
            Self::Government => "/gov",
        }
    }

    pub(crate) fn of_path(path: &str) -> Self {
        if path == "/gov" || path.starts_with("/gov/") { Self::Government } else { Self::Commercial }
    }

    /// The path as it is within the cloud.
    pub(crate) fn within(self, path: &str) -> &str {
        path.strip_prefix(self.prefix()).unwrap_or(path)
    }

    /// What its part of the state is called on the disk.
    pub(crate) const fn file_name(self) -> &'static str {
        match self {
            Self::Commercial => "sandbox.db",
            Self::Government => "government.db",
        }
    }

    pub(crate) const fn seed_label(self) -> &'static str {
        match self {
            Self::Commercial => "organisation",
            Self::Government => "government-organisation",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_tells_its_cloud() {
        assert_eq!(Cloud::of_path("/gov/v1/rooms"), Cloud::Government);
        assert_eq!(Cloud::of_path("/government"), Cloud::Commercial);
        assert_eq!(Cloud::Government.within("/gov/v1/rooms"), "/v1/rooms");
        assert_eq!(Cloud::Commercial.within("/v1/rooms"), "/v1/rooms");
    }
}
