//! Every word the page itself says, one file per language.
//!
//! A language is a value of [`Words`]; one that lacks a word does not compile.

pub mod en;

/// All words of one language.
pub struct Words {
    /// The language's tag, for `<html lang>`.
    pub lang: &'static str,
    /// Which way it is written, for `<html dir>`.
    pub dir: &'static str,
    /// What stands in a site's name's place while it is not known.
    pub chat: &'static str,

    // Signing in
    /// Stands where the owner wrote no welcome.
    pub welcome: &'static str,
    /// Label of the name.
    pub your_name: &'static str,
    /// Below the name.
    pub name_hint: &'static str,
    /// The name is missing.
    pub name_missing: &'static str,
    /// The name is too long: how long it is, how long it may be.
    pub name_too_long: fn(usize, usize) -> String,
    // Outside hours, and what can be left then
    /// Further links of a meeting, before their numbers.
    pub invite_others: &'static str,
    /// One of them, by its number.
    pub invite_link: fn(usize) -> String,
    /// Asks for a new link into a meeting whose link has ended.
    pub new_link: &'static str,
    /// Nobody is there; where the owner says nothing else.
    pub away: &'static str,
    /// When somebody is there again.
    pub away_until: fn(&str) -> String,
    /// Nobody is there, but one can write.
    pub away_write: &'static str,
    /// Opens the box for a message; its title, too.
    pub leave_note: &'static str,
    /// Name of that box.
    pub note_label: &'static str,
    /// Below that box.
    pub note_hint: &'static str,
    /// A message was left.
    pub note_left: &'static str,
    /// Sends it.
    pub send_note: &'static str,
    /// The meeting was agreed on, and it is not time yet.
    pub visit_scheduled: &'static str,
    /// The guest opened the meeting, and its link has ended.
    pub visit_link_over: &'static str,

    /// Signs in.
    pub start_chat: &'static str,
    /// While signing in.
    pub starting: &'static str,
    /// After leaving.
    pub you_left: &'static str,
    /// After a session ended by itself.
    pub session_over: &'static str,

    // Spaces
    /// Heading of the list.
    pub spaces: &'static str,
    /// Nothing in the list.
    pub no_spaces: &'static str,
    /// From a conversation back to the list.
    pub back_to_spaces: &'static str,
    /// So many messages not seen, for screen readers.
    pub unread: fn(usize) -> String,
    /// Who the guest is to others.
    pub signed_in_as: fn(&str) -> String,

    // Timeline
    /// Name of the log.
    pub messages: &'static str,
    /// Nothing was said yet: heading.
    pub nothing_yet: &'static str,
    /// Nothing was said yet: what to do.
    pub nothing_yet_hint: &'static str,
    /// While messages are fetched.
    pub loading: &'static str,
    /// The first message of a space is in view.
    pub beginning: &'static str,
    /// Messages could not be fetched.
    pub cannot_load: &'static str,
    /// The day that is.
    pub today: &'static str,
    /// The day that was.
    pub yesterday: &'static str,
    /// The guest, where screen readers need a name.
    pub you: &'static str,
    /// A message was changed after it was sent.
    pub edited: &'static str,
    /// Waits for the network.
    pub waiting: &'static str,
    /// On its way.
    pub sending: &'static str,
    /// In Webex.
    pub sent: &'static str,
    /// May or may not be in Webex, and is being looked for.
    pub checking: &'static str,
    /// What that means.
    pub checking_hint: &'static str,
    /// Refused for good.
    pub failed: &'static str,
    /// Refused for good, without a reason.
    pub failed_hint: &'static str,
    /// Do it again.
    pub try_again: &'static str,
    /// Give it up.
    pub discard: &'static str,
    /// To the end of the log.
    pub jump_to_latest: &'static str,
    /// To the end of the log, where so many came meanwhile.
    pub new_messages: fn(usize) -> String,
    /// A link leads out of the page, for screen readers.
    pub opens_new_tab: &'static str,
    /// What somebody said, for screen readers.
    pub said: fn(&str, &str) -> String,

    /// Changes a message.
    pub edit: &'static str,
    /// Takes a message back.
    pub delete: &'static str,
    /// Asked before a message is deleted.
    pub delete_question: &'static str,
    /// Does not delete it.
    pub keep: &'static str,
    /// An edit is on its way.
    pub saving: &'static str,
    /// A deletion is on its way.
    pub deleting: &'static str,
    /// An edit was refused.
    pub not_changed: &'static str,
    /// A deletion was refused.
    pub not_deleted: &'static str,
    /// A reply to a message that is not held.
    pub in_reply: &'static str,
    /// A reply to somebody, and their first words.
    pub in_reply_to: fn(&str, &str) -> String,

