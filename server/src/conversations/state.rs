//! Opening a Webex space for a guest, step by step: the machine, with no clock, store or network.

/// Who opens a conversation, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// The service app makes a space and adds the guest and the staff.
    ByService,
    /// The guest's own token makes a space and adds the staff.
    ByGuest,
    /// One to one: the room comes into being with the first message, if there is none yet.
    Direct,
    /// There is nothing to open.
    None,
}

/// How far opening a conversation has come. Each step is written down before the next begins, so a
/// restart goes on where it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Progress {
    /// Nothing exists in Webex yet.
    New,
    /// The request to make the room may have left the machine.
    MakingRoom,
    /// The room exists; only the portal is in it.
    RoomMade,
    /// The guest is in the room.
    GuestAdded,
    /// Those who answer are in the room.
    StaffAdded,
    /// The greeting may have been posted.
    Greeting,
    /// The guest can write.
    Open,
    /// Nothing more can be written.
    Closed,
}

/// What to do next to open a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Look for the room of two that may be there from an earlier conversation.
    FindDirect,
    /// Make the room.
    MakeRoom,
    /// Look among the newest rooms for the one that may have been made; once it is surely not there, begin anew.
    FindRoom,
    /// Add the guest.
    AddGuest,
    /// Add those who answer.
    AddStaff,
    /// Post the greeting.
    Greet,
    /// The greeting may be there already; a second one would be worse than none.
    SkipGreeting,
}

impl Progress {
    /// What to do next; `None` when there is nothing left to do.
    pub fn next_step(self, way: Way) -> Option<Step> {
        match (self, way) {
            (Self::Open | Self::Closed, _) | (_, Way::None) => None,
            (_, Way::Direct) => Some(Step::FindDirect),
            (Self::New, _) => Some(Step::MakeRoom),
            (Self::MakingRoom, _) => Some(Step::FindRoom),
            (Self::RoomMade, Way::ByService) => Some(Step::AddGuest),
            // Whoever makes a room is in it.
            (Self::RoomMade | Self::GuestAdded, _) => Some(Step::AddStaff),
            (Self::StaffAdded, Way::ByService) => Some(Step::Greet),
            // Nobody but the guest could greet, and they would be greeting themselves.
            (Self::StaffAdded | Self::Greeting, _) => Some(Step::SkipGreeting),
        }
    }

    /// The progress once a step is done.
    pub fn after(step: Step) -> Self {
        match step {
            Step::MakeRoom | Step::FindRoom => Self::RoomMade,
            Step::AddGuest => Self::GuestAdded,
            Step::AddStaff => Self::StaffAdded,
            Step::FindDirect | Step::Greet | Step::SkipGreeting => Self::Open,
        }
    }

    /// What to write down before a step whose outcome may stay unclear.
    pub fn before(step: Step) -> Option<Self> {
        match step {
            Step::MakeRoom => Some(Self::MakingRoom),
            Step::Greet => Some(Self::Greeting),
            // A member who is there already is answered with 409, which is as good as done.
            Step::FindDirect | Step::FindRoom | Step::AddGuest | Step::AddStaff | Step::SkipGreeting => None,
        }
    }

    /// The word in the store.
    pub fn as_word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::MakingRoom => "making_room",
            Self::RoomMade => "room",
            Self::GuestAdded => "guest_added",
            Self::StaffAdded => "staff_added",
            Self::Greeting => "greeting",
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }

    /// From the word in the store; one this build does not know is closed, so that nothing is done to the room.
    pub fn from_word(word: &str) -> Self {
        [Self::New, Self::MakingRoom, Self::RoomMade, Self::GuestAdded, Self::StaffAdded, Self::Greeting, Self::Open]
            .into_iter()
            .find(|progress| progress.as_word() == word)
            .unwrap_or(Self::Closed)
    }
}

/// The title of a guest's room: who, where, and the code by which it is found again. Webex shows
/// about this much of a title in its list.
pub(super) fn room_title(guest_name: &str, site_name: &str, code: &str) -> String {
    format!("{guest_name} · {site_name} · {code}")
}

/// A code for a room's title: 6 characters that are not mistaken for one another.
pub fn code_from(random: [u8; 6]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    random.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opening_goes_through_every_step_once() {
        let steps = |way| {
            let mut progress = Progress::New;
            let mut steps = Vec::new();
            while let Some(step) = progress.next_step(way) {
                steps.push(step);
                progress = Progress::after(step);
            }
            assert_eq!(progress == Progress::Open, way != Way::None);
            steps
        };
        assert_eq!(steps(Way::ByService), [Step::MakeRoom, Step::AddGuest, Step::AddStaff, Step::Greet]);
        assert_eq!(steps(Way::ByGuest), [Step::MakeRoom, Step::AddStaff, Step::SkipGreeting]);
        assert_eq!(steps(Way::Direct), [Step::FindDirect]);
        assert_eq!(steps(Way::None), []);
    }

    #[test]
    fn after_doubt_the_room_is_looked_for_and_the_greeting_is_not_repeated() {
        let in_doubt = |step| Progress::before(step).and_then(|progress| progress.next_step(Way::ByService));
        assert_eq!(in_doubt(Step::MakeRoom), Some(Step::FindRoom));
        assert_eq!(in_doubt(Step::Greet), Some(Step::SkipGreeting));
    }

    #[test]
    fn words_in_the_store_come_back_as_they_went() {
        let mut progress = Progress::New;
        while let Some(step) = progress.next_step(Way::ByService) {
            assert_eq!(Progress::from_word(progress.as_word()), progress);
            progress = Progress::after(step);
        }
        assert_eq!(Progress::from_word("something newer"), Progress::Closed);
    }

    #[test]
    fn a_code_has_six_characters_that_can_be_read_aloud() {
        let code = code_from([0, 31, 32, 255, 7, 100]);
        assert_eq!(code, "A9A9HE");
        assert!(room_title("Ada", "Acme", &code).ends_with(" A9A9HE"));
    }
}
