//! Hostile markup: vectors by class, mutations of them, and what must hold of whatever comes of one.

mod canary;
mod corpus;
mod long;
mod mutations;
mod oracle;
mod run;
pub mod shown;
mod written;

pub use canary::{Canary, Sightings};
pub use corpus::{Vector, vectors};
pub use long::long_vectors;
pub use mutations::Mutator;
pub use oracle::{MAX_DEPTH, MAX_NODES, MAX_TEXT_BYTES, broken};
pub use run::{Judged, judge, judge_mutations};
pub use written::as_html;

/// What a vector's script does: it gives itself away in three ways.
pub const SCRIPT: &str = "window.__executed=(window.__executed||0)+1;alert(1)";
