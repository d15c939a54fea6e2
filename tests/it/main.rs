//! What the portal promises, over real sockets: each test starts a portal beside a simulated Webex.

mod events;
mod faults;
mod messages;
mod requests;
mod restart;
mod secrets;
mod sign_in;
mod tidy;
