//! Bytes changed at random, by a seed.

use fastrand::Rng;

/// What readers turn at.
const TOKENS: [&str; 44] = [
    "\r\n",
    "\n",
    "\0",
    "\"",
    "'",
    "\\",
    "/",
    "..",
    "%00",
    "%2e",
    ";",
    ":",
    ",",
    "=",
    "{",
    "}",
    "[",
    "]",
    "null",
    "true",
    "-1",
    "18446744073709551616",
    "1e309",
    "\u{202e}",
    "\u{feff}",
    "é",
    "😀",
    "<",
    ">",
    "<@all>",
    "*",
    "`",
    "javascript:",
    "https://",
    "@",
    "#",
    "--",
    "\t",
    "\u{1}",
    "\x7f",
    "\\u0000",
    "/host/",
    "+",
    " ",
];
const MOST_CHANGES: usize = 5;
const MAX_BYTES: usize = 4096;

/// Makes mutations.
pub struct ByteMutator {
    dice: Rng,
    parents: Vec<Vec<u8>>,
}

impl ByteMutator {
    /// Of these, the same ones for the same seed.
    pub fn new(parents: Vec<Vec<u8>>, seed: u64) -> Self {
        assert!(!parents.is_empty(), "nothing to change");
        Self { dice: Rng::with_seed(seed), parents }
    }

    /// The next one.
    pub fn mutation(&mut self) -> Vec<u8> {
        let mut bytes = self.parents[self.dice.usize(..self.parents.len())].clone();
        for _ in 0..self.dice.usize(1..=MOST_CHANGES) {
            self.change(&mut bytes);
            bytes.truncate(MAX_BYTES);
        }
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let (from, to) = (self.dice.usize(..=bytes.len()), self.dice.usize(..=bytes.len()));
        let range = from.min(to)..from.max(to);
        match self.dice.u8(0..7) {
            0 => drop(bytes.drain(range)),
            1 => {
                let piece = bytes[range.clone()].to_vec();
                bytes.splice(range.start..range.start, piece);
            }
            2 => {
                let other = &self.parents[self.dice.usize(..self.parents.len())];
                let at = self.dice.usize(..=other.len());
                bytes.truncate(range.start);
                bytes.extend_from_slice(&other[at..]);
            }
            3 if !bytes.is_empty() => {
                let at = self.dice.usize(..bytes.len());
                bytes[at] ^= 1 << self.dice.u8(..8);
            }
            4 if !bytes.is_empty() => {
                let at = self.dice.usize(..bytes.len());
                bytes[at] = self.dice.u8(..);
            }
            _ => {
                let token = TOKENS[self.dice.usize(..TOKENS.len())];
                bytes.splice(range.start..range.start, token.bytes());
            }
        }
    }
}
