//! What every view is written with: elements built straight, in the reactive system of Leptos.
//!
//! A row of a log never changes once it is drawn and needs no signal; what does change is a closure
//! that runs again when what it reads changes. A `view!` is a type of its own for every place in it
//! and was the largest part of the program, a third of all the page weighed; these are all one type.
//! Text becomes text nodes and attributes are set one by one: nothing here is ever parsed as HTML, as
//! Trusted Types demand. `dist/*.js` of a release build must not contain `innerHTML`.

use leptos::prelude::StoredValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, Node};

use super::icon::Icon;
use super::reactive::{Signal, watch_now};
use crate::platform::window::{self, document};

const SVG: &str = "http://www.w3.org/2000/svg";

/// An element under construction. Where the browser makes none, nothing is drawn.
#[derive(Clone)]
pub struct Drawn(Option<Element>);

/// An element with its classes.
pub fn element(tag: &str, class: &str) -> Drawn {
    let drawn = Drawn(document().and_then(|document| document.create_element(tag).ok()));
    if class.is_empty() { drawn } else { drawn.with("class", class) }
}

/// What is seen only later, such as a dialog: drawn in a moment.
pub fn later(child: impl Fn() -> Drawn + 'static) -> Drawn {
    element("div", "later").holding_soon(move || Some(child()))
}

/// A small picture in the colour of the text beside it.
pub fn picture(icon: Icon) -> Drawn {
    let make = |tag| Drawn(document().and_then(|document| document.create_element_ns(Some(SVG), tag).ok()));
    make("svg")
        .with("class", if icon.turns() { "icon icon--turns" } else { "icon" })
        .with("viewBox", "0 0 24 24")
        .with("aria-hidden", "true")
        .child(make("path").with("d", icon.path()))
}

impl Drawn {
    /// Gives it an attribute.
    pub fn with(self, name: &str, value: &str) -> Self {
        if let Some(element) = &self.0 {
            // Fails only for names that are none.
            let _ = element.set_attribute(name, value);
        }
        self
    }

    /// Gives it a class more, if so.
    pub fn class_if(self, class: &str, is_so: bool) -> Self {
        if let Some(element) = self.0.as_ref().filter(|_| is_so) {
            let _ = element.class_list().add_1(class);
        }
        self
    }

    /// Adds text at its end.
    pub fn text(self, text: &str) -> Self {
        if let Some((element, document)) = self.0.as_ref().zip(document()) {
            let _ = element.append_child(&document.create_text_node(text));
        }
        self
    }

    /// Adds an element at its end.
    pub fn child(self, child: Drawn) -> Self {
        if let Some((element, child)) = self.0.as_ref().zip(child.0.as_ref()) {
            let _ = element.append_child(child.unchecked_ref::<Node>());
        }
        self
    }

    /// Adds an element at its end, if there is one.
    pub fn maybe(self, child: Option<Drawn>) -> Self {
        match child {
            Some(child) => self.child(child),
            None => self,
        }
    }

    /// Adds elements at its end.
    pub fn children(self, children: impl Iterator<Item = Drawn>) -> Self {
        children.fold(self, Self::child)
    }

    /// Calls back on each such event, as long as what is drawn around it stays.
    pub fn on(self, event: &str, heard: impl Fn(Event) + 'static) -> Self {
        self.listen(event, Box::new(heard))
    }

    fn listen(self, event: &str, heard: Box<dyn Fn(Event)>) -> Self {
        if let Some(element) = &self.0 {
            let heard = Closure::wrap(heard);
            let _ = element.add_event_listener_with_callback(event, heard.as_ref().unchecked_ref());
            StoredValue::new_local(heard);
        }
        self
    }

    /// Draws now, and again whenever something it reads has changed.
    pub fn live(self, draw: impl Fn(&Drawn) + 'static) -> Self {
        self.follow(Box::new(draw))
    }

    fn follow(self, draw: Box<dyn Fn(&Drawn)>) -> Self {
        let drawn = self.clone();
        watch_now(move || draw(&drawn));
        self
    }

    /// Says what `words` gives, now and whenever that changes.
    pub fn saying(self, words: impl Fn() -> String + 'static) -> Self {
        self.live(move |drawn| {
            let now = words();
            if let Some(element) = drawn.0.as_ref().filter(|element| element.text_content().as_deref() != Some(&now)) {
                element.set_text_content(Some(&now));
            }
        })
    }

    /// Holds what `child` gives, now and whenever that changes.
    pub fn holding(self, child: impl Fn() -> Option<Drawn> + 'static) -> Self {
        self.live(move |drawn| {
            drawn.empty();
            drawn.clone().maybe(child());
        })
    }

    /// The same, but in a moment, and so all that is drawn in this way, in order: drawn at once, a page is deaf to the guest
    /// for a third of a second on a cheap phone.
    pub fn holding_soon(self, child: impl Fn() -> Option<Drawn> + 'static) -> Self {
        let is_time = Signal::new(false);
        window::after(0, move || is_time.set(true));
        self.holding(move || if is_time.get() { child() } else { None })
    }

    /// Has a class while it is so.
    pub fn class_while(self, class: &'static str, is_so: impl Fn() -> bool + 'static) -> Self {
        self.live(move |drawn| {
            if let Some(element) = &drawn.0 {
                let _ = element.class_list().toggle_with_force(class, is_so());
            }
        })
    }

    /// Has an attribute while it has a value.
    pub fn with_live(self, name: &'static str, value: impl Fn() -> Option<String> + 'static) -> Self {
        self.live(move |drawn| {
            if let Some(element) = &drawn.0 {
                let _ = match value() {
                    Some(value) => element.set_attribute(name, &value),
                    None => element.remove_attribute(name),
                };
            }
        })
    }

    /// Sets a property, such as what stands in a text box.
    pub fn set(&self, name: &str, value: &JsValue) {
        if let Some(element) = &self.0 {
            let _ = js_sys::Reflect::set(element, &JsValue::from_str(name), value);
        }
    }

    /// Takes out everything in it.
    pub fn empty(&self) {
        if let Some(element) = &self.0 {
            element.set_text_content(None);
        }
    }

    /// The element itself.
    pub fn done(self) -> Option<Element> {
        self.0
    }
}
