//! What a guest may send, and how a file is handed out.
//!
//! A file is taken if its name, what the browser says it is and its first bytes agree on one of a few kinds. It is
//! handed out as an attachment of a type that no browser runs.

mod disposition;
mod kind;
mod name;
mod pixels;

pub use disposition::{attachment, name_from_disposition};
pub use kind::{FileRefusal, SNIFF_BYTES, accepted_type, download_type};
pub use name::safe_name;
pub use pixels::{MAX_PIXELS, is_picture, pixels};
