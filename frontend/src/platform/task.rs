//! Work beside the page.

use std::pin::Pin;

use wasm_bindgen_futures::spawn_local;

/// Begins it, and does not wait for it. One body in the program for every task: a thousand bytes each otherwise.
pub fn spawn(task: impl Future<Output = ()> + 'static) {
    spawn_boxed(Box::pin(task));
}

fn spawn_boxed(task: Pin<Box<dyn Future<Output = ()>>>) {
    spawn_local(task);
}
