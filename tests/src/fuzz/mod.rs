//! Whatever reads what others send, as plain functions of bytes: each reads, and judges what it made of them.
//!
//! A judge knows the rule and not the code: a second reader written down here, or a law such as that what was written is read again
//! as the same. The test `fuzz` tries some thousand inputs of each; `./x campaign fuzz` goes on for as long as one likes, guided by
//! which code an input reaches.

mod addresses;
mod card;
mod claim_links;
mod configuration;
mod cookies;
mod deliveries;
mod dispositions;
mod file_names;
mod files;
mod forms;
mod forwarded;
mod identities;
mod link_headers;
mod markup;
mod meeting_links;
mod mercury;
mod messages;
mod mutations;
mod outgoing;
mod retry_after;
mod signatures;
mod streams;

pub use mutations::ByteMutator;

/// One of them.
#[derive(Clone, Copy)]
pub struct Target {
    /// What it is called on the command line.
    pub name: &'static str,
    /// Reads, judges, and panics where something is wrong.
    pub run: fn(&[u8]),
    /// What to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub const TARGETS: [Target; 21] = [
    Target { name: "markup", run: markup::target, seeds: markup::seeds },
    Target { name: "outgoing", run: outgoing::target, seeds: outgoing::seeds },
    Target { name: "deliveries", run: deliveries::target, seeds: deliveries::seeds },
    Target { name: "identities", run: identities::target, seeds: identities::seeds },
    Target { name: "cookies", run: cookies::target, seeds: cookies::seeds },
    Target { name: "streams", run: streams::target, seeds: streams::seeds },
    Target { name: "dispositions", run: dispositions::target, seeds: dispositions::seeds },
    Target { name: "file_names", run: file_names::target, seeds: file_names::seeds },
    Target { name: "files", run: files::target, seeds: files::seeds },
    Target { name: "forms", run: forms::target, seeds: forms::seeds },
    Target { name: "addresses", run: addresses::target, seeds: addresses::seeds },
    Target { name: "forwarded", run: forwarded::target, seeds: forwarded::seeds },
    Target { name: "retry_after", run: retry_after::target, seeds: retry_after::seeds },
    Target { name: "link_headers", run: link_headers::target, seeds: link_headers::seeds },
    Target { name: "configuration", run: configuration::target, seeds: configuration::seeds },
    Target { name: "messages", run: messages::target, seeds: messages::seeds },
    Target { name: "mercury", run: mercury::target, seeds: mercury::seeds },
    Target { name: "claim_links", run: claim_links::target, seeds: claim_links::seeds },
    Target { name: "card", run: card::target, seeds: card::seeds },
    Target { name: "meeting_links", run: meeting_links::target, seeds: meeting_links::seeds },
    Target { name: "signatures", run: signatures::target, seeds: signatures::seeds },
];

/// The target of this name.
///
/// # Panics
///
/// If there is none.
pub fn named(name: &str) -> Target {
    TARGETS.into_iter().find(|target| target.name == name).unwrap_or_else(|| panic!("there is no target {name}"))
}

fn bytes(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// The bytes up to the first null, and those after it.
fn parted(bytes: &[u8]) -> (&[u8], &[u8]) {
    let at = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    (&bytes[..at], bytes.get(at + 1..).unwrap_or_default())
}
