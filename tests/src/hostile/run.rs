//! The reader of markup, put to the test.

use std::time::{Duration, Instant};

use server::content::rich_text::from_webex;
use shared::RichText;

use super::{MAX_TEXT_BYTES, Mutator, as_html, broken};

/// What came of one vector or mutation.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What the guest's page is told.
    pub content: RichText,
    /// How long the reading took.
    pub took: Duration,
    /// What is wrong with it, if anything is.
    pub broken: Option<String>,
}

/// Reads markup and judges what comes of it: by the oracle, and by reading it again.
pub fn judge(html: &str) -> Judged {
    let began = Instant::now();
    let content = from_webex(Some(html), None);
    let took = began.elapsed();
    let json = serde_json::to_value(&content).expect("content is JSON");
    let broken = broken(&json).or_else(|| {
        let written = as_html(&content);
        // What grew too long by being written is cut.
        let again = if written.len() <= MAX_TEXT_BYTES { from_webex(Some(&written), None) } else { content.clone() };
        (again != content).then(|| format!("read again it is something else:\n{content:?}\n{again:?}"))
    });
    Judged { content, took, broken }
}

/// Judges so many mutations, and answers the longest time that one took.
///
/// # Panics
///
/// If one of them breaks something; its text is told.
pub fn judge_mutations(parents: &[String], count: usize, seed: u64) -> Duration {
    let mut mutator = Mutator::new(parents, seed);
    let mut longest = Duration::ZERO;
    for number in 0..count {
        let html = mutator.mutation();
        let judged = judge(&html);
        if let Some(broken) = judged.broken {
            panic!("mutation {number} of seed {seed}: {broken}\n{html:?}");
        }
        longest = longest.max(judged.took);
    }
    longest
}
