//! Proof of work, where a site asks for it: a browser that is nobody yet works for a moment before it becomes a guest, so that very
//! many at once cost whoever sends them. It is a hurdle, and no lock: the limits stand behind it.
//!
//! The browser is given a text and finds a number: SHA-256 of `text.number` begins with so many zero bits. The text is good once,
//! for its site, for a while, and only as long as this process lives.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use shared::SiteId;

use crate::{
    clock::Clock,
    secrets::{SecretsError, random, random_id},
};

/// About 65,000 digests: a second or two of a phone's time.
pub const BITS: u32 = 16;
/// A guest may take so long to find a name.
pub const LIFE: Duration = Duration::from_secs(10 * 60);
/// Beyond so many, those that are over are forgotten; if they are not, nobody gets in until they are.
const MAX_USED: usize = 100_000;
/// No number that a browser finds is longer.
const MAX_NUMBER_CHARS: usize = 20;

/// Gives texts, and knows which were used. Clones share it.
#[derive(Clone)]
pub struct Proofs {
    key: Arc<[u8; 32]>,
    clock: Clock,
    /// Texts that were used, and until when they would have been good.
    used: Arc<Mutex<HashMap<String, Duration>>>,
}

impl Proofs {
    /// With a key of this process alone.
    pub fn new(clock: Clock) -> Result<Self, SecretsError> {
        Ok(Self { key: Arc::new(random()?), clock, used: Arc::default() })
    }

    /// A text to work on, for this site: an id, until when it is good, and what shows that it was given here.
    pub fn challenge(&self, site_id: &SiteId) -> Result<String, SecretsError> {
        let until = (self.clock.elapsed() + LIFE).as_secs();
        let given = format!("{}.{until}", random_id()?);
        let mark = self.mark(site_id, &given)?;
        Ok(format!("{given}.{mark}"))
    }

    /// Whether the work was done: `text.number`. Then the text is used up.
    pub fn accepts(&self, site_id: &SiteId, proof: &str) -> bool {
        let Some((text, number)) = proof.rsplit_once('.') else { return false };
        let Some((given, mark)) = text.rsplit_once('.') else { return false };
        let until = given.rsplit_once('.').and_then(|(_, until)| until.parse().ok()).map(Duration::from_secs);
        let is_number = (1..=MAX_NUMBER_CHARS).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
        let is_ours = self.is_marked(site_id, given, mark);
        let now = self.clock.elapsed();
        let Some(until) = until.filter(|until| is_ours && is_number && now < *until) else { return false };
        let digest = Sha256::digest(proof.as_bytes());
        if leading_zeros(&digest) < BITS {
            return false;
        }
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() >= MAX_USED {
            used.retain(|_, until| now < *until);
            if used.len() >= MAX_USED {
                return false;
            }
        }
        used.insert(given.to_owned(), until).is_none()
    }

    fn mac(&self, site_id: &SiteId, given: &str) -> Option<Hmac<Sha256>> {
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(self.key.as_slice()).ok()?;
        mac.update(site_id.as_str().as_bytes());
        mac.update(&[0]);
        mac.update(given.as_bytes());
        Some(mac)
    }

