//! What the search for malware says of files: Webex may still be looking, may have found something, or may be unable to look.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// What is known of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "scan", rename_all = "snake_case")]
pub enum FileScan {
    /// Nothing wrong: it can be fetched.
    Clean,
    /// Still being looked at: 423, and when to come back.
    Scanning {
        /// The header `Retry-After`.
        retry_after_secs: u64,
    },
    /// Found bad and removed: 410.
    Infected,
    /// Cannot be looked into: 428 unless `?allow=unscannable` takes it at one's own risk.
    Unscannable,
}

/// What is known of the files of a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileScanRule {
    /// The whole name of the file; `*` is any.
    pub file_name: String,
    /// What is known of it.
    #[serde(flatten)]
    pub scan: FileScan,
}

/// The rules, newest first.
#[derive(Default)]
pub(crate) struct Scans {
    rules: Mutex<Vec<FileScanRule>>,
}

impl Scans {
    pub(crate) fn set(&self, rule: FileScanRule) {
        let mut rules = self.lock();
        rules.retain(|other| other.file_name != rule.file_name);
        if rule.scan != FileScan::Clean || rule.file_name != "*" {
            rules.insert(0, rule);
        }
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    pub(crate) fn all(&self) -> Vec<FileScanRule> {
        self.lock().clone()
    }

    /// A rule for the name counts before one for all.
    pub(crate) fn of(&self, file_name: &str) -> FileScan {
        let rules = self.lock();
        let rule = [file_name, "*"].into_iter().find_map(|name| rules.iter().find(|rule| rule.file_name == name));
        rule.map_or(FileScan::Clean, |rule| rule.scan)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<FileScanRule>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_before_the_rule_for_all() {
        let scans = Scans::default();
        scans.set(FileScanRule { file_name: "*".to_owned(), scan: FileScan::Infected });
        scans.set(FileScanRule { file_name: "a.txt".to_owned(), scan: FileScan::Clean });
        assert_eq!((scans.of("a.txt"), scans.of("b.txt")), (FileScan::Clean, FileScan::Infected));
        scans.set(FileScanRule { file_name: "*".to_owned(), scan: FileScan::Clean });
        assert_eq!(scans.of("b.txt"), FileScan::Clean);
    }

    #[test]
    fn a_rule_is_read_from_json() {
        let rule: FileScanRule = serde_json::from_str(r#"{"file_name":"*","scan":"scanning","retry_after_secs":3}"#).unwrap();
        assert_eq!(rule.scan, FileScan::Scanning { retry_after_secs: 3 });
    }
}
