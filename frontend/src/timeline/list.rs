//! The rows in the page. What is drawn stays; what has changed is drawn anew; nothing else is touched.

use web_sys::Element;

use super::entry::draw;
use super::rows::{Row, RowKey};

/// The rows in the page, in order.
#[derive(Default)]
pub struct List {
    drawn: Vec<(RowKey, Element)>,
}

impl List {
    /// Makes the page show these rows. Those that were not there before come in softly, if so.
    pub fn show(&mut self, list: &Element, rows: &[Row], is_soft: bool) {
        let mut before: Vec<Option<(RowKey, Element)>> = std::mem::take(&mut self.drawn).into_iter().map(Some).collect();
        // Rows seldom change their order: the one wanted is nearly always the next one not taken yet.
        let mut next = 0;
        for row in rows {
            let same = find(&before, next, |key| *key == row.key);
            let kept = same.and_then(|place| {
                next = place + 1;
                before.get_mut(place).and_then(Option::take)
            });
            let drawn = kept.or_else(|| {
                let is_redrawn = find(&before, next, |key| key.id == row.key.id).is_some();
                let drawn = draw(row).class_if("timeline__row--new", is_soft && !is_redrawn);
                drawn.done().map(|element| (row.key.clone(), element))
            });
            self.drawn.extend(drawn);
        }
        for (_, element) in before.into_iter().flatten() {
            element.remove();
        }
        let mut here = list.first_element_child();
        for (_, element) in &self.drawn {
            if here.as_ref() == Some(element) {
                here = element.next_element_sibling();
            } else {
                // Fails only if `here` has been taken out meanwhile, and nobody does.
                let _ = list.insert_before(element, here.as_deref());
            }
        }
    }
}

/// The place of such a row that is still there: behind `from`, else before it.
fn find(rows: &[Option<(RowKey, Element)>], from: usize, is_it: impl Fn(&RowKey) -> bool) -> Option<usize> {
    let is_it = |place: &usize| rows.get(*place).and_then(Option::as_ref).is_some_and(|(key, _)| is_it(key));
    (from..rows.len()).find(is_it).or_else(|| (0..from).find(is_it))
}