    // Files
    /// Stands in the place of a name that is not known.
    pub a_file: &'static str,
    /// Fetches the file of this name.
    pub download: fn(&str) -> String,
    /// Shows the image of this name as large as it goes.
    pub enlarge: fn(&str) -> String,
    /// Closes what lies over the page.
    pub close: &'static str,
    /// Webex still looks at it.
    pub file_scanning: &'static str,
    /// It is gone.
    pub file_removed: &'static str,
    /// It is not handed on.
    pub file_refused: &'static str,
    /// The page that held it was closed before it had arrived.
    pub file_lost: &'static str,
    /// A size of fewer than a thousand bytes.
    pub bytes: fn(u64) -> String,
    /// So many percent have arrived.
    pub uploading: fn(u32) -> String,
    /// Breaks it off.
    pub cancel: &'static str,
    /// Chooses a file to send.
    pub attach: &'static str,
    /// Sends the chosen file after all not.
    pub remove_file: &'static str,
    /// Several files were chosen at once.
    pub one_file: &'static str,
    /// The chosen file is too large: its size, and the largest possible one.
    pub file_too_large: fn(&str, &str) -> String,
    /// Where a file may be let go.
    pub drop_here: &'static str,

    // Meetings
    /// Asks for a meeting.
    pub join_meeting: &'static str,
    /// Goes to the card of the meeting under way.
    pub show_meeting: &'static str,
    /// Leads into the meeting.
    pub join_now: &'static str,
    /// Takes the wish back.
    pub cancel_request: &'static str,
    /// Has left the meeting.
    pub leave_meeting: &'static str,
    /// What is it about?
    pub topic_question: &'static str,
    /// Closes that question.
    pub not_now: &'static str,
    /// Leads to where camera and microphone can be tried.
    pub try_media: &'static str,
    /// Heading where nothing can be written.
    pub meet_only: &'static str,
    /// What happens on pressing the button, where nothing can be written.
    pub meet_only_hint: &'static str,
    /// Written down.
    pub visit_requested: &'static str,
    /// Staff have been told.
    pub visit_ringing: &'static str,
    /// Nobody waits longer.
    pub visit_next: &'static str,
    /// So many wait, this guest among them.
    pub visit_place: fn(u32) -> String,
    /// So many minutes others waited lately.
    pub visit_wait: fn(u32) -> String,
    /// This person took it.
    pub visit_claimed: fn(&str) -> String,
    /// Somebody without a name took it.
    pub visit_claimed_by_somebody: &'static str,
    /// What to do then.
    pub visit_claimed_hint: &'static str,
    /// The guest opened the link.
    pub visit_joined: &'static str,
    /// It took place.
    pub visit_ended: &'static str,
    /// Nobody took it.
    pub visit_missed: &'static str,
    /// What follows from that.
    pub visit_missed_hint: &'static str,
    /// The guest never opened the link.
    pub visit_expired: &'static str,
    /// What to do then.
    pub visit_expired_hint: &'static str,
    /// Taken back.
    pub visit_cancelled: &'static str,
    /// A state this page does not know.
    pub visit_unknown: &'static str,

    // Who is in a space
    /// Name of the button that shows them, with their names.
    pub members_of: fn(&str) -> String,
    /// Heading of the list.
    pub members: &'static str,
    /// Somebody of the owner's organisation.
    pub staff: &'static str,
    /// A guest.
    pub guest: &'static str,

    // Composer
    /// Above the box while a message is edited.
    pub editing: &'static str,
    /// Saves an edit.
    pub save: &'static str,
    /// Name of the text box.
    pub message: &'static str,
    /// What stands in the empty box.
    pub write_a_message: &'static str,
    /// Sends.
    pub send: &'static str,
    /// So many bytes are left.
    pub bytes_left: fn(usize) -> String,
    /// So many bytes too many.
    pub too_long: fn(usize) -> String,
    /// Below the box, for who uses a keyboard.
    pub enter_sends: &'static str,
    /// Nothing more can be written here.
    pub space_closed: &'static str,

    // Banners
    /// No network.
    pub offline: &'static str,
    /// The portal is not reached.
    pub reconnecting: &'static str,
    /// The portal shows what it remembers.
    pub stale: &'static str,
    /// The built-in simulator is behind the site.
    pub simulator: &'static str,
    /// A newer build of the portal is there.
    pub new_version: &'static str,
    /// Loads the page again.
    pub reload: &'static str,
    /// This browser keeps nothing for the page.
    pub not_kept: &'static str,

    // Leaving
    /// Asks to leave.
    pub leave_chat: &'static str,
    /// The question.
    pub leave_question: &'static str,
    /// What leaving means.
    pub leave_hint: &'static str,
    /// What leaving means for so many messages not sent yet.
    pub leave_unsent: fn(usize) -> String,
    /// Does leave.
    pub leave: &'static str,
    /// Does not.
    pub stay: &'static str,

    // What went wrong
    /// The portal does not answer.
    pub unreachable: &'static str,
    /// The portal answers what this page does not understand.
    pub unreadable: &'static str,
}

/// The words of the page's language.
pub fn words() -> &'static Words {
    &en::WORDS
}
