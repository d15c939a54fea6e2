//! The Guest Issuer's way of vouching (legacy): a JWT that Webex exchanges for an access token.
//!
//! New issuers can no longer be made, existing ones keep working. The portal signs a new JWT whenever
//! the guest's token ends: same subject, same person, same rooms.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_URL_SAFE_NO_PAD,
};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::Serialize;
use thiserror::Error;

use crate::live::Live;

/// HS256 asks for a key as long as its hash; Webex's secrets are exactly that long.
const MIN_KEY_BYTES: usize = 32;

/// People copy ids and secrets without the `=` at their end.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));

/// What is wrong with a Guest Issuer's credentials. Carries neither of them.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IssuerProblem {
    /// The secret is not base64.
    #[error("the guest issuer's secret is not base64: copy it again as the Webex developer portal showed it, or regenerate it there")]
    SecretNotBase64,
    /// The secret is base64, but of fewer than 32 bytes.
    #[error(
        "the guest issuer's secret is too short, a part of it is missing: copy all of it (44 characters), or regenerate it in the Webex developer portal"
    )]
    SecretTooShort,
    /// The id does not name an organisation of Webex.
    #[error(
        "the guest issuer's id is not one: copy \"Guest Issuer ID\" from the Webex developer portal; it is base64 of ciscospark://…/ORGANIZATION/…, not the issuer's name and not the organisation's bare id"
    )]
    IssuerUndecodable,
    /// The JWT could not be made.
    #[error("the guest's JWT could not be signed, which is a fault of the portal: please report it ({0})")]
    Signing(String),
}

impl IssuerProblem {
    /// Whether it is the secret, rather than the id, that is wrong.
    pub fn is_about_the_secret(&self) -> bool {
        matches!(self, Self::SecretNotBase64 | Self::SecretTooShort)
    }
}

/// A JWT that vouches for one guest, and what it says.
#[derive(Clone)]
pub struct SignedGuest {
    /// The header as JSON, exactly as signed.
    pub header: String,
    /// The claims as JSON, exactly as signed; they hold the guest's name.
    pub claims: String,
    /// What Webex exchanges for an access token: whoever has it is the guest until it expires.
    pub jwt: SecretString,
}

/// Signs for guests as one Guest Issuer, by the secret as it is then.
#[derive(Clone)]
pub struct GuestIssuer {
    issuer_id: String,
    secret: Live<SecretString>,
}

/// Webex's names, in the order of its own examples.
#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    name: &'a str,
    iss: &'a str,
    // A number: as a text Webex takes it too, other readers of JWTs do not.
    exp: i64,
}

impl GuestIssuer {
    /// With the id and the secret as the Webex developer portal shows them; white space around them and missing
    /// padding do no harm.
    ///
    /// # Errors
    ///
    /// Every [`IssuerProblem`] but [`IssuerProblem::Signing`]; each says what to do.
    pub fn new(issuer_id: &str, secret: &Live<SecretString>) -> Result<Self, IssuerProblem> {
        let issuer_id = issuer_id.trim();
        if !is_issuer(issuer_id) {
            return Err(IssuerProblem::IssuerUndecodable);
        }
        key_of(&secret.get())?;
        Ok(Self { issuer_id: issuer_id.to_owned(), secret: secret.clone() })
    }

    /// Vouches for the guest with this subject. `expires_at_secs`, in seconds since 1970, bounds how long the JWT can
    /// be exchanged, not how long the access token lives.
    ///
    /// # Errors
    ///
    /// [`IssuerProblem::Signing`], which no input should cause, and what may be wrong with a secret.
    pub fn sign(&self, subject: &str, display_name: &str, expires_at_secs: i64) -> Result<SignedGuest, IssuerProblem> {
        let claims = Claims { sub: subject, name: display_name, iss: &self.issuer_id, exp: expires_at_secs };
        let jwt = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key_of(&self.secret.get())?)
            .map_err(|error| IssuerProblem::Signing(error.to_string()))?;
        let mut parts = jwt.split('.').map(decode_part);
        let (Some(Some(header)), Some(Some(claims))) = (parts.next(), parts.next()) else {
            return Err(IssuerProblem::Signing("what was signed cannot be read back".into()));
        };
        Ok(SignedGuest { header, claims, jwt: jwt.into() })
    }
}

/// The key is what the text stands for, not the text. It is wiped when dropped.
fn key_of(secret: &SecretString) -> Result<EncodingKey, IssuerProblem> {
    let key: SecretSlice<u8> = BASE64.decode(secret.expose_secret().trim()).map_err(|_| IssuerProblem::SecretNotBase64)?.into();
    if key.expose_secret().len() < MIN_KEY_BYTES {
        return Err(IssuerProblem::SecretTooShort);
    }
    Ok(EncodingKey::from_secret(key.expose_secret()))
}

