//! What tests switch: trouble, scans of files, the life of tokens, everything back to the first day.

use std::time::{Duration, SystemTime};

use crate::auto_responder::AutoResponder;
use crate::credentials::Credentials;
use crate::faults::Fault;
use crate::journal::JournalEntry;
use crate::limits::RateLimits;
use crate::running::Sandbox;
use crate::scans::{FileScan, FileScanRule};
use crate::state::{GuestRules, Refusal};
use crate::webhooks::{DeliveryEntry, WebhookRules};

impl Sandbox {
    /// Makes trouble for requests to come. One that makes no sense is refused.
    pub fn add_fault(&self, fault: Fault) -> Result<(), Refusal> {
        self.app.faults.add(fault).map_err(Refusal::Invalid)
    }

    /// Those still to come.
    pub fn faults(&self) -> Vec<Fault> {
        self.app.faults.all()
    }

    /// How much is too much.
    pub fn set_limits(&self, limits: RateLimits) -> Result<(), Refusal> {
        self.app.limits.set(limits).map_err(Refusal::Invalid)
    }

    /// When a webhook is given up, and what gets lost on the way to it.
    pub fn set_webhook_rules(&self, rules: WebhookRules) -> Result<(), Refusal> {
        self.app.postman.set_rules(rules).map_err(Refusal::Invalid)
    }

    /// Whom the sandbox told what, oldest first.
    pub fn deliveries(&self) -> Vec<DeliveryEntry> {
        self.app.postman.deliveries()
    }

    /// Whether staff answer guests by themselves.
    pub fn set_auto_responder(&self, switched: AutoResponder) -> Result<(), Refusal> {
        self.app.auto_responder.set(switched).map_err(Refusal::Invalid)
    }

    /// Moves the clock forward; false if it is somebody else's.
    pub fn advance_clock(&self, time: Duration) -> bool {
        self.app.clock.advance(time)
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

    /// What guests may do.
    pub fn set_guest_rules(&self, rules: GuestRules) -> Result<(), Refusal> {
        self.app.world.change(|organisation| {
            organisation.set_guest_rules(rules);
            Ok(())
        })
    }

    /// Ends every access token that expires at all (guests' and the service app's), as if its time had passed.
    pub fn expire_access_tokens(&self) -> Result<(), Refusal> {
        self.app.world.change(|organisation| {
            organisation.expire_access_tokens();
            Ok(())
        })
    }

    /// Replaces in `credentials` the secrets of service app, bot and Guest Issuer of the commercial cloud; those that stood there
    /// are refused from now on, until the next start.
    pub fn replace_secrets(&self, credentials: &mut Credentials) -> Result<(), Refusal> {
        self.app.world.change(|organisation| {
            organisation.replace_secrets(credentials);
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
