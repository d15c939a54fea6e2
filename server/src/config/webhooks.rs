//! `[[site.webhook]]`: who hears what happens on a site.

use std::collections::BTreeSet;

use url::Url;

use super::reader::Section;
use crate::{
    live::Live,
    webhooks::{EventKind, SigningSecret},
};

const MAX_NAME_CHARS: usize = 32;

/// One `[[site.webhook]]`.
#[derive(Clone, Debug)]
pub struct WebhookConfig {
    /// `name`, default `default`: what the log and the commands call it; unique within the site.
    pub name: String,
    /// `url`: where events are posted; https, or http on this machine.
    pub url: Url,
    /// `secret_file`, and `previous_secret_file` while the secret is being replaced: what they are signed with, the newest first.
    pub secrets: Live<Vec<SigningSecret>>,
    /// `events`, default all: the types it hears.
    pub events: Vec<EventKind>,
    /// `include_links`, default false: whether visits carry the guest's link.
    pub include_links: bool,
    /// `include_host_link`, default false: whether visits carry the host's link, which makes a host of whoever has it.
    pub include_host_link: bool,
    /// `include_text`, default false: whether messages carry what was written.
    pub include_text: bool,
}

impl WebhookConfig {
    fn read(section: &Section<'_, '_>) -> Option<Self> {
        let name = section.parsed("name", "a name: letters, digits and hyphens, at most 32", |text| {
            let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            (is_plain && !text.is_empty() && text.len() <= MAX_NAME_CHARS).then(|| text.to_owned())
        });
        let url = section.parsed("url", "an address to post to: https://…, or http://127.0.0.1:… on this machine", parse_url);
        if url == Ok(None) {
            section.report("url", "is missing; name the address that events are posted to, such as https://hooks.example.com/portal");
        }
        let secret = read_secret(section, "secret", section.secret("secret"));
        let has_previous = section.has("previous_secret_file") || section.has("previous_secret");
        let previous_secret = if has_previous { read_secret(section, "previous_secret", section.secret("previous_secret")) } else { None };
        let events = section.texts("events");
        for unknown in events.iter().filter(|word| EventKind::from_word(word).is_none()) {
            let all: Vec<_> = EventKind::ALL.iter().map(|kind| kind.as_word()).collect();
            section.report("events", format!("`{unknown}` is no type of event; there are {}", all.join(", ")));
        }
        let events = match events.is_empty() {
            true => EventKind::ALL.to_vec(),
            false => events.iter().filter_map(|word| EventKind::from_word(word)).collect(),
        };
        let (include_links, include_text) = (section.flag("include_links"), section.flag("include_text"));
        let include_host_link = section.flag("include_host_link");
        section.pass_over("previous_secret_file");
        section.finish();
        Some(Self {
            name: name.ok()?.unwrap_or_else(|| "default".into()),
            url: url.ok()??,
            secrets: std::iter::once(secret?).chain(previous_secret).collect::<Vec<_>>().into(),
            events,
            include_links: include_links.unwrap_or(false),
            include_host_link: include_host_link.unwrap_or(false),
            include_text: include_text.unwrap_or(false),
        })
    }
}

/// A site's webhooks; those that cannot be used are reported and left out.
pub(super) fn read_all(site: &Section<'_, '_>) -> Vec<WebhookConfig> {
    let mut names = BTreeSet::new();
    let mut webhooks = Vec::new();
    for section in site.sections("webhook") {
        let Some(webhook) = WebhookConfig::read(&section) else { continue };
        if !names.insert(webhook.name.clone()) {
            section.report("name", format!("`{}` is used by two webhooks of this site; give each its own", webhook.name));
        }
        webhooks.push(webhook);
    }
    webhooks
}

fn read_secret(section: &Section<'_, '_>, key: &str, text: Option<secrecy::SecretString>) -> Option<SigningSecret> {
    let secret = SigningSecret::parse(&text?);
    if secret.is_none() {
        let remedy = "does not hold `whsec_` followed by 24 to 64 bytes in base64; `guest-portal webhook secret` prints a new one";
        section.report(&format!("{key}_file"), remedy);
    }
    secret
}

fn parse_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_loopback = match url.host()? {
        url::Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    };
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback);
    // Credentials would be a secret in the file, and in every error that names the address.
    let is_plain = url.username().is_empty() && url.password().is_none();
    (is_safe && is_plain).then_some(url)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::{Config, SandboxSource};

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn secret_file(folder: &Path, name: &str, text: &str) -> String {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        path.display().to_string()
    }

    fn read(webhooks: &str) -> Result<Config, Vec<String>> {
        let text = format!("[[site]]\nid = \"acme\"\nname = \"Acme\"\nstaff = [\"ann@example.com\"]\n{webhooks}");
        let config = Config::from_text("portal.toml", &text, Some(SandboxSource::embedded_default()), &|_| None);
        config.map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_webhook_needs_an_address_and_a_secret() {
        let folder = tempfile::tempdir().unwrap();
        let secret = secret_file(folder.path(), "a", SECRET);
        let config = read(&format!("[[site.webhook]]\nurl = \"https://a.example/x\"\nsecret_file = \"{secret}\"")).unwrap();
        let webhook = &config.sites[0].webhooks[0];
        assert_eq!((&*webhook.name, webhook.events.len()), ("default", super::EventKind::ALL.len()));
        assert!(!webhook.include_links && !webhook.include_host_link && !webhook.include_text && webhook.secrets.get().len() == 1);
        assert!(!format!("{config:?}").contains("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "a secret prints as nothing");
    }

    #[test]
    fn what_is_wrong_with_a_webhook_is_told_with_its_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let (good, bad) = (secret_file(folder.path(), "a", SECRET), secret_file(folder.path(), "b", "hunter2"));
        let problems = |text: &str| read(&format!("[[site.webhook]]\n{text}")).unwrap_err();
        let url = "url = \"https://a.example\"\n";
        let cases = [
            (format!("secret_file = \"{good}\""), "site[1].webhook[1].url: is missing"),
            (format!("url = \"http://a.example\"\nsecret_file = \"{good}\""), "site[1].webhook[1].url: `http://a.example` is not"),
            (format!("url = \"https://u:p@a.example\"\nsecret_file = \"{good}\""), "site[1].webhook[1].url: "),
            (url.into(), "site[1].webhook[1].secret_file: is missing"),
            (format!("{url}secret_file = \"{bad}\""), "`guest-portal webhook secret`"),
            (format!("{url}secret_file = \"{good}\"\nprevious_secret_file = \"{bad}\""), "webhook[1].previous_secret_file: "),
            (format!("{url}secret = \"{SECRET}\""), "`secret_file`"),
            (format!("{url}secret_file = \"{good}\"\nevents = [\"visit.begun\"]"), "visit.claimed"),
            (format!("{url}secret_file = \"{good}\"\nname = \"two words\""), "webhook[1].name: "),
            (format!("{url}secret_file = \"{good}\"\ninclude_link = true"), "did you mean `include_links`?"),
        ];
        for (text, expected) in cases {
            let lines = problems(&text);
            assert!(lines.len() == 1 && lines[0].contains(expected), "{text}: {lines:#?}");
            assert!(!lines[0].contains("hunter2") && !lines[0].contains(&SECRET[6..]), "{lines:#?}");
        }
        let two = format!("[[site.webhook]]\n{url}secret_file = \"{good}\"\n").repeat(2);
        assert!(read(&two).unwrap_err()[0].contains("two webhooks"));
    }
}
