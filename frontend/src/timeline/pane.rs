//! The rows of a log in the page: of ten thousand only those near the window are drawn, and the others have room kept free
//! for them.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::entry::{Tools, row_id, tools};
use super::list::List;
use super::rows::{Body, Row};
use super::scroll::{Place, Scroll};
use super::slice::{Heights, Slice};
use crate::platform::window;
use crate::ui::element::Drawn;

/// Ids in the page: one log is open at a time.
pub const SCROLLER_ID: &str = "timeline";
/// See [`SCROLLER_ID`].
pub const CONTENT_ID: &str = "timeline-content";
/// See [`SCROLLER_ID`].
pub const ROWS_ID: &str = "timeline-rows";
/// The room above the rows.
pub const ABOVE_ID: &str = "timeline-room-above";
/// The room below them.
pub const BELOW_ID: &str = "timeline-room-below";

/// The button that shows what can be done with a message.
const MORE: &str = ".timeline__more";

/// The rows of a log in the page.
pub struct Pane {
    scroll: RefCell<Option<Scroll>>,
    list: RefCell<List>,
    heights: RefCell<Heights>,
    rows: RefCell<Vec<Row>>,
    drawn: RefCell<Range<usize>>,
    is_drawing: Cell<bool>,
    test_url: RefCell<Option<String>>,
    /// What can be done with the message that is pointed at.
    tools: RefCell<Option<Element>>,
    on_drawn: Box<dyn Fn(&Element)>,
}

impl Pane {
    /// A log without rows; `on_drawn` hears when some were drawn.
    pub fn new(on_drawn: Box<dyn Fn(&Element)>) -> Self {
        Self {
            scroll: RefCell::default(),
            list: RefCell::default(),
            heights: RefCell::default(),
            rows: RefCell::default(),
            drawn: RefCell::default(),
            is_drawing: Cell::new(false),
            test_url: RefCell::default(),
            tools: RefCell::default(),
            on_drawn,
        }
    }

    /// Its elements are in the page; `moved` hears where the guest is after each change.
    pub fn begin(&self, moved: impl Fn(Place) + 'static) {
        *self.scroll.borrow_mut() = Scroll::new(SCROLLER_ID, CONTENT_ID, ROWS_ID, moved);
    }

    /// The guest has scrolled.
    pub fn scrolled(&self) {
        self.scroll.borrow().iter().for_each(Scroll::scrolled);
    }

    /// These are the rows from now on. Those that were not there before come in softly, if so.
    pub fn show(&self, rows: Vec<Row>, is_soft: bool, test_url: Option<String>) {
        self.heights.borrow_mut().lay_out(rows.iter().map(|row| row.key.id.as_str()));
        let kept = self.kept(&rows);
        self.rows.replace(rows);
        self.test_url.replace(test_url);
        let scroll = self.scroll.borrow();
        let Some(scroll) = &*scroll else { return };
        self.once(|| scroll.around(|| self.draw(self.wanted(scroll, kept), is_soft)));
        self.fill(scroll);
    }

    /// What is drawn does no longer, or still does, for where the guest is now.
    pub fn moved(&self) {
        if let Some(scroll) = &*self.scroll.borrow() {
            self.fill(scroll);
        }
    }

    /// To the newest message, now and from now on.
    pub fn go_to_end(&self) {
        let scroll = self.scroll.borrow();
        let Some(scroll) = &*scroll else { return };
        self.once(|| scroll.go_to_end(|| self.draw(self.wanted(scroll, None), false)));
        self.fill(scroll);
    }

    /// Brings the row of this message or visit into view and lets it be noticed. Whether there is one.
    pub fn go_to(&self, id: &str) -> bool {
        let Some(row) = self.rows.borrow().iter().position(|row| row.key.id == id) else { return false };
        let scroll = self.scroll.borrow();
        let Some(scroll) = &*scroll else { return false };
        if !self.drawn.borrow().contains(&row) {
            let slice = {
                let heights = self.heights.borrow();
                heights.around(heights.top_of(row), self.window(scroll).1)
            };
            self.once(|| scroll.go_elsewhere(|| self.draw(slice, false)));
        }
        let Some(element) = window::element(&row_id(id)) else { return false };
        self.once(|| scroll.go_elsewhere(|| element.scroll_into_view()));
        self.fill(scroll);
        notice(&element);
        true
    }

