//! The first day: who works here before anybody comes.

use super::{Organisation, Person, PersonKind};
use crate::cloud::Cloud;
use crate::credentials::{self, BOT_NAME, SERVICE_APP_EMAIL, SERVICE_APP_NAME};
use crate::moment::Moment;

/// 6 January 2025, 09:00 UTC: the day the organisation was founded.
const FOUNDED: Moment = Moment::from_ms(1_736_154_000_000);

/// The day after.
const FIRST_TALK: Moment = Moment::from_ms(1_736_240_400_000);

impl Organisation {
    /// Adds what is missing and renews the seeded tokens.
    pub(super) fn seed(&mut self) {
        for (first_name, last_name, email) in credentials::staff(self.cloud) {
            let name = format!("{first_name} {last_name}");
            self.seed_person(PersonKind::Staff, email, &name, Some((first_name, last_name)));
        }
        self.seed_person(PersonKind::Bot, credentials::bot_email(self.cloud), BOT_NAME, None);
        if self.cloud == Cloud::Commercial {
            self.seed_person(PersonKind::ServiceApp, SERVICE_APP_EMAIL, SERVICE_APP_NAME, None);
        }
        self.seed_tokens();
        if self.cloud == Cloud::Commercial {
            let present = std::mem::replace(&mut self.now, FIRST_TALK);
            if let Err(refusal) = self.seed_tutorial_guest() {
                tracing::error!(%refusal, "the guest of the tutorial is missing");
            }
            self.now = present;
        }
    }

    fn seed_person(&mut self, kind: PersonKind, email: &str, display_name: &str, names: Option<(&str, &str)>) {
        let id = credentials::person_with_email(email);
        if self.person(id).is_some() {
            return;
        }
        self.put_person(Person {
            id,
            kind,
            email: email.to_owned(),
            display_name: display_name.to_owned(),
            first_name: names.map(|(first_name, _)| first_name.to_owned()),
            last_name: names.map(|(_, last_name)| last_name.to_owned()),
            organisation: self.home(),
            created: FOUNDED,
            last_modified: FOUNDED,
        });
    }
}
