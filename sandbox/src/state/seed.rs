//! The first day: who works here before anybody comes, and what they have said.

use super::{Destination, Invitee, NewMessage, NewRoom, Organisation, Person, PersonKind, Refusal};
use crate::cloud::Cloud;
use crate::content::Written;
use crate::credentials::{self, BOT_NAME, SERVICE_APP_EMAIL, SERVICE_APP_NAME};
use crate::ids::PersonId;
use crate::moment::Moment;
use crate::seed::SeedRoom;

/// 6 January 2025, 09:00 UTC: the day the organisation was founded.
const FOUNDED: Moment = Moment::from_ms(1_736_154_000_000);

/// The day after.
const FIRST_TALK: Moment = Moment::from_ms(1_736_240_400_000);

impl Organisation {
    /// Adds what is missing and renews the seeded tokens. Nobody is told: it happened long ago.
    pub(super) fn seed(&mut self) {
        let profile = self.profile.clone();
        for person in &profile.staff {
            self.seed_person(PersonKind::Staff, &person.email, &person.name);
        }
        self.seed_person(PersonKind::Bot, credentials::bot_email(profile.cloud), BOT_NAME);
        for bot in &profile.more_bots {
            self.seed_person(PersonKind::Bot, &bot.email, &bot.name);
        }
        if profile.cloud == Cloud::Commercial {
            self.seed_person(PersonKind::ServiceApp, SERVICE_APP_EMAIL, SERVICE_APP_NAME);
        }
        self.seed_tokens();
        let present = std::mem::replace(&mut self.now, FIRST_TALK);
        if profile.cloud == Cloud::Commercial
            && let Err(refusal) = self.seed_tutorial_guest()
        {
            tracing::error!(%refusal, "the guest of the tutorial is missing");
        }
        for guest in &profile.guests {
            self.seed_guest(&guest.subject, &guest.name);
        }
        for room in &profile.rooms {
            if self.seeded_rooms.contains(&room.title) {
                continue;
            }
            if let Err(refusal) = self.seed_room(room) {
                tracing::error!(%refusal, room = room.title, "a room of the seed is missing");
            }
            self.save("seeded_room", room.title.clone(), &room.title);
            self.seeded_rooms.insert(room.title.clone());
        }
        self.now = present;
        self.happened.clear();
    }

    fn seed_person(&mut self, kind: PersonKind, email: &str, display_name: &str) {
        let id = credentials::person_with_email(email);
        if self.person(id).is_some() {
            return;
        }
        let names = display_name.split_once(' ').filter(|_| kind == PersonKind::Staff);
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

    fn seed_room(&mut self, room: &SeedRoom) -> Result<(), Refusal> {
        let is_locked = !room.moderators.is_empty();
        let mut members = room.members.iter().map(|name| self.named_in_seed(name));
        let creator = members.next().ok_or_else(Refusal::no_such_resource)?;
        let others: Vec<PersonId> = members.collect();
        let moderators: Vec<PersonId> = room.moderators.iter().map(|name| self.named_in_seed(name)).collect();
        let id = self.create_room(creator, NewRoom { title: room.title.clone(), is_locked, ..NewRoom::default() })?.id;
        for person in others {
            self.add_member(creator, id, Invitee::Id(&person.public()), moderators.contains(&person))?;
        }
        for message in &room.messages {
            self.now = self.now.plus_secs(60);
            let destination = Destination::Room(id.uuid().to_string());
            let written = Written::markdown(&message.markdown);
            self.post(self.named_in_seed(&message.from), NewMessage { destination, parent: None, written, files: Vec::new() })?;
        }
        self.now = self.now.plus_secs(60);
        Ok(())
    }

    /// Somebody by address, or a guest by subject.
    fn named_in_seed(&self, name: &str) -> PersonId {
        let guest = self.profile.guests.iter().find(|guest| guest.subject.eq_ignore_ascii_case(name));
        guest.map_or_else(|| credentials::person_with_email(name), |guest| super::guests::service_app_guest(&guest.subject))
    }
}
