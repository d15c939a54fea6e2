//! What the rows of the outbox ask for, and which of them wait for which.

use shared::PendingKind;

/// What a row asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// A message by the guest, with or without a file.
    Message,
    /// A message of the guest is to say something else.
    Edit,
    /// A message of the guest is to go.
    Delete,
    /// A notice, by the portal, in the guest's space.
    Notice,
    /// A message of the bot to one member of staff; its body is sealed, because it carries a link that opens a meeting.
    ToStaff,
    /// Such a message is to say something else from now on; its target is that row's own id.
    StaffUpdate,
}

impl RowKind {
    /// The word for the store, and for those who count.
    pub(crate) fn as_word(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Edit => "edit",
            Self::Delete => "delete",
            Self::Notice => "left",
            Self::ToStaff => "to_staff",
            Self::StaffUpdate => "staff_update",
        }
    }

    pub(super) fn from_word(word: &str) -> Self {
        [Self::Edit, Self::Delete, Self::Notice, Self::ToStaff, Self::StaffUpdate]
            .into_iter()
            .find(|kind| kind.as_word() == word)
            .unwrap_or(Self::Message)
    }

    /// What the guest asked for; `None` for what the portal does by itself.
    pub fn asked_for(self) -> Option<PendingKind> {
        match self {
            Self::Message => Some(PendingKind::Post),
            Self::Edit => Some(PendingKind::Edit),
            Self::Delete => Some(PendingKind::Delete),
            Self::Notice | Self::ToStaff | Self::StaffUpdate => None,
        }
    }

    /// Whether it goes to one member of staff, and not into the guest's room.
    pub fn is_for_staff_alone(self) -> bool {
        matches!(self, Self::ToStaff | Self::StaffUpdate)
    }

    /// Which of a conversation's lanes it goes in.
    pub fn lane(self) -> Lane {
        if self.is_for_staff_alone() { Lane::Bell } else { Lane::Talk }
    }
}

/// Rows of one lane go out in order; lanes do not wait for one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// What the guest says and does.
    Talk,
    /// What staff are told.
    Bell,
}

impl Lane {
    pub(super) fn as_word(self) -> &'static str {
        match self {
            Self::Talk => "",
            Self::Bell => "bell",
        }
    }

    pub(super) fn from_word(word: &str) -> Self {
        if word == Self::Bell.as_word() { Self::Bell } else { Self::Talk }
    }
}
