//! What the browser keeps for the page between visits. It never fails: where the browser refuses or
//! is full, the page's own memory stands in until it is closed.

use std::cell::RefCell;

use web_sys::Storage;

thread_local! {
    /// What the browser did not take.
    static MEMORY: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
}

/// What is kept under a key.
pub fn get(key: &str) -> Option<String> {
    let in_memory = MEMORY.with_borrow(|memory| memory.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone()));
    in_memory.or_else(|| local_storage()?.get_item(key).ok().flatten())
}

/// Keeps a value. `false` if only until the page is closed.
pub fn set(key: &str, value: &str) -> bool {
    if local_storage().is_some_and(|storage| storage.set_item(key, value).is_ok()) {
        forget_in_memory(key);
        return true;
    }
    forget_in_memory(key);
    MEMORY.with_borrow_mut(|memory| memory.push((key.to_owned(), value.to_owned())));
    false
}

/// Forgets a value.
pub fn remove(key: &str) {
    forget_in_memory(key);
    if let Some(storage) = local_storage() {
        let _ = storage.remove_item(key);
    }
}

/// The keys that begin so, in any order.
pub fn keys(prefix: &str) -> Vec<String> {
    let mut keys: Vec<String> =
        MEMORY.with_borrow(|memory| memory.iter().map(|(name, _)| name).filter(|name| name.starts_with(prefix)).cloned().collect());
    if let Some(storage) = local_storage() {
        let count = storage.length().unwrap_or_default();
        for key in (0..count).filter_map(|index| storage.key(index).ok().flatten()) {
            if key.starts_with(prefix) && !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    keys
}

fn forget_in_memory(key: &str) {
    MEMORY.with_borrow_mut(|memory| memory.retain(|(name, _)| name != key));
}

fn local_storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}
