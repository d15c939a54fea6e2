//! Which rows of a long log are drawn: those in view and some beside them. For the others room is kept free.

use std::ops::Range;

/// So high a row is thought to be until it was drawn.
const GUESS_PX: f64 = 48.0;
/// So far beyond what is in view rows are drawn, and no less than [`LEAST_PX`] are kept.
const MARGIN_PX: f64 = 200.0;
/// How far on a row is looked for among those before it.
const NEAR: usize = 8;
/// See [`MARGIN_PX`].
const LEAST_PX: f64 = 60.0;

/// How high rows are, as far as known.
#[derive(Debug, Default)]
pub struct Heights {
    /// Each row, with how high it is or is thought to be.
    rows: Vec<(String, f64)>,
    /// The top of each row, and the end of the last one.
    tops: Vec<f64>,
}

/// What is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slice {
    /// Which rows.
    pub rows: Range<usize>,
    /// So much room is kept free above them.
    pub above: f64,
    /// So much below them.
    pub below: f64,
}

impl Heights {
    /// These are the rows from now on. What is known of them stays known.
    pub fn lay_out<'a>(&mut self, ids: impl Iterator<Item = &'a str>) {
        let before = std::mem::take(&mut self.rows);
        // Rows seldom change their order: the one wanted is nearly always the next one.
        let mut next = 0;
        for id in ids {
            let is_it = |place: &usize| before.get(*place).is_some_and(|(known, _)| known == id);
            let found =
                (next..before.len().min(next + NEAR)).find(is_it).or_else(|| if next == 0 { (0..before.len()).find(is_it) } else { None });
            next = found.map_or(next, |place| place + 1);
            let height = found.and_then(|place| before.get(place)).map_or(GUESS_PX, |(_, height)| *height);
            self.rows.push((id.to_owned(), height));
        }
        self.add_up();
    }

    /// These rows were drawn, from the one with this number on, each so high.
    pub fn learn(&mut self, first: usize, drawn: impl Iterator<Item = f64>) {
        for (row, height) in self.rows.iter_mut().skip(first).zip(drawn) {
            row.1 = height;
        }
        self.add_up();
    }

    fn add_up(&mut self) {
        self.tops.clear();
        self.tops.push(0.0);
        let mut top = 0.0;
        for (_, height) in &self.rows {
            top += height;
            self.tops.push(top);
        }
    }

    /// How many rows there are.
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// Where a row begins.
    pub fn top_of(&self, row: usize) -> f64 {
        self.tops.get(row).copied().unwrap_or_default()
    }

    fn total(&self) -> f64 {
        self.tops.last().copied().unwrap_or_default()
    }

    /// The rows to draw where so much of the log stands above the window and the window is so high.
    pub fn around(&self, top: f64, height: f64) -> Slice {
        self.of(self.covering(top - MARGIN_PX, top + height + MARGIN_PX))
    }

    /// The rows to draw where the window is at the end of the log.
    pub fn at_end(&self, height: f64) -> Slice {
        let total = self.total();
        self.of(self.covering(total - height - MARGIN_PX, total).start..self.count())
    }

    /// Whether what is drawn does for a window at this place.
    pub fn is_enough(&self, drawn: &Range<usize>, top: f64, height: f64) -> bool {
        let least = self.covering(top - LEAST_PX, top + height + LEAST_PX);
        drawn.end <= self.count() && drawn.start <= least.start && least.end <= drawn.end
    }

    fn covering(&self, from: f64, to: f64) -> Range<usize> {
        // The last row that begins at or before a place.
        let at = |place: f64| self.tops.partition_point(|top| *top <= place).saturating_sub(1).min(self.count());
        at(from.max(0.0))..(at(to.max(0.0)) + 1).min(self.count())
    }

    /// These rows, with the room that the others take.
    pub fn of(&self, rows: Range<usize>) -> Slice {
        let (above, end) = (self.top_of(rows.start), self.top_of(rows.end));
        Slice { rows, above, below: self.total() - end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heights(known: &[(usize, f64)], count: usize) -> Heights {
        let ids: Vec<String> = (0..count).map(|number| number.to_string()).collect();
        let mut heights = Heights::default();
        heights.lay_out(ids.iter().map(String::as_str));
        for (row, height) in known {
            heights.learn(*row, std::iter::once(*height));
        }
        heights
    }

    #[test]
    fn what_was_learnt_stays_known_when_rows_come_and_go() {
        let mut heights = heights(&[(0, 10.0), (1, 20.0), (2, 30.0), (3, 40.0)], 4);
        heights.lay_out(["older", "0", "1", "3", "new"].into_iter());
        let tops: Vec<f64> = (0..6).map(|row| heights.top_of(row)).collect();
        assert_eq!(tops, [0.0, GUESS_PX, GUESS_PX + 10.0, GUESS_PX + 30.0, GUESS_PX + 70.0, 2.0 * GUESS_PX + 70.0]);
    }

    #[test]
    fn few_rows_are_all_drawn() {
        let heights = heights(&[], 5);
        for slice in [heights.around(0.0, 500.0), heights.at_end(500.0)] {
            assert_eq!(slice, Slice { rows: 0..5, above: 0.0, below: 0.0 });
        }
        assert_eq!(Heights::default().at_end(500.0), Slice::default());
    }

    #[test]
    fn of_ten_thousand_only_those_near_the_window_are() {
        let heights = heights(&[], 10_000);
        let middle = heights.around(240_000.0, 500.0);
        assert_eq!(middle.rows, 4995..5015);
        assert_eq!(middle.above + 20.0 * GUESS_PX + middle.below, 10_000.0 * GUESS_PX);
        let end = heights.at_end(500.0);
        assert_eq!((end.rows.end, end.below), (10_000, 0.0));
        assert!(end.rows.len() < 20);
        assert_eq!(heights.around(0.0, 500.0).above, 0.0);
        assert_eq!(heights.around(1e9, 500.0).rows.end, 10_000, "beyond the end is the end");
    }

    #[test]
    fn a_high_row_takes_the_room_of_many() {
        let heights = heights(&[(3, 5_000.0)], 100);
        assert_eq!(heights.around(2_000.0, 500.0).rows, 3..4, "only it is in view");
        assert_eq!(heights.top_of(4), 3.0 * GUESS_PX + 5_000.0);
    }

    #[test]
    fn rows_are_drawn_anew_only_when_the_window_comes_near_their_end() {
        let heights = heights(&[], 1_000);
        let drawn = heights.around(10_000.0, 500.0).rows;
        assert!(heights.is_enough(&drawn, 10_000.0, 500.0));
        assert!(heights.is_enough(&drawn, 10_100.0, 500.0));
        assert!(!heights.is_enough(&drawn, 10_200.0, 500.0));
        assert!(!heights.is_enough(&drawn, 9_000.0, 500.0));
        assert!(!heights.is_enough(&(0..2_000), 0.0, 500.0), "there were more rows than there are");
    }
}
