//! Guests come into being when somebody vouches for them.

use super::{Destination, GuestRules, NewMessage, Organisation, Person, PersonKind, Refusal};
use crate::cloud::Cloud;
use crate::content::Written;
use crate::credentials::{organisation, person_with_email};
use crate::ids::{PersonId, seeded_uuid};
use crate::seed::SeedPerson;

/// About six hours, and about eighteen.
pub(crate) const ISSUER_GUEST_SECS: i64 = 21_599;
pub(crate) const SERVICE_APP_GUEST_SECS: i64 = 64_799;

const TUTORIAL_SUBJECT: &str = "guest-user-001";
const TUTORIAL_NAME: &str = "VIP";

/// A guest and a fresh token of theirs.
pub(crate) struct Vouched {
    pub(crate) person: Person,
    pub(crate) access_token: String,
}

impl Organisation {
    /// `POST /jwt/login`, after the JWT was found good. The same `sub` is the same person; a new name renames.
    pub(crate) fn vouch_by_issuer(&mut self, subject: &str, name: Option<&str>) -> Vouched {
        let id = issuer_guest(subject);
        let email = format!("{subject}@{}", organisation(Cloud::Commercial).uuid());
        self.vouch(id, PersonKind::IssuerGuest, email, name.unwrap_or(subject), ISSUER_GUEST_SECS)
    }

    /// `POST /guests/token`: only a service app may.
    pub(crate) fn vouch_by_service_app(&mut self, caller: PersonId, subject: &str, name: &str) -> Result<Vouched, Refusal> {
        self.require_service_app(caller)?;
        let id = service_app_guest(subject);
        Ok(self.vouch(id, PersonKind::ServiceAppGuest, service_app_guest_email(id), name, SERVICE_APP_GUEST_SECS))
    }

    pub(crate) fn guest_rules(&self) -> GuestRules {
        self.guest_rules
    }

    /// Nobody keeps them over a restart.
    pub(crate) fn set_guest_rules(&mut self, rules: GuestRules) {
        self.guest_rules = rules;
    }

    pub(crate) fn require_service_app(&self, caller: PersonId) -> Result<(), Refusal> {
        match self.person(caller) {
            Some(person) if person.kind == PersonKind::ServiceApp => Ok(()),
            _ => Err(Refusal::forbidden("The access token is missing the required scope guest-issuer:write.")),
        }
    }

    fn vouch(&mut self, id: PersonId, kind: PersonKind, email: String, name: &str, life_secs: i64) -> Vouched {
        let person = self.meet_guest(id, kind, email, name);
        let access_token = self.issue_guest_token(id, life_secs);
        Vouched { person, access_token }
    }

    /// A guest of the service app who has been here before.
    pub(super) fn seed_guest(&mut self, subject: &str, name: &str) {
        let id = service_app_guest(subject);
        if self.person(id).is_none() {
            self.meet_guest(id, PersonKind::ServiceAppGuest, service_app_guest_email(id), name);
        }
    }

    /// The guest the tutorial of the guest issuer speaks of, who has written with one of the staff before.
    pub(super) fn seed_tutorial_guest(&mut self) -> Result<(), Refusal> {
        let id = issuer_guest(TUTORIAL_SUBJECT);
        let Some(SeedPerson { email, .. }) = self.profile.staff.first() else { return Ok(()) };
        let grace = person_with_email(email);
        if self.person(id).is_some() {
            return Ok(());
        }
        let email = format!("{TUTORIAL_SUBJECT}@{}", organisation(Cloud::Commercial).uuid());
        self.meet_guest(id, PersonKind::IssuerGuest, email, TUTORIAL_NAME);
        for (author, partner, text) in
            [(grace, id, "Welcome. Write to me whenever there is something I can do for you."), (id, grace, "Thank you, I will.")]
        {
            let destination = Destination::Person(partner.public());
            self.post(author, NewMessage { destination, parent: None, written: Written::text(text), files: Vec::new() })?;
            self.now = self.now.plus_secs(60);
        }
        Ok(())
    }

    fn meet_guest(&mut self, id: PersonId, kind: PersonKind, email: String, name: &str) -> Person {
        let known = self.people.get(&id).cloned();
        let person = match known {
            Some(person) if person.display_name == name => person,
            Some(person) => Person { display_name: name.to_owned(), last_modified: self.now, ..person },
            None => Person {
                id,
                kind,
                email,
                display_name: name.to_owned(),
                first_name: None,
                last_name: None,
                organisation: organisation(Cloud::Commercial),
                created: self.now,
                last_modified: self.now,
            },
        };
        self.put_person(person.clone());
        person
    }
}

pub(super) fn service_app_guest(subject: &str) -> PersonId {
    PersonId::new(seeded_uuid(&format!("service-app-guest:{subject}")))
}

fn service_app_guest_email(id: PersonId) -> String {
    format!("{}@appid.ciscospark.com", id.uuid())
}

fn issuer_guest(subject: &str) -> PersonId {
    PersonId::new(seeded_uuid(&format!("issuer-guest:{subject}")))
}
