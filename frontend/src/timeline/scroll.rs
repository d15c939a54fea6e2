//! Keeps the log where the guest left it: at its end while they are there, otherwise with the same
//! message in the same place, whatever is added, changed or taken away above and below.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlElement, ResizeObserver};

use super::entry::DAY;
use crate::platform::window;

/// So close to the end counts as being there.
const NEAR_END_PX: i32 = 48;
/// So often the end is gone to, if it moves away meanwhile.
const TRIES: usize = 3;
/// So close to the beginning older messages are wanted.
const NEAR_START_PX: i32 = 600;
/// How many messages in view are remembered, should the first be drawn anew.
const ANCHORS: usize = 4;

/// Where the guest is in the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The newest message is in view.
    pub is_at_end: bool,
    /// The oldest messages held are in view, or soon.
    pub is_near_start: bool,
}

/// Watches one log until it is dropped.
pub struct Scroll {
    log: Rc<Log>,
    observer: Option<ResizeObserver>,
    _on_resize: Closure<dyn Fn()>,
}

struct Log {
    scroller: HtmlElement,
    /// Its children are the rows.
    list: Element,
    is_at_end: Cell<bool>,
    /// What the place was taken in: height of the content, height and width of the window on it.
    size: Cell<(i32, i32, i32)>,
    anchors: RefCell<Vec<(Element, f64)>>,
    moved: Box<dyn Fn(Place)>,
}

impl Scroll {
    /// Begins at the end, once the elements with these ids are in the page. `moved` hears where the guest is after each change.
    pub fn new(scroller_id: &str, content_id: &str, list_id: &str, moved: impl Fn(Place) + 'static) -> Option<Self> {
        let scroller = window::element(scroller_id)?.dyn_into().ok()?;
        let (content, list) = (window::element(content_id)?, window::element(list_id)?);
        let log = Rc::new(Log {
            scroller,
            list,
            is_at_end: Cell::new(true),
            size: Cell::default(),
            anchors: RefCell::default(),
            moved: Box::new(moved),
        });
        let resized = log.clone();
        let on_resize = Closure::<dyn Fn()>::new(move || resized.settle());
        // It calls back before the page is painted: nothing is seen to jump.
        let observer = ResizeObserver::new(on_resize.as_ref().unchecked_ref()).ok();
        if let Some(observer) = &observer {
            observer.observe(&content);
            observer.observe(&log.scroller);
        }
        Some(Self { log, observer, _on_resize: on_resize })
    }

    /// The guest has scrolled.
    pub fn scrolled(&self) {
        self.log.notice();
    }

    /// Changes the rows and keeps the place. Waiting for the browser to tell of the new size would be
    /// too late: the guest may scroll meanwhile, and the place would be taken from the changed log.
    pub fn around(&self, change: impl FnOnce()) {
        self.log.notice();
        change();
        self.log.settle();
    }

    /// To the newest message, now and from now on, once `change` has drawn it.
    pub fn go_to_end(&self, change: impl FnOnce()) {
        self.log.is_at_end.set(true);
        change();
        self.log.settle();
    }

    /// To somewhere else, which `change` draws: no place is kept.
    pub fn go_elsewhere(&self, change: impl FnOnce()) {
        self.log.is_at_end.set(false);
        change();
        self.log.look();
    }

    /// Whether the guest is at the end.
    pub fn is_at_end(&self) -> bool {
        self.log.is_at_end.get()
    }

    /// How far above the window something begins, and how high the window is.
    pub fn window_from(&self, element: &Element) -> (f64, f64) {
        let top = self.log.top() - element.get_bounding_client_rect().top();
        (top, f64::from(self.log.scroller.client_height()))
    }
}

impl Drop for Scroll {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}

impl Log {
    /// Something has changed its size.
    fn settle(&self) {
        if self.is_at_end.get() {
            // What comes into view may turn out higher than it was thought to be; that is no reason to have left the end.
            for _ in 0..TRIES {
                self.scroller.set_scroll_top(self.scroller.scroll_height());
                if self.below() <= NEAR_END_PX {
                    break;
                }
            }
            self.remember(true);
        } else {
            let top = self.top();
            let anchors = self.anchors.borrow();
            if let Some((element, before)) = anchors.iter().find(|(element, _)| element.is_connected()) {
                let moved = element.get_bounding_client_rect().top() - top - before;
                if moved.abs() >= 1.0 {
                    self.scroller.set_scroll_top(self.scroller.scroll_top() + moved.round() as i32);
                }
            }
            drop(anchors);
            self.look();
        }
    }

    /// Something moved. If the log has another size than it had, it was not the guest: a keyboard came
    /// up or a phone was turned, which browsers tell by scrolling before they tell it by size.
    fn notice(&self) {
        if self.size.get() == self.size_now() {
            self.look();
        } else {
            self.settle();
        }
    }

    fn size_now(&self) -> (i32, i32, i32) {
        (self.scroller.scroll_height(), self.scroller.client_height(), self.scroller.client_width())
    }

    /// How much of the log lies below the window.
    fn below(&self) -> i32 {
        self.scroller.scroll_height() - self.scroller.scroll_top() - self.scroller.client_height()
    }

    /// Remembers where the guest is.
    fn look(&self) {
        self.remember(self.below() <= NEAR_END_PX);
    }

    fn remember(&self, is_at_end: bool) {
        self.size.set(self.size_now());
        let above = self.scroller.scroll_top();
        self.is_at_end.set(is_at_end);
        *self.anchors.borrow_mut() = if is_at_end { Vec::new() } else { self.in_view() };
        (self.moved)(Place { is_at_end, is_near_start: above < NEAR_START_PX });
    }

    /// The first messages in view with their distance from the top.
    fn in_view(&self) -> Vec<(Element, f64)> {
        let top = self.top();
        let rows = self.list.children();
        let (mut low, mut high) = (0, rows.length());
        while low < high {
            let middle = low + (high - low) / 2;
            let is_above = rows.item(middle).is_some_and(|row| row.get_bounding_client_rect().bottom() <= top);
            if is_above {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (low..rows.length())
            .filter_map(|index| rows.item(index))
            // The line of a day moves up when older messages of that day come.
            .filter(|row| !row.has_attribute(DAY))
            .take(ANCHORS)
            .map(|row| {
                let distance = row.get_bounding_client_rect().top() - top;
                (row, distance)
            })
            .collect()
    }

    fn top(&self) -> f64 {
        self.scroller.get_bounding_client_rect().top()
    }
}
