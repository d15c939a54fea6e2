//! The names of the algorithms one may ask for, and how long their keys are.

/// The three that make a cipher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Recipe {
    pub(crate) key: KeyAlgorithm,
    pub(crate) content: ContentAlgorithm,
    pub(crate) signature: SignatureAlgorithm,
}

macro_rules! named {
    ($($(#[$doc:meta])* $name:ident [$default:ident] { $($variant:ident = $text:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name {
            $($variant,)+
        }

        impl $name {
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)+];

            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            pub(crate) fn named(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|algorithm| algorithm.name() == text)
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::$default
            }
        }
    )+};
}

named! {
    /// From a password to the key that wraps the content's key.
    KeyAlgorithm [Hs512A256] {
        Hs256A128 = "PBES2-HS256+A128KW",
        Hs384A192 = "PBES2-HS384+A192KW",
        Hs512A256 = "PBES2-HS512+A256KW",
    }
    /// What encrypts the content.
    ContentAlgorithm [A256Gcm] {
        A128CbcHs256 = "A128CBC-HS256",
        A192CbcHs384 = "A192CBC-HS384",
        A256CbcHs512 = "A256CBC-HS512",
        A128Gcm = "A128GCM",
        A192Gcm = "A192GCM",
        A256Gcm = "A256GCM",
    }
    /// What signs the claims.
    SignatureAlgorithm [Hs512] {
        Hs256 = "HS256",
        Hs384 = "HS384",
        Hs512 = "HS512",
    }
}

impl KeyAlgorithm {
    pub(super) const fn key_bytes(self) -> usize {
        match self {
            Self::Hs256A128 => 16,
            Self::Hs384A192 => 24,
            Self::Hs512A256 => 32,
        }
    }
}

impl ContentAlgorithm {
    pub(super) const fn key_bytes(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A192Gcm => 24,
            Self::A256Gcm | Self::A128CbcHs256 => 32,
            Self::A192CbcHs384 => 48,
            Self::A256CbcHs512 => 64,
        }
    }

    pub(super) const fn iv_bytes(self) -> usize {
        match self {
            Self::A128Gcm | Self::A192Gcm | Self::A256Gcm => 12,
            Self::A128CbcHs256 | Self::A192CbcHs384 | Self::A256CbcHs512 => 16,
        }
    }
}
