//! `guest-portal rotate`: a new key for what the portal keeps sealed.

use super::{ConfigArgs, EXIT_CONFIG, reach::load_server};
use crate::secrets::Keys;

pub(super) fn run(args: &ConfigArgs) -> u8 {
    let server = match load_server(args) {
        Ok(server) => server,
        Err(code) => return code,
    };
    let path = server.data_dir.join("keys.toml");
    match Keys::rotate(&path) {
        Ok(()) => {
            println!("{} has a new key before the others.", path.display());
            println!("Send a portal that runs the signal SIGHUP; it seals with the new key from then on, and opens with all of them.");
            println!(
                "An old key may go once nothing is left that it sealed: after 90 days, or when the last appointment made before is over."
            );
            0
        }
        Err(error) => {
            eprintln!("{error}");
            EXIT_CONFIG
        }
    }
}
