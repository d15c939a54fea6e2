//! What is no value of a setting is refused, with file, key and what to write instead.

use std::path::Path;

use server::config::{Config, ConfigProblem};
use tests::{
    receiver::SECRET,
    recipe::{Names, renamed},
};
use toml::{Table, Value};

use super::{EXAMPLE, SECRETS, assert_are_those_of_the_example, example, none, set};

/// A setting, what it cannot be, and words of what is said of that: something of another type, and something that is
/// out of range or of the wrong form where there is such a thing.
const WRONG: &[(&str, &str, &str)] = &[
    ("server.listen", "7", "a text in quotes"),
    ("server.listen", r#""everywhere""#, "such as 127.0.0.1:8080"),
    ("server.public_url", "7", "a text in quotes"),
    ("server.public_url", r#""http://chat.example.com""#, "such as https://chat.example.com"),
    ("server.public_url", r#""https://chat.example.com/chat""#, "with no path"),
    ("server.operations_listen", "9090", "a text in quotes"),
    ("server.operations_listen", r#""0.0.0.0:9090""#, "a loopback address"),
    ("server.data_dir", "7", "a text in quotes"),
    ("server.data_dir", r#""""#, "name a folder"),
    ("server.trusted_proxies", r#"["proxy.example.com"]"#, "neither an address nor a network"),
    ("server.trusted_proxies", r#""127.0.0.1""#, "a list of texts"),
    ("server.clamd", r#""clamd""#, "/run/clamav/clamd.ctl"),
    ("server.clamd", "7", "a text in quotes"),
    ("server.max_spool_bytes", r#""2 GB""#, "a whole number"),
    ("server.forget_guests_days", "-1", "between 0 (never) and 36500"),
    ("server.forget_guests_days", r#""never""#, "a whole number"),
    ("server.max_spool_bytes", "99999999", "at least 100000000"),
    ("server.settle_ms", "1.5", "a whole number"),
    ("server.settle_ms", "99", "at least 100"),
    ("log.format", "7", "a text in quotes"),
    ("log.format", r#""xml""#, "`text` or `json`"),
    ("log.level", "7", "a text in quotes"),
    ("log.level", r#""inof""#, "a level"),
    ("log.level", r#""info,server=loud""#, "a filter such as"),
    ("log.traces", r#""localhost:4318""#, "http://127.0.0.1:4318"),
    ("log.traces_percent", "0", "between 1 and 100"),
    ("limits.profile", r#""loose""#, "`standard`, or `bench`"),
    ("limits.sessions_per_address", r#""60""#, "60/min burst 30"),
    ("limits.sessions_per_address", "7", "a text in quotes"),
    ("limits.identities_per_person", r#""60""#, "60/min burst 30"),
    ("limits.identities_per_person", "7", "a text in quotes"),
    ("limits.sends_per_guest", r#""60""#, "60/min burst 30"),
    ("limits.sends_per_guest", "7", "a text in quotes"),
    ("limits.uploads_per_guest", r#""60""#, "60/min burst 30"),
    ("limits.uploads_per_guest", "7", "a text in quotes"),
    ("limits.downloads_per_guest", r#""60""#, "60/min burst 30"),
    ("limits.downloads_per_guest", "7", "a text in quotes"),
    ("limits.requests_per_guest", r#""60""#, "60/min burst 30"),
    ("limits.requests_per_guest", "7", "a text in quotes"),
    ("limits.signals_per_guest", r#""60""#, "60/min burst 30"),
    ("limits.signals_per_guest", "7", "a text in quotes"),
    ("limits.streams_opened_per_guest", r#""60""#, "60/min burst 30"),
    ("limits.streams_opened_per_guest", "7", "a text in quotes"),
    ("limits.visits_per_address", r#""60""#, "60/min burst 30"),
    ("limits.visits_per_address", "7", "a text in quotes"),
    ("limits.links_per_address", r#""60""#, "60/min burst 30"),
    ("limits.links_per_address", "7", "a text in quotes"),
    ("limits.calls_per_key", r#""60""#, "60/min burst 30"),
    ("limits.calls_per_key", "7", "a text in quotes"),
    ("limits.deliveries_per_webhook", r#""60""#, "60/min burst 30"),
    ("limits.deliveries_per_webhook", "7", "a text in quotes"),
    ("limits.streams_per_session", "-1", "0 for any number"),
    ("limits.streams_per_session", r#""many""#, "a whole number"),
    ("limits.streams_per_address", "-1", "0 for any number"),
    ("limits.streams_per_address", r#""many""#, "a whole number"),
    ("limits.connections_per_address", "-1", "0 for any number"),
    ("limits.connections_per_address", r#""many""#, "a whole number"),
    ("site.limits.sessions", r#""60""#, "60/min burst 30"),
    ("site.limits.sessions", "7", "a text in quotes"),
    ("site.limits.sends", r#""60""#, "60/min burst 30"),
    ("site.limits.sends", "7", "a text in quotes"),
    ("site.limits.visits", r#""60""#, "60/min burst 30"),
    ("site.limits.visits", "7", "a text in quotes"),
    ("webex.mode", "7", "a text in quotes"),
    ("webex.mode", r#""real""#, "`live` or `sandbox`"),
    ("webex.cloud", "7", "a text in quotes"),
    ("webex.cloud", r#""moon""#, "`commercial` or `government`"),
    ("webex.feed", "7", "a text in quotes"),
    ("webex.feed", r#""pigeon""#, "`auto`, `webhook`, `mercury` or `polling`"),
    ("webex.sandbox_listen", "7", "a text in quotes"),
    ("webex.sandbox_listen", r#""0.0.0.0:8081""#, "a loopback address"),
    ("webex.service_app.client_id", "7", "a text in quotes"),
    ("webex.service_app.client_id", r#""""#, "at developer.webex.com"),
    ("webex.service_app.client_secret_file", "7", "a text in quotes"),
    ("webex.service_app.client_secret_file", r#""/etc/guest-portal/nothing""#, "put the secret there"),
    ("webex.service_app.refresh_token_file", "7", "a text in quotes"),
    ("webex.service_app.refresh_token_file", r#""/etc/guest-portal/empty""#, "put the secret there"),
    ("webex.bot.access_token_file", "7", "a text in quotes"),
    ("webex.bot.access_token_file", r#""/etc/guest-portal/readable""#, "chmod 600"),
    ("webex.guest_issuer.issuer_id", "7", "a text in quotes"),
    ("webex.guest_issuer.issuer_id", r#""my issuer""#, "Guest Issuer ID"),
    ("webex.guest_issuer.secret_file", "7", "a text in quotes"),
    ("webex.guest_issuer.secret_file", r#""/etc/guest-portal/words""#, "base64"),
    ("connection.id", "7", "a text in quotes"),
    ("connection.id", r#""webex""#, "a name of its own"),
    ("connection.cloud", "7", "a text in quotes"),
    ("connection.cloud", r#""moon""#, "`commercial` or `government`"),
    ("connection.feed", "true", "a text in quotes"),
    ("connection.feed", r#""pigeon""#, "`auto`, `webhook`, `mercury` or `polling`"),
    ("connection.bot.access_token_file", "7", "a text in quotes"),
    ("connection.bot.access_token_file", r#""/etc/guest-portal/nothing""#, "put the secret there"),
    ("site.id", "7", "a text in quotes"),
    ("site.id", r#""Acme!""#, "lower-case letters"),
    ("site.name", "7", "a text in quotes"),
    ("site.name", r#""LONG""#, "1 to 64 characters"),
    ("site.welcome", "7", "a text in quotes"),
    ("site.welcome", r#""LONG""#, "at most 1000 characters"),
    ("site.greeting", "7", "a text in quotes"),
    ("site.greeting", r#""LONG""#, "at most 1000 characters"),
    ("site.connection", "7", "a text in quotes"),
    ("site.connection", r#""nowhere""#, "there is `webex`, `city`"),
    ("site.conversation", "7", "a text in quotes"),
    ("site.conversation", r#""mail""#, "`space`, `direct`, `existing` or `none`"),
    ("site.staff", r#""ann@example.com""#, "a list of texts"),
    ("site.staff", r#"["ann"]"#, "e-mail addresses"),
    ("site.staff", r#"["ann@example.com", "Ann@example.com"]"#, "twice"),
    ("site.remember_guest_days", r#""90""#, "a whole number"),
    ("site.remember_guest_days", "-1", "between 0 and 400"),
    ("site.remember_guest_days", "401", "between 0 and 400"),
    ("site.kiosk_minutes", r#""3""#, "a whole number"),
    ("site.kiosk_minutes", "61", "between 0 and 60"),
    ("site.proof_of_work", r#""yes""#, "true or false"),
    ("site.max_file_bytes", r#""25 MB""#, "a whole number"),
    ("site.max_file_bytes", "100000001", "between 0 and 100000000"),
    ("site.allowed_origins", r#""https://www.example.com""#, "a list of texts"),
    ("site.allowed_origins", r#"["https://www.example.com/shop"]"#, "write https, the host"),
    ("site.destinations", r#""ann@example.com""#, "a list of texts"),
    ("site.destinations", r#"[""]"#, "as those pages do"),
    ("site.theme.accent", "7", "a text in quotes"),
    ("site.theme.accent", r#""green""#, "in hexadecimal"),
    ("site.theme.accent_dark", "7", "a text in quotes"),
    ("site.theme.accent_dark", r##""#12""##, "in hexadecimal"),
    ("site.theme.logo", "7", "a text in quotes"),
    ("site.theme.logo", r#""/etc/guest-portal/logo.txt""#, "ends in .svg"),
    ("site.theme.logo", r#""/etc/guest-portal/nothing.svg""#, "put the picture there"),
    ("site.theme.logo", r#""/etc/guest-portal/words.png""#, "not what its ending says"),
    ("site.words.en.start_chat", "7", "a text in quotes"),
    ("site.words.en.start_chat", r#""""#, "one line of 1 to 500 characters"),
    ("site.words.en.start_chat", r#""{count} chats""#, "in braces"),
    ("site.launcher.position", "7", "a text in quotes"),
    ("site.launcher.position", r#""top""#, "`left` or `right`"),
    ("site.launcher.theme", "7", "a text in quotes"),
    ("site.launcher.theme", r#""blue""#, "`light` or `dark`"),
    ("site.launcher.language", "7", "a text in quotes"),
    ("site.launcher.language", r#""German""#, "such as `de`"),
    ("site.launcher.greeting", "7", "a text in quotes"),
    ("site.launcher.greeting", r#""LONG""#, "at most 200 characters"),
    ("site.launcher.title", "7", "a text in quotes"),
    ("site.launcher.title", r#""LONG""#, "at most 64 characters"),
    ("site.launcher.close_title", "7", "a text in quotes"),
    ("site.launcher.close_title", r#""LONG""#, "at most 64 characters"),
    ("site.identity.mode", "true", "a text in quotes"),
    ("site.identity.mode", r#""on""#, "`off`, `optional` or `required`"),
    ("site.identity.algorithm", "256", "a text in quotes"),
    ("site.identity.algorithm", r#""RS256""#, "`EdDSA`, `ES256` or `HS256`"),
    ("site.identity.key.id", "7", "a text in quotes"),
    ("site.identity.key.id", r#""""#, "the token's `kid`"),
    ("site.identity.key.public_key_file", "7", "a text in quotes"),
    ("site.identity.key.public_key_file", r#""/etc/guest-portal/nothing""#, "cannot be read"),
    ("site.identity.key.public_key_file", r#""/etc/guest-portal/words""#, "-----BEGIN PUBLIC KEY-----"),
    ("site.pre_chat.email", "true", "a text in quotes"),
    ("site.pre_chat.email", r#""yes""#, "`no`, `optional` or `required`"),
    ("site.pre_chat.topics", r#""Orders""#, "a list of texts"),
    ("site.pre_chat.topics", r#"["Orders", "Orders"]"#, "different names"),
    ("site.pre_chat.consent", "7", "a text in quotes"),
    ("site.pre_chat.consent", r#""LONG""#, "at most 500 characters"),
    ("site.pre_chat.consent_version", "7", "a text in quotes"),
    ("site.pre_chat.consent_version", r#""""#, "whenever the text changes"),
    ("site.pre_chat.consent_url", "7", "a text in quotes"),
    ("site.pre_chat.consent_url", r#""privacy""#, "the address of a page"),
    ("site.hours.time_zone", "7", "a text in quotes"),
    ("site.hours.time_zone", r#""Berlin""#, "such as `Europe/Berlin`"),
    ("site.hours.monday", r#""09:00-12:00""#, "a list of texts"),
    ("site.hours.monday", r#"["9-12"]"#, "two digits each"),
    ("site.hours.tuesday", r#""09:00-12:00""#, "a list of texts"),
    ("site.hours.tuesday", r#"["9-12"]"#, "two digits each"),
    ("site.hours.wednesday", r#""09:00-12:00""#, "a list of texts"),
    ("site.hours.wednesday", r#"["9-12"]"#, "two digits each"),
    ("site.hours.thursday", r#""09:00-12:00""#, "a list of texts"),
    ("site.hours.thursday", r#"["9-12"]"#, "two digits each"),
    ("site.hours.friday", r#""09:00-12:00""#, "a list of texts"),
    ("site.hours.friday", r#"["9-12"]"#, "two digits each"),
    ("site.hours.saturday", r#""09:00-12:00""#, "a list of texts"),
    ("site.hours.saturday", r#"["9-12"]"#, "two digits each"),
    ("site.hours.sunday", r#""09:00-12:00""#, "a list of texts"),
    ("site.hours.sunday", r#"["9-12"]"#, "two digits each"),
    ("site.hours.holidays", r#""12-25""#, "a list of texts"),
    ("site.hours.holidays", r#"["25-12"]"#, "12-25 for every year"),
    ("site.hours.away", "7", "a text in quotes"),
    ("site.hours.away", r#""LONG""#, "at most 300 characters"),
    ("site.meetings.enabled", r#""yes""#, "true or false"),
    ("site.meetings.topics", r#""Sales""#, "a list of texts"),
    ("site.meetings.topics", r#"["Sales", "Sales"]"#, "twice"),
    ("site.meetings.topics", r#"["LONG"]"#, "1 to 64 characters"),
    ("site.meetings.staff", r#""ann@example.com""#, "a list of texts"),
    ("site.meetings.staff", r#"["ann"]"#, "e-mail addresses"),
    ("site.meetings.staff", "[]", "at least one"),
    ("site.meetings.escalate_to", r#""ann@example.com""#, "a list of texts"),
    ("site.meetings.escalate_to", r#"["ann"]"#, "e-mail addresses"),
    ("site.meetings.escalate_secs", r#""120""#, "a whole number"),
    ("site.meetings.escalate_secs", "9", "between 10 and 86400"),
    ("site.meetings.escalate_secs", "600", "less than `ring_secs`"),
    ("site.meetings.ring_secs", r#""600""#, "a whole number"),
    ("site.meetings.ring_secs", "29", "between 30 and 86400"),
    ("site.meetings.ring_secs", "86401", "between 30 and 86400"),
    ("site.meetings.link_minutes", r#""120""#, "a whole number"),
    ("site.meetings.link_minutes", "1441", "between 15 and 1440"),
    ("site.meetings.link_minutes", "20", "must outlive `ring_secs`"),
    ("site.meetings.remind_minutes", r#""10""#, "a whole number"),
    ("site.meetings.remind_minutes", "0", "between 1 and 60"),
    ("site.meetings.hosts", r#""1""#, "a whole number"),
    ("site.meetings.hosts", "0", "between 1 and 100"),
    ("site.meetings.guests", r#""1""#, "a whole number"),
    ("site.meetings.guests", "101", "between 1 and 100"),
    ("site.meetings.vertical", "7", "a text in quotes"),
    ("site.meetings.vertical", r#""hc""#, "`general` or `healthcare`"),
    ("site.meetings.host_login", "true", "a text in quotes"),
    ("site.meetings.host_login", r#""always""#, "`none`, `choice` or `required`"),
    ("site.meetings.long_links", r#""yes""#, "true or false"),
    ("site.meetings.devices", r#""room@example.rooms.webex.com""#, "a list of texts"),
    ("site.meetings.devices", r#"["room"]"#, "SIP addresses"),
    ("site.meetings.encryption.key_wrapping", "7", "a text in quotes"),
    ("site.meetings.encryption.key_wrapping", r#""A256KW""#, "PBES2-HS512+A256KW"),
    ("site.meetings.encryption.content", "7", "a text in quotes"),
    ("site.meetings.encryption.content", r#""AES""#, "A256GCM"),
    ("site.meetings.encryption.signature", "7", "a text in quotes"),
    ("site.meetings.encryption.signature", r#""none""#, "HS512"),
    ("site.meetings.encryption.salt_bytes", r#""32""#, "a whole number"),
    ("site.meetings.encryption.salt_bytes", "129", "between 8 and 128"),
    ("site.meetings.encryption.iterations", r#""20000""#, "a whole number"),
    ("site.meetings.encryption.iterations", "999", "between 1000 and 32767"),
    ("site.meetings.topic.name", "7", "a text in quotes"),
    ("site.meetings.topic.name", r#""""#, "1 to 64 characters"),
    ("site.meetings.topic.staff", r#""ben@example.com""#, "a list of texts"),
    ("site.meetings.topic.staff", r#"["ben"]"#, "e-mail addresses"),
    ("site.meetings.topic.escalate_secs", r#""60""#, "a whole number"),
    ("site.meetings.topic.escalate_secs", "600", "less than `ring_secs`"),
    ("site.meetings.topic.hours.monday", r#""09:00-12:00""#, "a list of texts"),
    ("site.meetings.topic.hours.monday", r#"["9-12"]"#, "two digits each"),
    ("site.meetings.topic.hours.tuesday", r#""09:00-12:00""#, "a list of texts"),
    ("site.meetings.topic.hours.tuesday", r#"["9-12"]"#, "two digits each"),
    ("site.meetings.topic.hours.wednesday", r#""09:00-12:00""#, "a list of texts"),
    ("site.meetings.topic.hours.wednesday", r#"["9-12"]"#, "two digits each"),
    ("site.meetings.topic.hours.thursday", r#""09:00-12:00""#, "a list of texts"),
    ("site.meetings.topic.hours.thursday", r#"["9-12"]"#, "two digits each"),
    ("site.meetings.topic.hours.friday", r#""09:00-12:00""#, "a list of texts"),
    ("site.meetings.topic.hours.friday", r#"["9-12"]"#, "two digits each"),
    ("site.meetings.topic.hours.saturday", r#""09:00-12:00""#, "a list of texts"),
    ("site.meetings.topic.hours.saturday", r#"["9-12"]"#, "two digits each"),
    ("site.webhook.name", "7", "a text in quotes"),
    ("site.webhook.name", r#""two words""#, "letters, digits and hyphens"),
    ("site.webhook.url", "7", "a text in quotes"),
    ("site.webhook.url", r#""http://hooks.example.com""#, "https://"),
    ("site.webhook.secret_file", "7", "a text in quotes"),
    ("site.webhook.secret_file", r#""/etc/guest-portal/words""#, "`guest-portal webhook secret`"),
    ("site.webhook.previous_secret_file", "7", "a text in quotes"),
    ("site.webhook.previous_secret_file", r#""/etc/guest-portal/nothing""#, "put the secret there"),
    ("site.webhook.events", r#""visit.claimed""#, "a list of texts"),
    ("site.webhook.events", r#"["visit.begun"]"#, "visit.claimed"),
    ("site.webhook.include_links", r#""yes""#, "true or false"),
    ("site.webhook.include_host_link", r#""yes""#, "true or false"),
    ("site.webhook.include_text", "1", "true or false"),
];

/// Of Ed25519; its other half is nobody's.
const PUBLIC_KEY: &str =
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

/// What stands in the files that the example and the rows name.
fn write_secrets(folder: &Path) {
    for (name, text, mode) in [
        ("client-secret", "secret", 0o600),
        ("refresh-token", "secret", 0o600),
        ("bot-token", "secret", 0o600),
        ("city-bot-token", "secret", 0o600),
        ("guest-issuer-secret", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", 0o600),
        ("webhook-secret", SECRET, 0o600),
        ("webhook-secret-before", SECRET, 0o600),
        ("identity-2026-11.pem", PUBLIC_KEY, 0o644),
        ("logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>", 0o644),
        ("words.png", "open sesame", 0o644),
        ("empty", "", 0o600),
        ("words", "open sesame", 0o600),
        ("readable", "secret", 0o644),
    ] {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    }
}

fn problems(table: &Table, folder: &Path) -> Vec<ConfigProblem> {
    let names: &Names = &[(SECRETS, folder.display().to_string()), ("LONG", "x".repeat(1001))];
    let text = renamed(&toml::to_string(table).unwrap(), names);
    Config::from_text(EXAMPLE, &text, None, &|_| None).err().unwrap_or_default()
}

/// A setting's path as the program writes it: with a number where there may be several.
fn numbered(table: &Table, key: &str) -> String {
    let mut value = &Value::Table(table.clone());
    let mut path = Vec::new();
    for name in key.split('.') {
        let inner = value.get(name).unwrap_or_else(|| panic!("{key} is not in the example"));
        value = inner.get(0).filter(|item| item.is_table()).unwrap_or(inner);
        path.push(if std::ptr::eq(value, inner) { name.to_owned() } else { format!("{name}[1]") });
    }
    path.join(".")
}

#[test]
fn every_setting_of_the_example_refuses_a_wrong_value() {
    assert_are_those_of_the_example(WRONG.iter().map(|(key, ..)| *key));
    let (folder, example) = (tempfile::tempdir().unwrap(), example());
    write_secrets(folder.path());
    let right = problems(&example, folder.path());
    assert!(right.is_empty(), "with everything that stands in comments: {right:#?}");
    let mut odd = Vec::new();
    for (key, value, words) in WRONG {
        let mut table = example.clone();
        set(&mut table, key, value);
        let told: Vec<String> = problems(&table, folder.path()).iter().map(ToString::to_string).collect();
        let begin = format!("{EXAMPLE}: {}: ", numbered(&example, key));
        if !told.iter().any(|line| line.contains(words)) || !told.iter().all(|line| line.starts_with(&begin)) {
            odd.push(format!("{key} = {value}: {words:?}, and nothing of other settings, is not what is told: {told:#?}"));
        }
    }
    none(odd);
}
