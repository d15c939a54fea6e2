//! Webex tells the portal at its own address that something happened. What is told is only a reason to look: whoever forges or
//! repeats it makes the portal read a room that it reads anyway.

mod ingress;
mod registration;
mod secrets;

pub(super) use ingress::Ingress;
pub use ingress::{Refused, read_delivery};
pub(super) use registration::Registration;
pub(super) use secrets::{Secrets, name_of};
