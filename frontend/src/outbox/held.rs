//! The files a guest chose. Only the page holds them: no browser keeps one for a page that is loaded
//! again, so that a file the portal has not got by then must be chosen anew.

use std::cell::RefCell;

use shared::{ClientMessageId, PendingFile};
use web_sys::File;

/// The name the file in the composer goes by until it is sent.
const CHOSEN: &str = "";

thread_local! {
    /// By the id of their message.
    static HELD: RefCell<Vec<(String, File)>> = const { RefCell::new(Vec::new()) };
}

/// What is known of a file.
pub fn describe(file: &File) -> PendingFile {
    PendingFile { name: file.name(), media_type: file.type_(), size: file.size().max(0.0) as u64 }
}

/// Holds a file the guest has chosen, in the place of another.
pub fn choose(file: File) {
    hold(CHOSEN, file);
}

/// The file the guest has chosen goes with this message.
pub fn attach(id: &ClientMessageId) {
    rename(CHOSEN, id.as_str());
}

/// The file of one message goes with another.
pub fn move_to(from: &ClientMessageId, to: &ClientMessageId) {
    rename(from.as_str(), to.as_str());
}

/// The file of a message, if the page still holds it.
pub fn get(id: &ClientMessageId) -> Option<File> {
    HELD.with_borrow(|held| held.iter().find(|(name, _)| name == id.as_str()).map(|(_, file)| file.clone()))
}

/// Holds the file of a message no longer.
pub fn drop_file(id: &ClientMessageId) {
    HELD.with_borrow_mut(|held| held.retain(|(name, _)| name != id.as_str()));
}

/// Holds no file any longer.
pub fn clear() {
    HELD.with_borrow_mut(Vec::clear);
}

fn hold(name: &str, file: File) {
    HELD.with_borrow_mut(|held| {
        held.retain(|(other, _)| other != name);
        held.push((name.to_owned(), file));
    });
}

fn rename(from: &str, to: &str) {
    HELD.with_borrow_mut(|held| held.iter_mut().filter(|(name, _)| name == from).for_each(|(name, _)| *name = to.to_owned()));
}
