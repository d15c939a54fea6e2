//! How long to wait before the next attempt.

/// Waits of up to one second, then two, and so on up to fifteen, each shortened by chance to no less
/// than half, so that pages that lost the portal together do not come back together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff {
    attempts: u32,
}

impl Backoff {
    const FIRST_MILLIS: u32 = 1_000;
    const LONGEST_MILLIS: u32 = 15_000;

    /// The next wait; `chance` is from 0 up to 1.
    pub fn next_millis(&mut self, chance: f64) -> u32 {
        let longest = Self::FIRST_MILLIS.saturating_mul(2_u32.saturating_pow(self.attempts)).min(Self::LONGEST_MILLIS);
        self.attempts = self.attempts.saturating_add(1);
        let half = longest / 2;
        half + (f64::from(half) * chance) as u32
    }

    /// It worked: the next wait is the shortest again.
    pub fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_stay_in_bounds_and_start_over() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.next_millis(0.5), 750);
        for _ in 0..100 {
            let wait = backoff.next_millis(0.5);
            assert!((500..=15_000).contains(&wait));
        }
        assert_eq!(backoff.next_millis(0.0), 7_500);
        assert!(backoff.next_millis(0.999) > 14_900);
        backoff.reset();
        assert_eq!(backoff.next_millis(0.0), 500);
    }
}