    /// Shows what can be done with a row's message, and hides what was shown before. `is_asked` where its button was pressed:
    /// then the keyboard goes there.
    pub fn show_tools(&self, row: &Element, can: Tools, is_asked: bool) {
        if self.tools.borrow().as_ref().is_some_and(|tools| row.contains(Some(tools))) {
            // The same button hides them again.
            if is_asked {
                self.hide_tools();
            }
            return;
        }
        self.hide_tools();
        let drawn = {
            let rows = self.rows.borrow();
            let is_it = |other: &&Row| row_id(&other.key.id) == row.id();
            rows.iter().rfind(is_it).and_then(|row| tools(row, can)).and_then(Drawn::done)
        };
        let Some((more, drawn)) = row.query_selector(MORE).ok().flatten().zip(drawn) else { return };
        let _ = more.set_attribute("aria-expanded", "true");
        let _ = more.insert_adjacent_element("afterend", &drawn);
        if is_asked && let Some(first) = drawn.first_element_child().and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
            let _ = first.focus();
        }
        self.tools.replace(Some(drawn));
    }

    /// Hides them.
    pub fn hide_tools(&self) {
        let Some(tools) = self.tools.take() else { return };
        if let Some(more) = tools.previous_element_sibling() {
            let _ = more.set_attribute("aria-expanded", "false");
            if window::focused().is_some_and(|focused| tools.contains(Some(&focused)))
                && let Some(more) = more.dyn_ref::<HtmlElement>()
            {
                let _ = more.focus();
            }
        }
        tools.remove();
    }

    /// The rows drawn so far, as far as they are among these.
    fn kept(&self, rows: &[Row]) -> Option<Range<usize>> {
        let before = self.rows.borrow();
        let drawn = before.get(self.drawn.borrow().clone())?;
        // The line of a day moves up when older messages of that day come.
        let is_line = |row: &Row| matches!(row.body, Body::Day(_) | Body::Unread(_));
        let place_of = |row: &Row| rows.iter().rposition(|other| !is_line(row) && other.key.id == row.key.id);
        let first = drawn.iter().find_map(place_of)?;
        let last = drawn.iter().rev().find_map(place_of)?;
        (first <= last).then_some(first..last + 1)
    }

    fn wanted(&self, scroll: &Scroll, kept: Option<Range<usize>>) -> Slice {
        let (top, height) = self.window(scroll);
        let heights = self.heights.borrow();
        match kept {
            _ if scroll.is_at_end() => heights.at_end(height),
            Some(kept) => heights.of(kept),
            None => heights.around(top, height),
        }
    }

    fn window(&self, scroll: &Scroll) -> (f64, f64) {
        window::element(ABOVE_ID).map(|above| scroll.window_from(&above)).unwrap_or_default()
    }

    /// Draws what is missing where the guest is. What is drawn may be of another height than was thought, so that more is
    /// missing afterwards; that comes to an end, for then more of it is known.
    fn fill(&self, scroll: &Scroll) {
        for _ in 0..4 {
            let (top, height) = self.window(scroll);
            if self.is_drawing.get() || height <= 0.0 || self.heights.borrow().is_enough(&self.drawn.borrow(), top, height) {
                return;
            }
            let slice = self.heights.borrow().around(top, height);
            self.once(|| scroll.around(|| self.draw(slice, false)));
        }
    }

    /// What moves the log meanwhile was not the guest.
    fn once(&self, draw: impl FnOnce()) {
        let was_drawing = self.is_drawing.replace(true);
        draw();
        self.is_drawing.set(was_drawing);
    }

    fn draw(&self, slice: Slice, is_soft: bool) {
        let Some(list) = window::element(ROWS_ID) else { return };
        let rows = self.rows.borrow();
        let shown = rows.get(slice.rows.clone()).unwrap_or_default();
        self.list.borrow_mut().show(&list, shown, is_soft, self.test_url.borrow().as_deref());
        keep_free(ABOVE_ID, slice.above);
        keep_free(BELOW_ID, slice.below);
        self.measure(&list, slice.rows.start);
        self.drawn.replace(slice.rows);
        drop(rows);
        (self.on_drawn)(&list);
    }

    /// Learns how high the rows are that are drawn, with the room between them. In a frame that an owner's page does not show
    /// nothing has a height: what is guessed stands.
    fn measure(&self, list: &Element, first: usize) {
        let elements = list.children();
        let whole = list.get_bounding_client_rect();
        if whole.height() <= 0.0 {
            return;
        }
        let mut above = whole.top();
        let drawn = (0..elements.length()).filter_map(|place| {
            // The room between two rows belongs to the lower one.
            let bottom = elements.item(place)?.get_bounding_client_rect().bottom();
            Some(bottom - std::mem::replace(&mut above, bottom))
        });
        self.heights.borrow_mut().learn(first, drawn);
    }
}

fn keep_free(id: &str, height: f64) {
    if let Some(room) = window::element(id).and_then(|room| room.dyn_into::<HtmlElement>().ok()) {
        let _ = room.style().set_property("block-size", &((height.round() as i64).to_string() + "px"));
    }
}

fn notice(row: &Element) {
    // Only what can take the focus takes it: a visit's card.
    let _ = row.unchecked_ref::<HtmlElement>().focus();
    let classes = row.class_list();
    let _ = classes.remove_1("timeline__row--found");
    // The movement begins anew only once the browser has seen it gone.
    window::after(30, move || {
        let _ = classes.add_1("timeline__row--found");
    });
}
