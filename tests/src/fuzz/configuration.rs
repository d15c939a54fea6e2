//! The configuration. The judge: a text is taken with all of its sites, each once, or refused with reasons; a secret is in no reason.

use std::collections::HashSet;

use server::config::{Config, SandboxSource};

const SECRET: &str = "canary-7f3a9c";

pub(super) fn target(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let environment = |name: &str| (name.ends_with("TOKEN") || name.ends_with("SECRET")).then(|| SECRET.to_owned());
    for sandbox in [None, Some(SandboxSource::embedded_default())] {
        match Config::from_text("fuzz.toml", &text, sandbox, &environment) {
            Ok(config) => {
                let mut ids = HashSet::new();
                for site in &config.sites {
                    assert!(ids.insert(site.id.as_str().to_owned()), "{} twice", site.id);
                    assert!(
                        !site.id.as_str().is_empty()
                            && site.id.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
                    );
                    for origin in &site.allowed_origins {
                        assert!(!origin.to_string().contains(|c: char| c.is_whitespace() || matches!(c, ';' | ',' | '\'')), "{origin:?}");
                    }
                    assert!(config.site(&site.id).is_some());
                }
                assert!(!format!("{config:?}").contains(SECRET));
            }
            Err(problems) => {
                assert!(!problems.is_empty());
                let told: String = problems.iter().map(ToString::to_string).collect();
                assert!(!told.contains(SECRET), "{told}");
            }
        }
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let example = include_str!("../../../guest-portal.example.toml");
    super::bytes(&[
        example,
        "[[site]]\nid = \"demo\"\nname = \"Acme\"\nstaff = [\"grace@sandbox.example\"]\n",
        "[[site]]\nid = \"a\"\nname = \"A\"\nallowed_origins = [\"https://a.example\"]\n[site.meetings]\nring_secs = 60\n[site.identity]\nmode = \"optional\"\n",
        "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://chat.example\"\n[webex]\nfeed = \"polling\"\n",
        "[[site]]\nid = \"a\"\n[[site]]\nid = \"a\"\n",
    ])
}