    fn mark(&self, site_id: &SiteId, given: &str) -> Result<String, SecretsError> {
        let mac = self.mac(site_id, given).ok_or(SecretsError::Unopenable)?;
        Ok(BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    fn is_marked(&self, site_id: &SiteId, given: &str, mark: &str) -> bool {
        let mark = BASE64_URL_SAFE_NO_PAD.decode(mark).unwrap_or_default();
        self.mac(site_id, given).is_some_and(|mac| mac.verify_slice(&mark).is_ok())
    }
}

fn leading_zeros(digest: &[u8]) -> u32 {
    let mut zeros = 0;
    for byte in digest {
        zeros += byte.leading_zeros();
        if *byte != 0 {
            break;
        }
    }
    zeros
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(text: &str) -> String {
        let proofs = (0_u64..).map(|number| format!("{text}.{number}"));
        proofs.into_iter().find(|proof| leading_zeros(&Sha256::digest(proof.as_bytes())) >= BITS).unwrap()
    }

    #[test]
    fn work_is_taken_once_for_its_site_and_in_time() {
        let (clock, site) = (Clock::system(), SiteId::new("acme"));
        let proofs = Proofs::new(clock.clone()).unwrap();
        let text = proofs.challenge(&site).unwrap();
        let proof = work(&text);
        assert!(!proofs.accepts(&SiteId::new("other"), &proof));
        assert!(!Proofs::new(clock.clone()).unwrap().accepts(&site, &proof), "another process");
        assert!(proofs.accepts(&site, &proof));
        assert!(!proofs.accepts(&site, &proof), "a second time");

        let late = work(&proofs.challenge(&site).unwrap());
        clock.advance(LIFE);
        assert!(!proofs.accepts(&site, &late));
    }

    #[test]
    fn what_was_not_worked_for_is_not_taken() {
        let (clock, site) = (Clock::system(), SiteId::new("acme"));
        let proofs = Proofs::new(clock).unwrap();
        let text = proofs.challenge(&site).unwrap();
        let proof = work(&text);
        let number = proof.rsplit('.').next().unwrap();
        let longer = proof.replacen('.', ".9", 1);
        for wrong in [
            "",
            ".",
            "...",
            &text,
            &format!("{text}.x"),
            &format!("{text}.-1"),
            &format!("x{proof}"),
            &longer,
            &format!("{text}.{number}x"),
        ] {
            assert!(!proofs.accepts(&site, wrong), "{wrong}");
        }
        let unworked =
            (0_u64..).map(|number| format!("{text}.{number}")).find(|proof| leading_zeros(&Sha256::digest(proof.as_bytes())) < BITS);
        assert!(!proofs.accepts(&site, &unworked.unwrap()));
        assert!(proofs.accepts(&site, &proof));
    }

    #[tokio::test(start_paused = true)]
    async fn a_text_is_good_for_ten_minutes_to_the_second() {
        let (clock, site) = (Clock::simulated(std::time::UNIX_EPOCH), SiteId::new("acme"));
        let proofs = Proofs::new(clock.clone()).unwrap();
        let (early, late) = (work(&proofs.challenge(&site).unwrap()), work(&proofs.challenge(&site).unwrap()));
        clock.advance(Duration::from_millis(599_999));
        assert!(proofs.accepts(&site, &early));
        clock.advance(Duration::from_millis(1));
        assert!(!proofs.accepts(&site, &late));
    }

    #[test]
    fn just_enough_work_is_enough_and_a_number_has_twenty_digits_at_most() {
        let site = SiteId::new("acme");
        let proofs = Proofs::new(Clock::system()).unwrap();
        let text = proofs.challenge(&site).unwrap();
        let with = |digits: usize, enough: &dyn Fn(u32) -> bool| {
            let mut proofs = (0_u64..).map(|number| format!("{text}.{number:0digits$}"));
            proofs.find(|proof| enough(leading_zeros(&Sha256::digest(proof.as_bytes())))).unwrap()
        };
        assert!(!proofs.accepts(&site, &with(21, &|zeros| zeros >= BITS)));
        assert!(proofs.accepts(&site, &with(20, &|zeros| zeros == BITS)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_over_is_forgotten_and_while_nothing_is_nobody_gets_in() {
        let (clock, site) = (Clock::simulated(std::time::UNIX_EPOCH), SiteId::new("acme"));
        let proofs = Proofs::new(clock.clone()).unwrap();
        let until = clock.elapsed() + Duration::from_secs(60);
        proofs.used.lock().unwrap().extend((0..MAX_USED - 1).map(|number| (number.to_string(), until)));
        let mut worked = (0..4).map(|_| work(&proofs.challenge(&site).unwrap())).collect::<Vec<_>>().into_iter();
        let mut accepts = || proofs.accepts(&site, &worked.next().unwrap());
        assert!(accepts(), "the last place");
        assert!(!accepts());
        clock.advance(Duration::from_secs(59));
        assert!(!accepts());
        clock.advance(Duration::from_secs(1));
        assert!(accepts());
        assert_eq!(proofs.used.lock().unwrap().len(), 2);
    }

    #[test]
    fn bits_are_counted_from_the_left() {
        for (digest, zeros) in [(&[0x80, 0][..], 0), (&[0x01, 0xff], 7), (&[0, 0x40], 9), (&[0, 0, 0], 24)] {
            assert_eq!(leading_zeros(digest), zeros);
        }
    }
}
