//! What was asked of the broker and what it made of it. Without ciphers and short URLs: whoever has one is let in.

use serde::Serialize;
use serde_json::Value;

use crate::recent::Recent;

/// One request to mint links.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BrokerEntry {
    /// When it came, `…Z`, by the sandbox's clock.
    pub arrived_at: String,
    /// The UUID of the organisation that asked.
    pub organisation: String,
    /// 1 or 2.
    pub version: u8,
    /// What was answered.
    pub status: u16,
    /// `jwt.sub`, where the body could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// What is odd about it although it was accepted.
    pub lints: Vec<String>,
    /// What is in the ciphers.
    pub ciphers: Vec<DecodedCipher>,
}

/// What only the broker can read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecodedCipher {
    /// The clear header.
    pub header: Value,
    /// The claims within.
    pub claims: Value,
}

/// The requests.
pub(crate) type BrokerLog = Recent<BrokerEntry, 500>;
