//! The images the page holds, each under an address of its own (`blob:`) that only this page knows.

use std::cell::RefCell;

use web_sys::Url;

/// The attribute of an image that is still to be fetched: which file it is.
pub const WANTED: &str = "data-wanted";
/// The class of such an image.
pub const WANTED_CLASS: &str = "file__image--wanted";
/// The class of a file that is looked at for malware: worth asking again.
pub const SCANNING_CLASS: &str = "file__card--scanning";
/// So many are held; of those before, the browser may let the memory go.
const MOST_HELD: usize = 60;

thread_local! {
    /// Which file, and its address.
    static HELD: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
}

/// The address of an image, if it is held.
pub fn held(file: &str) -> Option<String> {
    HELD.with_borrow(|held| held.iter().find(|(name, _)| name == file).map(|(_, url)| url.clone()))
}

/// Holds an image from now on.
pub fn hold(file: &str, url: &str) {
    HELD.with_borrow_mut(|held| {
        held.push((file.to_owned(), url.to_owned()));
        if held.len() > MOST_HELD {
            let (_, oldest) = held.remove(0);
            revoke(&oldest);
        }
    });
}

/// Holds none any longer.
pub fn clear() {
    HELD.with_borrow_mut(|held| held.drain(..).for_each(|(_, url)| revoke(&url)));
}

fn revoke(url: &str) {
    let _ = Url::revoke_object_url(url);
}