fn decode_part(part: &str) -> Option<String> {
    String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// Whether the text is base64 of `ciscospark://<cluster>/ORGANIZATION/<uuid>`.
fn is_issuer(issuer_id: &str) -> bool {
    let Some(address) = BASE64.decode(issuer_id).ok().and_then(|bytes| String::from_utf8(bytes).ok()) else { return false };
    let Some(path) = address.strip_prefix("ciscospark://") else { return false };
    let mut parts = path.split('/');
    let is_cluster = parts.next().is_some_and(|cluster| !cluster.is_empty());
    let is_organization = parts.next() == Some("ORGANIZATION");
    let is_id = parts.next().is_some_and(is_uuid);
    is_cluster && is_organization && is_id && parts.next().is_none()
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
    use jsonwebtoken::{DecodingKey, Validation};
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn live(secret: String) -> Live<SecretString> {
        Live::new(secret.into())
    }

    const KEY: [u8; 32] = [0xfb; 32];
    const ORGANIZATION: &str = "ciscospark://us/ORGANIZATION/9a36f1de-0b07-4d3a-8f5c-d2b1f2f1a111";

    fn issuer_id() -> String {
        BASE64_STANDARD.encode(ORGANIZATION)
    }

    fn issuer() -> GuestIssuer {
        GuestIssuer::new(&issuer_id(), &live(BASE64_STANDARD.encode(KEY))).unwrap()
    }

    fn problem(issuer_id: &str, secret: &str) -> IssuerProblem {
        GuestIssuer::new(issuer_id, &live(secret.to_owned())).map(|_| ()).unwrap_err()
    }

    #[test]
    fn the_header_and_the_claims_are_exactly_webexs() {
        let signed = issuer().sign("gp-1", "Ada Lovelace", 1_795_290_466).unwrap();
        assert_eq!(signed.header, r#"{"typ":"JWT","alg":"HS256"}"#);
        let claims = format!(r#"{{"sub":"gp-1","name":"Ada Lovelace","iss":"{}","exp":1795290466}}"#, issuer_id());
        assert_eq!(signed.claims, claims);
        assert!(signed.jwt.expose_secret().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
    }

    #[test]
    fn the_signature_is_made_with_what_the_secret_stands_for() {
        use hmac::{Hmac, KeyInit, Mac};
        let signed = issuer().sign("gp-1", "Ada", 1).unwrap();
        let (said, signature) = signed.jwt.expose_secret().rsplit_once('.').unwrap();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&KEY).unwrap();
        mac.update(said.as_bytes());
        assert_eq!(BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()), signature);
    }

    #[test]
    fn padding_and_white_space_make_no_difference() {
        let unpadded = GuestIssuer::new(
            &format!(" {}\n", issuer_id().trim_end_matches('=')),
            &live(format!("\t{}\r\n", BASE64_STANDARD_NO_PAD.encode(KEY))),
        );
        let claims = unpadded.unwrap().sign("gp-1", "Ada", 1).unwrap().claims;
        assert!(claims.contains(issuer_id().trim_end_matches('=')), "{claims}");
    }

    #[test]
    fn a_wrong_secret_is_named_with_its_remedy_and_never_shown() {
        assert_eq!(problem(&issuer_id(), "not base64!"), IssuerProblem::SecretNotBase64);
        assert_eq!(problem(&issuer_id(), ""), IssuerProblem::SecretTooShort);
        let short = BASE64_STANDARD.encode([7; 31]);
        assert_eq!(problem(&issuer_id(), &short), IssuerProblem::SecretTooShort);
        for said in [problem(&issuer_id(), "not base64!"), problem(&issuer_id(), &short)] {
            let said = said.to_string();
            assert!(said.contains("copy") && !said.contains(&short) && !said.contains("not base64!"), "{said}");
        }
    }

    #[test]
    fn an_id_that_names_no_organisation_is_refused() {
        let secret = BASE64_STANDARD.encode(KEY);
        let encoded = |text: &str| BASE64_STANDARD.encode(text);
        for bad in [
            String::new(),
            "My issuer".into(),
            "9a36f1de-0b07-4d3a-8f5c-d2b1f2f1a111".into(),
            encoded("ciscospark://us/PEOPLE/9a36f1de-0b07-4d3a-8f5c-d2b1f2f1a111"),
            encoded("ciscospark:///ORGANIZATION/9a36f1de-0b07-4d3a-8f5c-d2b1f2f1a111"),
            encoded("ciscospark://us/ORGANIZATION/9a36f1de"),
            encoded("ciscospark://us/ORGANIZATION/9a36f1de-0b07-4d3a-8f5c-d2b1f2f1a111/x"),
            encoded("https://us/ORGANIZATION/9a36f1de-0b07-4d3a-8f5c-d2b1f2f1a111"),
        ] {
            assert_eq!(problem(&bad, &secret), IssuerProblem::IssuerUndecodable, "{bad}");
        }
        let regional = encoded("ciscospark://urn:TEAM:eu-central-1_k/ORGANIZATION/9a36f1de-0b07-4d3a-8f5c-d2b1f2f1a111");
        assert!(GuestIssuer::new(&regional, &live(secret)).is_ok());
    }

    proptest! {
        #[test]
        fn any_name_comes_back_as_it_went(subject in ".*", name in any::<String>(), exp in any::<i64>()) {
            let signed = issuer().sign(&subject, &name, exp).unwrap();
            let mut validation = Validation::new(Algorithm::HS256);
            validation.validate_exp = false;
            validation.required_spec_claims.clear();
            let read = jsonwebtoken::decode::<Value>(signed.jwt.expose_secret(), &DecodingKey::from_secret(&KEY), &validation).unwrap();
            prop_assert_eq!(read.header, Header::new(Algorithm::HS256));
            prop_assert_eq!(&read.claims["name"], &name);
            prop_assert_eq!(&read.claims["sub"], &subject);
            prop_assert_eq!(&read.claims["exp"], exp);
            prop_assert_eq!(serde_json::from_str::<Value>(&signed.claims).unwrap(), read.claims);
        }
    }
}
