//! What the browser keeps for the page between visits. It never fails: where the browser refuses or
//! is full, the page's own memory stands in until it is closed.

use std::cell::RefCell;
use std::collections::BTreeMap;

use web_sys::Storage;

thread_local! {
    /// What the browser did not take.
    static MEMORY: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
}

/// What is kept under a key.
pub fn get(key: &str) -> Option<String> {
    let in_memory = MEMORY.with_borrow(|memory| memory.get(key).cloned());
    in_memory.or_else(|| local_storage()?.get_item(key).ok().flatten())
}

/// Keeps a value. `false` if only until the page is closed.
pub fn set(key: &str, value: &str) -> bool {
    if local_storage().is_some_and(|storage| storage.set_item(key, value).is_ok()) {
        MEMORY.with_borrow_mut(|memory| memory.remove(key));
        return true;
    }
    MEMORY.with_borrow_mut(|memory| memory.insert(key.to_owned(), value.to_owned()));
    false
}

/// Forgets a value.
pub fn remove(key: &str) {
    MEMORY.with_borrow_mut(|memory| memory.remove(key));
    if let Some(storage) = local_storage() {
        let _ = storage.remove_item(key);
    }
}

/// The keys that begin so, in order.
pub fn keys(prefix: &str) -> Vec<String> {
    let mut keys: Vec<String> = MEMORY.with_borrow(|memory| memory.keys().filter(|key| key.starts_with(prefix)).cloned().collect());
    if let Some(storage) = local_storage() {
        let count = storage.length().unwrap_or_default();
        keys.extend((0..count).filter_map(|index| storage.key(index).ok().flatten()).filter(|key| key.starts_with(prefix)));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn local_storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}
