//! Waiting, for a while or until something happens.

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::oneshot;

use super::window;

/// Something one task waits with and others may cut short.
#[derive(Clone, Default)]
pub struct Sleeper {
    waiting: Rc<RefCell<Option<oneshot::Sender<()>>>>,
}

impl Sleeper {
    /// Waits so long, or until [`Self::wake`].
    pub async fn sleep(&self, millis: u32) {
        let (sender, receiver) = oneshot::channel();
        *self.waiting.borrow_mut() = Some(sender);
        let sleeper = self.clone();
        window::after(millis, move || sleeper.wake());
        // The sender may also have been replaced by a later sleep, which ends this one.
        let _ = receiver.await;
    }

    /// Ends the wait, if there is one.
    pub fn wake(&self) {
        if let Some(sender) = self.waiting.borrow_mut().take() {
            let _ = sender.send(());
        }
    }
}

/// Waits so long.
pub async fn sleep(millis: u32) {
    Sleeper::default().sleep(millis).await;
}
