//! What follows what, with one body in the program for all its uses: what Leptos offers is drawn into the program anew for
//! each closure and each type, and was a tenth of all the page weighed.

use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use leptos::prelude::*;

/// Runs soon, and again whenever something it reads has changed, as long as what is drawn around it stays.
pub fn watch(run: impl Fn() + 'static) {
    watch_boxed(Box::new(run));
}

fn watch_boxed(run: Box<dyn Fn()>) {
    Effect::new(move |_| run());
}

/// The same, the first time at once.
pub fn watch_now(run: impl Fn() + 'static) {
    watch_now_boxed(Box::new(run));
}

fn watch_now_boxed(run: Box<dyn Fn()>) {
    StoredValue::new_local(RenderEffect::new(move |_| run()));
}

/// A value that is worked out of others. Whoever reads it runs again when it differs, and not whenever they change.
pub struct Derived<T> {
    value: StoredValue<Rc<dyn Any>, LocalStorage>,
    changed: Trigger,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Derived<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Derived<T> {}

impl<T: PartialEq + Default + 'static> Derived<T> {
    /// Worked out now, and again whenever something it is worked out of changes.
    pub fn new(work_out: impl Fn() -> T + 'static) -> Self {
        let value = Rc::new(RefCell::new(T::default()));
        let derived = Self { value: StoredValue::new_local(value.clone() as Rc<dyn Any>), changed: Trigger::new(), of: PhantomData };
        watch_now(move || {
            let now = work_out();
            if *value.borrow() != now {
                value.replace(now);
                derived.changed.notify();
            }
        });
        derived
    }

    /// Reads and follows it.
    pub fn with<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        self.changed.track();
        self.with_untracked(read)
    }

    /// Reads it once.
    pub fn with_untracked<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        // What is drawn around it may be gone by the time a timer asks.
        let value = self.value.try_get_value();
        match value.as_ref().and_then(|value| value.downcast_ref::<RefCell<T>>()) {
            Some(value) => read(&value.borrow()),
            None => read(&T::default()),
        }
    }
}

impl<T: PartialEq + Default + Clone + 'static> Derived<T> {
    /// What it is; followed.
    pub fn get(&self) -> T {
        self.with(Clone::clone)
    }

    /// What it is now.
    pub fn get_untracked(&self) -> T {
        self.with_untracked(Clone::clone)
    }
}
