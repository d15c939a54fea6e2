//! People of every kind: staff, the bot, the service app, guests, and strangers who were written to.

use serde::{Deserialize, Serialize};

use super::{Organisation, Refusal};
use crate::credentials::person_with_email;
use crate::ids::{OrganisationId, PersonId, seeded_uuid};
use crate::moment::Moment;

/// What kind of person somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PersonKind {
    Staff,
    Bot,
    ServiceApp,
    /// Vouched for by a signed JWT.
    IssuerGuest,
    /// Vouched for by the service app.
    ServiceAppGuest,
    /// Somebody of another organisation, known only by their address.
    Stranger,
}

/// Somebody.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) id: PersonId,
    pub(crate) kind: PersonKind,
    pub(crate) email: String,
    pub(crate) display_name: String,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) organisation: OrganisationId,
    pub(crate) created: Moment,
    pub(crate) last_modified: Moment,
}

impl Person {
    pub(crate) fn is_guest(&self) -> bool {
        matches!(self.kind, PersonKind::IssuerGuest | PersonKind::ServiceAppGuest)
    }

    pub(crate) fn is_bot(&self) -> bool {
        self.kind == PersonKind::Bot
    }

    /// Guests and the service app are in nobody's directory.
    fn is_listed(&self) -> bool {
        matches!(self.kind, PersonKind::Staff | PersonKind::Bot)
    }
}

impl Organisation {
    pub(crate) fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.get(&id)
    }

    /// Nobody but the desk may ask.
    pub(crate) fn everybody(&self) -> impl Iterator<Item = &Person> {
        self.people.values()
    }

    /// For the journal and the desk, where nobody may be missing.
    pub(crate) fn name_of(&self, id: PersonId) -> String {
        self.people.get(&id).map(|person| person.display_name.clone()).unwrap_or_default()
    }

    /// For what names people by their address, too.
    pub(crate) fn email_of(&self, id: PersonId) -> String {
        self.people.get(&id).map(|person| person.email.clone()).unwrap_or_default()
    }

    pub(crate) fn staff(&self) -> impl Iterator<Item = &Person> {
        self.people.values().filter(|person| person.kind == PersonKind::Staff)
    }

    pub(crate) fn guests_of_the_service_app(&self) -> usize {
        self.people.values().filter(|person| person.kind == PersonKind::ServiceAppGuest).count()
    }

    /// Everybody of the same organisation whom a search may find, by name.
    pub(crate) fn find_listed(&self, email: Option<&str>, name_start: Option<&str>) -> Vec<&Person> {
        let has_name =
            |person: &Person| name_start.is_none_or(|start| person.display_name.to_lowercase().starts_with(&start.to_lowercase()));
        let has_email = |person: &Person| email.is_none_or(|email| person.email.eq_ignore_ascii_case(email.trim()));
        self.people.values().filter(|person| person.is_listed() && has_email(person) && has_name(person)).collect()
    }

    /// Who an address reaches; `None` is somebody who can be invited.
    ///
    /// The address of a Guest Issuer's guest reaches nobody; that of a service app's guest works.
    pub(super) fn at_address(&self, email: &str) -> Result<Option<PersonId>, Refusal> {
        let email = email.trim();
        let nobody = || Refusal::not_found("Failed to find user with specified email address.");
        if let Some(person) = self.people.values().find(|person| person.email.eq_ignore_ascii_case(email)) {
            return if person.kind == PersonKind::IssuerGuest { Err(nobody()) } else { Ok(Some(person.id)) };
        }
        let (local, domain) = email.split_once('@').ok_or_else(nobody)?;
        let is_made_up = domain.eq_ignore_ascii_case("appid.ciscospark.com") || domain == self.home().uuid().to_string();
        if local.is_empty() || !domain.contains('.') || domain.contains('@') || is_made_up {
            return Err(nobody());
        }
        Ok(None)
    }

    /// A stranger comes into being, as Webex does it.
    pub(super) fn invite(&mut self, email: &str) -> PersonId {
        let email = email.trim();
        let id = person_with_email(email);
        self.put_person(Person {
            id,
            kind: PersonKind::Stranger,
            email: email.to_lowercase(),
            display_name: email.to_owned(),
            first_name: None,
            last_name: None,
            organisation: OrganisationId::new(seeded_uuid("consumer-organisation")),
            created: self.now,
            last_modified: self.now,
        });
        id
    }
}
