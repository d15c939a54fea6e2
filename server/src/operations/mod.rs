//! For whoever looks after the portal: how it stands, what is wrong, and what was counted. `routes` answers with it.

mod exposition;
mod standing;
mod troubles;

pub(crate) use exposition::{CONTENT_TYPE, exposition};
pub use standing::Watch;
pub(crate) use standing::{ConnectionStanding, Standing, free_bytes};
pub use troubles::Trouble;
pub(crate) use troubles::{CLOCK_TOLERANCE_MILLIS, DISK_FULL_BYTES};
