//! What follows what, with one body in the program for all its uses: what Leptos offers is drawn into the program anew for
//! each closure and each type, and was a tenth of all the page weighed.

use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use leptos::prelude::{GetValue, LocalStorage, Notify, RenderEffect, StoredValue, Track, Trigger};

use crate::platform::task::spawn;

/// Runs soon, once what is being drawn is in the page, and again whenever something it reads has changed, as long as what is
/// drawn around it stays.
pub fn watch(run: impl Fn() + 'static) {
    watch_boxed(Box::new(run));
}

fn watch_boxed(run: Box<dyn Fn()>) {
    let is_drawn = Signal::new(false);
    watch_now_boxed(Box::new(move || {
        if is_drawn.get() {
            run()
        }
    }));
    spawn(async move { is_drawn.set(true) });
}

/// The same, the first time at once.
pub fn watch_now(run: impl Fn() + 'static) {
    watch_now_boxed(Box::new(run));
}

fn watch_now_boxed(run: Box<dyn Fn()>) {
    StoredValue::new_local(RenderEffect::new(move |_| run()));
}

/// A value that views follow: a flag, a number, words. It lives as long as what is drawn around the place where it was made;
/// what asks later, such as a timer, finds the value of nothing, and changes nothing.
pub struct Signal<T> {
    value: StoredValue<Rc<dyn Any>, LocalStorage>,
    changed: Trigger,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Signal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Signal<T> {}

impl<T: Default + 'static> Signal<T> {
    /// A signal with this value.
    pub fn new(value: T) -> Self {
        let value: Rc<dyn Any> = Rc::new(RefCell::new(value));
        Self { value: StoredValue::new_local(value), changed: Trigger::new(), of: PhantomData }
    }

    /// Follows it.
    pub fn track(&self) {
        self.changed.track();
    }

    /// Reads and follows it.
    pub fn with<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        self.track();
        self.with_untracked(read)
    }

    /// Reads it once.
    pub fn with_untracked<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        let value = self.value.try_get_value();
        match value.as_ref().and_then(|value| value.downcast_ref::<RefCell<T>>()) {
            Some(value) => read(&value.borrow()),
            None => read(&T::default()),
        }
    }

    /// Puts another value in its place, and tells who follows it.
    pub fn set(&self, new: T) {
        let value = self.value.try_get_value();
        if let Some(value) = value.as_ref().and_then(|value| value.downcast_ref::<RefCell<T>>()) {
            value.replace(new);
            self.changed.notify();
        }
    }
}

impl<T: Default + Clone + 'static> Signal<T> {
    /// What it is; followed.
    pub fn get(&self) -> T {
        self.with(Clone::clone)
    }

    /// What it is now.
    pub fn get_untracked(&self) -> T {
        self.with_untracked(Clone::clone)
    }
}

/// A value that is worked out of others. Whoever reads it runs again when it differs, and not whenever they change.
pub struct Derived<T>(Signal<T>);

impl<T> Clone for Derived<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Derived<T> {}

impl<T: PartialEq + Default + 'static> Derived<T> {
    /// Worked out now, and again whenever something it is worked out of changes.
    pub fn new(work_out: impl Fn() -> T + 'static) -> Self {
        let signal = Signal::new(T::default());
        watch_now(move || {
            let now = work_out();
            if signal.with_untracked(|before| *before != now) {
                signal.set(now);
            }
        });
        Self(signal)
    }

    /// Reads and follows it.
    pub fn with<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        self.0.with(read)
    }
}

impl<T: PartialEq + Default + Clone + 'static> Derived<T> {
    /// What it is; followed.
    pub fn get(&self) -> T {
        self.0.get()
    }

    /// What it is now.
    pub fn get_untracked(&self) -> T {
        self.0.get_untracked()
    }
}
