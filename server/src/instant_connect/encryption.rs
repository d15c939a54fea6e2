//! The ways in which the broker can encrypt and sign, by the names that JOSE gives them.

use serde::Serialize;

/// How the broker encrypts and signs the ciphers; what is absent is for the broker to choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Encryption {
    /// How the key is wrapped.
    pub key_wrapping: Option<KeyWrapping>,
    /// Length of the salt, 8 to 128 bytes.
    pub salt_bytes: Option<u8>,
    /// Rounds of the key's derivation, 1000 to 32767.
    pub iterations: Option<u16>,
    /// How the contents are encrypted.
    pub contents: Option<ContentEncryption>,
    /// How the contents are signed.
    pub signature: Option<SignatureAlgorithm>,
}

macro_rules! algorithms {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
        pub enum $name {
            $(#[doc = concat!("`", $word, "`.")] #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name it is registered under.
            pub const fn as_word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// From the name it is registered under.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|algorithm| algorithm.as_word() == word)
            }
        }
    )+};
}

algorithms! {
    /// How a key is wrapped, by its JOSE name.
    KeyWrapping {
        Pbes2Hs256A128Kw = "PBES2-HS256+A128KW",
        Pbes2Hs384A192Kw = "PBES2-HS384+A192KW",
        Pbes2Hs512A256Kw = "PBES2-HS512+A256KW",
    }
    /// How contents are encrypted, by its JOSE name.
    ContentEncryption {
        A128CbcHs256 = "A128CBC-HS256",
        A192CbcHs384 = "A192CBC-HS384",
        A256CbcHs512 = "A256CBC-HS512",
        A128Gcm = "A128GCM",
        A192Gcm = "A192GCM",
        A256Gcm = "A256GCM",
    }
    /// How contents are signed, by its JOSE name.
    SignatureAlgorithm {
        Hs256 = "HS256",
        Hs384 = "HS384",
        Hs512 = "HS512",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_is_found_by_the_name_it_is_sent_under() {
        for algorithm in KeyWrapping::ALL {
            assert_eq!(KeyWrapping::from_word(algorithm.as_word()), Some(*algorithm));
            assert_eq!(serde_json::to_value(algorithm).unwrap(), algorithm.as_word());
        }
        for algorithm in ContentEncryption::ALL {
            assert_eq!(ContentEncryption::from_word(algorithm.as_word()), Some(*algorithm));
        }
        assert_eq!(SignatureAlgorithm::from_word("none"), None);
    }
}
