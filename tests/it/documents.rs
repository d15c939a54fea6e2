//! Every configuration that the documents give is one.

use std::path::Path;

use server::config::{Config, SandboxSource};
use tests::{
    identity::BackEnd,
    processes::SandboxProcess,
    receiver::SECRET,
    recipe::{Fence, Names, document, documents, fences, renamed},
};

/// Where the documents keep secrets.
const SECRETS: &str = "/etc/guest-portal";

/// What the secret files of the documents hold.
fn write_secrets(folder: &Path) {
    let terminal_secrets = [
        ("client-secret", "secret"),
        ("refresh-token", "secret"),
        ("bot-token", "secret"),
        ("guest-issuer-secret", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="),
        ("webhook-secret", SECRET),
    ];
    let public_key = BackEnd::new(jsonwebtoken::Algorithm::EdDSA).public_pem;
    let public_keys = ["identity-2026-11.pem", "identity-2027-11.pem"].map(|name| (name, &*public_key));
    for (name, secret) in terminal_secrets.into_iter().chain(public_keys) {
        let path = folder.join(name);
        std::fs::write(&path, secret).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
}

/// A site that has what parts of sites are parts of.
const ANY_SITE: &str = r#"
[server]
public_url = "https://chat.example.com"
trusted_proxies = ["127.0.0.1"]
[webex.bot]
access_token_file = "/etc/guest-portal/bot-token"
[[site]]
id = "acme"
name = "Acme support"
staff = ["ann@example.com"]
"#;

#[test]
fn every_configuration_in_the_documents_is_one() {
    let folder = tempfile::tempdir().unwrap();
    write_secrets(folder.path());
    let names: &Names = &[SECRETS, "/run/credentials/guest-portal.service"].map(|place| (place, folder.path().display().to_string()));
    let mut found = 0;
    for document_path in documents() {
        for Fence { language, marker, text } in fences(&document(&document_path)) {
            let text = match (language.as_str(), marker.as_str()) {
                ("toml", "<!-- a configuration -->") => text,
                ("toml", "<!-- part of a site -->") => format!("{ANY_SITE}{text}"),
                ("toml", "<!-- part of the server -->") => ANY_SITE.replacen("[server]\n", &format!("[server]\n{text}"), 1),
                ("toml", "<!-- a connection -->") => ANY_SITE.replacen("[webex.bot]\n", &format!("{text}[webex.bot]\n"), 1),
                ("toml", "<!-- a seed -->") => {
                    let seed = folder.path().join("seed.toml");
                    std::fs::write(&seed, text).unwrap();
                    SandboxProcess::start(&["--seed", &seed.display().to_string()]);
                    continue;
                }
                ("toml", _) => panic!("{document_path}: say in a comment above it what this is:\n{text}"),
                _ => continue,
            };
            found += 1;
            for simulator in [None, Some(SandboxSource::embedded_default())] {
                let read = Config::from_text(&document_path, &renamed(&text, names), simulator, &|_| None);
                let problems: Vec<String> = read.err().unwrap_or_default().iter().map(ToString::to_string).collect();
                assert!(problems.is_empty(), "{}\n{text}", problems.join("\n"));
            }
        }
    }
    assert!(found >= 9, "{found}");
}
