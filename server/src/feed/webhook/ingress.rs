//! What arrives at a webhook's address.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, PoisonError},
};

use shared::MessageId;

use super::secrets::Secrets;
use crate::{
    clock::Clock,
    config::ConnectionId,
    feed::{live::Ear, reader::Told, telling::Telling},
    json,
    secrets::token_hash,
    webex::wire::{
        unpadded,
        webhooks::{CREATED, Delivery, MESSAGES, UPDATED},
    },
};

/// So many of the last tellings are known again.
const REMEMBERED: usize = 4096;

/// Why something that arrived is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no such address.
    Unknown,
    /// It is not signed by Webex.
    NotSigned,
    /// It is signed and cannot be read.
    Unreadable,
}

/// Takes what Webex tells.
pub(in crate::feed) struct Ingress {
    /// By the hash of the address's token: what is looked up tells nothing by how long that takes.
    doors: Vec<(Vec<u8>, Ear, Secrets)>,
    telling: Telling,
    clock: Clock,
    recent: Mutex<Recent>,
}

#[derive(Default)]
struct Recent {
    known: HashSet<String>,
    order: VecDeque<String>,
}

impl Ingress {
    /// For these connections.
    pub(in crate::feed) fn new(doors: Vec<(ConnectionId, Secrets)>, telling: Telling, clock: Clock) -> Self {
        let door = |(id, secrets): (ConnectionId, Secrets)| (token_hash(&secrets.token), Ear::Service(id), secrets);
        Self { doors: doors.into_iter().map(door).collect(), telling, clock, recent: Mutex::default() }
    }

    /// Whether Webex is told this address.
    pub(in crate::feed) fn is_door(&self, token: &str) -> bool {
        let hash = token_hash(token);
        self.doors.iter().any(|(door, _, _)| *door == hash)
    }

    /// Takes the raw bytes that arrived at an address, with the signature of their header in hex.
    pub(in crate::feed) fn take(&self, token: &str, signature: Option<&str>, body: &[u8]) -> Result<(), Refused> {
        let hash = token_hash(token);
        let (_, ear, secrets) = self.doors.iter().find(|(door, _, _)| *door == hash).ok_or(Refused::Unknown)?;
        let delivery = read_delivery(signature, body, |signature| secrets.is_signed(body, signature, self.clock.now()))?;
        if delivery.resource == MESSAGES && self.is_new(&delivery) {
            let told = match delivery.event.as_str() {
                CREATED => Told::Written(MessageId::new(unpadded(&delivery.data.id))),
                _ => Told::Anything,
            };
            self.telling.moved(ear, &delivery.data.room_id, told);
        }
        Ok(())
    }

    /// Webex gives its tellings no number. A message is written and deleted once, but edited more often.
    fn is_new(&self, delivery: &Delivery) -> bool {
        if delivery.event == UPDATED {
            return true;
        }
        let key = format!("{} {} {}", delivery.id, delivery.event, delivery.data.id);
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).note(key)
    }
}

/// What was told, once it is known to be signed: nothing else of it is read before. `is_signed` says so of a signature's bytes.
///
/// # Errors
///
/// [`Refused::NotSigned`] or [`Refused::Unreadable`].
pub fn read_delivery(signature: Option<&str>, body: &[u8], is_signed: impl FnOnce(&[u8]) -> bool) -> Result<Delivery, Refused> {
    let signature = signature.and_then(from_hex).ok_or(Refused::NotSigned)?;
    if !is_signed(&signature) {
        return Err(Refused::NotSigned);
    }
    json::from_slice(body).map_err(|_| Refused::Unreadable)
}

impl Recent {
    /// Answers whether it was not there.
    fn note(&mut self, key: String) -> bool {
        if !self.known.insert(key.clone()) {
            return false;
        }
        self.order.push_back(key);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let text = text.trim().as_bytes();
    // SHA-1: anything longer need not be read.
    if text.len() != 40 {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.chunks_exact(2).map(|pair| Some(digit(*pair.first()?)? * 16 + digit(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_read_in_both_cases_and_nothing_else_is() {
        let hex = "00ff".repeat(10);
        assert_eq!(from_hex(&hex), Some([0, 255].repeat(10)));
        assert_eq!(from_hex(&hex.to_uppercase()), from_hex(&hex));
        for wrong in ["", "0", "zz", &"0".repeat(39), &"0".repeat(42), &"g".repeat(40), &"é".repeat(20), &format!("sha1={hex}")] {
            assert_eq!(from_hex(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_was_told_is_known_again_for_a_bounded_while() {
        let mut recent = Recent::default();
        assert!(recent.note("a".into()) && !recent.note("a".into()));
        for number in 0..REMEMBERED {
            recent.note(number.to_string());
        }
        assert!(recent.note("a".into()));
        assert!(recent.known.len() <= REMEMBERED + 1 && recent.order.len() <= REMEMBERED + 1);
    }
}
