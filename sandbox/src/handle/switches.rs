//! What tests switch: trouble, scans of files, the life of tokens, everything back to the first day.

use std::time::SystemTime;

use crate::faults::Fault;
use crate::journal::JournalEntry;
use crate::running::Sandbox;
use crate::scans::{FileScan, FileScanRule};
use crate::state::Refusal;

impl Sandbox {
    /// Makes trouble for requests to come.
    pub fn add_fault(&self, fault: Fault) {
        self.app.faults.add(fault);
    }

    /// No more trouble.
    pub fn clear_faults(&self) {
        self.app.faults.clear();
    }

    /// What the search for malware says of files of a name; `*` is every name.
    pub fn set_file_scan(&self, file_name: &str, scan: FileScan) {
        self.app.scans.set(FileScanRule { file_name: file_name.to_owned(), scan });
    }

    /// What was asked of the API and of the broker so far, oldest first.
    pub fn requests(&self) -> Vec<JournalEntry> {
        self.app.journal.all()
    }

    /// Forgets what was asked so far.
    pub fn clear_requests(&self) {
        self.app.journal.clear();
    }

    /// Ends every access token that expires at all (guests' and the service app's), as if its time had passed.
    pub fn expire_access_tokens(&self) -> Result<(), Refusal> {
        self.app.world.change(|organisation| {
            organisation.expire_access_tokens();
            Ok(())
        })
    }

    /// Back to the first day: seeded people and tokens, no faults, an empty journal.
    pub fn reset(&self) -> Result<(), Refusal> {
        Ok(self.app.reset()?)
    }

    /// The time by the sandbox's clock.
    pub fn now(&self) -> SystemTime {
        self.app.world.clock_now()
    }
}
