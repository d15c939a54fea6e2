//! Elements built straight, for what never changes once it is drawn: a row of a log needs no signal,
//! and thousands of rows need none either.

use wasm_bindgen::JsCast;
use web_sys::{Element, Node};

use super::icon::Icon;
use crate::platform::window::document;

const SVG: &str = "http://www.w3.org/2000/svg";

/// An element under construction. Where the browser makes none, nothing is drawn.
pub struct Drawn(Option<Element>);

/// An element with its classes.
pub fn element(tag: &str, class: &str) -> Drawn {
    let drawn = Drawn(document().and_then(|document| document.create_element(tag).ok()));
    if class.is_empty() { drawn } else { drawn.with("class", class) }
}

/// A small picture in the colour of the text beside it.
pub fn picture(icon: Icon) -> Drawn {
    let make = |tag| Drawn(document().and_then(|document| document.create_element_ns(Some(SVG), tag).ok()));
    make("svg").with("class", "icon").with("viewBox", "0 0 24 24").with("aria-hidden", "true").child(make("path").with("d", icon.path()))
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

    /// The element itself.
    pub fn done(self) -> Option<Element> {
        self.0
    }
}
