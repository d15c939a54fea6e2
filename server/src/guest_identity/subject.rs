//! A guest's lasting identifier towards Webex: unguessable, stable, and saying nothing about them.

use shared::{GuestId, SiteId};

use crate::secrets::{Keys, SecretsError, hex};

/// `gp` and 32 hexadecimal digits, from the site and the guest's random id.
pub fn guest_subject(keys: &Keys, site_id: &SiteId, guest_id: &GuestId) -> Result<String, SecretsError> {
    subject(keys, &[site_id.as_str().as_bytes(), guest_id.as_str().as_bytes()])
}

/// The same for somebody whom the site's back end vouches for, from the site's own id of its user: on every device, the same.
pub fn user_subject(keys: &Keys, site_id: &SiteId, user_id: &str) -> Result<String, SecretsError> {
    // No random id of a guest has a zero byte: a site cannot name one of its anonymous guests.
    subject(keys, &[site_id.as_str().as_bytes(), b"user", user_id.as_bytes()])
}

fn subject(keys: &Keys, parts: &[&[u8]]) -> Result<String, SecretsError> {
    let mac = keys.subject_mac(parts)?;
    let (half, _) = mac.split_at(16);
    Ok(format!("gp{}", hex(half)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_stable_per_guest_and_site_and_differs_between_them() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::load_or_create(&folder.path().join("keys.toml")).unwrap();
        let subject = |site: &str, guest: &str| guest_subject(&keys, &SiteId::new(site), &GuestId::new(guest)).unwrap();
        assert_eq!(subject("a", "1"), subject("a", "1"));
        assert_eq!(subject("a", "1").len(), 34);
        assert_ne!(subject("a", "1"), subject("b", "1"));
        assert_ne!(subject("a", "1"), subject("a", "2"));
        assert_ne!(subject("a", "b1"), subject("ab", "1"));
        let user = |site: &str, user: &str| user_subject(&keys, &SiteId::new(site), user).unwrap();
        assert_eq!(user("a", "1"), user("a", "1"));
        assert_ne!(user("a", "1"), subject("a", "1"));
        assert_ne!(user("a", "1"), user("b", "1"));
    }
}
