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
    /// May or may not be in Webex; what that means follows.
    pub not_confirmed: &'static str,
    /// What that means; follows [`Self::not_confirmed`] in one sentence.
    pub not_confirmed_hint: &'static str,
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

    // Composer
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
