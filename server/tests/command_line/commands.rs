//! The other commands: what they print against a simulator, and what they refuse.

use std::{path::Path, process::Command};

use crate::program::{Running, folder, program, refusal};

/// What a command prints and the code it ends with.
fn answer(command: &mut Command) -> (Option<i32>, String) {
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// A simulator of its own for a test, and its address.
fn simulator(folder: &Path) -> (Running, String) {
    let running = Running::start(program(folder).args(["sandbox", "--listen", "127.0.0.1:0"]));
    let address = running.says("The simulator listens at ");
    (running, address)
}

#[test]
fn the_doctor_names_each_connections_row_and_finds_nothing_wrong_with_the_simulator() {
    let folder = folder();
    let (_simulator, address) = simulator(folder.path());
    let (code, text) = answer(program(folder.path()).arg("check").arg(format!("--sandbox={address}")));
    assert_eq!(code, Some(0), "{text}");
    for line in [
        "connection webex (commercial cloud): service app + bot",
        "connection tutorial (commercial cloud): guest issuer + bot",
        "connection gov (government cloud): bot alone",
        "Everything works.",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "looking leaves nothing behind");
}

#[test]
fn what_stands_wrong_in_the_configuration_is_told_by_the_doctor_and_at_start_alike() {
    let issuer = "Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi8wMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDA";
    let cases = [
        (issuer, "not base64!", "webex.guest_issuer.secret_file", "is not base64"),
        (issuer, "c2hvcnQ=", "webex.guest_issuer.secret_file", "too short"),
        ("my issuer", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "webex.guest_issuer.issuer_id", "Guest Issuer ID"),
    ];
    for (issuer_id, secret, key, remedy) in cases {
        let folder = folder();
        let text =
            format!("[webex.guest_issuer]\nissuer_id = \"{issuer_id}\"\n[[site]]\nid = \"a\"\nname = \"A\"\nstaff = [\"a@example.com\"]\n");
        std::fs::write(folder.path().join("guest-portal.toml"), text).unwrap();
        for word in ["check", "serve"] {
            let mut command = program(folder.path());
            command.env("GUEST_PORTAL_WEBEX_GUEST_ISSUER_SECRET", secret).env("GUEST_PORTAL_WEBEX_BOT_ACCESS_TOKEN", "t").arg(word);
            let (code, lines) = refusal(&mut command);
            assert_eq!((code, lines.len()), (Some(2), 1), "{lines:#?}");
            assert!(lines[0].starts_with(&format!("guest-portal.toml: {key}: ")) && lines[0].contains(remedy), "{lines:#?}");
            assert!(!lines[0].contains(secret), "a secret is not repeated");
        }
    }
}

#[test]
fn a_guests_jwt_and_token_are_shown_step_by_step() {
    let folder = folder();
    let (_simulator, address) = simulator(folder.path());
    let guest = ["--name", "VIP", "--subject", "guest-user-001"];
    let sandbox = format!("--sandbox={address}");
    let (code, text) = answer(program(folder.path()).args(["guest", "token", &sandbox]).args(guest));
    assert_eq!(code, Some(0), "{text}");
    let line = |begin: &str| text.lines().find_map(|line| line.strip_prefix(begin)).unwrap_or_else(|| panic!("{begin} in\n{text}")).trim();
    assert_eq!(line("header"), r#"{"typ":"JWT","alg":"HS256"}"#);
    assert!(line("claims").starts_with(r#"{"sub":"guest-user-001","name":"VIP","iss":"#), "{text}");
    assert_eq!(line("jwt").split('.').count(), 3);
    assert!(line("login").contains(r#""expiresIn":21599"#), "{text}");
    assert!(text.contains("Grace Hopper (direct, "), "the room of the tutorial in\n{text}");

    let (code, json) = answer(program(folder.path()).args(["guest", "jwt", &sandbox, "--json"]).args(guest));
    let shown: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, &shown["claims"]["name"], shown.get("login")), (Some(0), &"VIP".into(), None));
}

#[test]
fn a_meetings_links_are_printed_short_long_and_as_json() {
    let folder = folder();
    let (_simulator, address) = simulator(folder.path());
    let sandbox = format!("--sandbox={address}");
    let links = |more: &[&str]| {
        let command = ["meeting", "links", &*sandbox, "--subject", "Test meeting."];
        let (code, text) = answer(program(folder.path()).args(command).args(more));
        assert_eq!(code, Some(0), "{text}");
        text
    };
    let short = links(&[]);
    let lines: Vec<&str> = short.lines().collect();
    assert!(
        lines[0].starts_with(&format!("Host link:  {address}/visit/")) && lines[1].starts_with(&format!("Guest link: {address}/visit/")),
        "{short}"
    );
    assert_ne!(lines[0].rsplit('/').next(), lines[1].rsplit('/').next());
    let long = links(&["--long", "--hosts", "2", "--guests", "0", "--vertical", "healthcare", "--host-login", "choice"]);
    assert_eq!(long.matches(&format!("Host link:  {address}/hc/v1/login?int=jose&v=1&data=eyJwMnMiOi")).count(), 2, "{long}");
    assert!(!long.contains("Guest link"));
    let json: serde_json::Value = serde_json::from_str(&links(&["--json", "--guests", "3"])).unwrap();
    assert_eq!((json["hosts"].as_array().unwrap().len(), json["guests"].as_array().unwrap().len()), (1, 3));

    let many = links(&["--hosts", "13", "--guests", "14", "--content", "A128GCM", "--iterations", "1000"]);
    assert_eq!((many.matches("Host link:").count(), many.matches("Guest link:").count()), (13, 14), "more than the broker makes at once");
    let required = links(&["--host-login", "required", "--iterations", "1000"]);
    assert!(
        required.contains("/gen/v1/login?fli=true&int=jose") && required.contains(&format!("Guest link: {address}/visit/")),
        "{required}"
    );
    let too_many = ["meeting", "links", &sandbox, "--subject", "x", "--hosts", "101", "--guests", "20"];
    let (code, lines) = refusal(program(folder.path()).args(too_many));
    assert!(code == Some(2) && lines[0].contains("at most 100"), "{lines:?}");
}

#[test]
fn a_command_that_needs_a_credential_nobody_configured_says_which() {
    let folder = folder();
    let text = "[webex.bot]\n[[site]]\nid = \"a\"\nname = \"A\"\nstaff = [\"grace@sandbox.example\"]\n";
    std::fs::write(folder.path().join("portal.toml"), text).unwrap();
    let (_simulator, address) = simulator(folder.path());
    let command = ["guest", "jwt", "--config", "portal.toml", &format!("--sandbox={address}"), "--name", "A", "--subject", "a"];
    let (code, lines) = refusal(program(folder.path()).args(command));
    assert!(code == Some(2) && lines[0].contains("no connection has a guest issuer"), "{lines:?}");
}

#[test]
fn a_snippet_links_to_the_sites_own_page() {
    let folder = folder();
    let mut command = program(folder.path());
    command.env("GUEST_PORTAL_SERVER_PUBLIC_URL", "https://chat.example.com");
    let (code, text) = answer(command.env("GUEST_PORTAL_SERVER_TRUSTED_PROXIES", "127.0.0.1, ::1").args(["snippet", "demo", "--sandbox"]));
    assert_eq!((code, text.contains("href=\"https://chat.example.com/s/demo\"")), (Some(0), true), "{text}");
    let (code, lines) = refusal(program(folder.path()).args(["snippet", "nowhere", "--sandbox"]));
    assert!(code == Some(2) && lines[0].contains("`demo`, `tutorial`, `gov`"), "{lines:?}");
}

#[test]
fn the_simulator_listens_on_loopback_only() {
    let folder = folder();
    let (code, lines) = refusal(program(folder.path()).args(["sandbox", "--listen", "0.0.0.0:0"]));
    assert!(code == Some(2) && lines[0].contains("loopback only"), "{lines:?}");
}

#[test]
fn a_seed_is_sown_and_a_wrong_one_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().join("seed.toml");
    let command = || {
        let mut command = program(folder.path());
        command.args(["sandbox", "--listen", "127.0.0.1:0", "--seed", "seed.toml"]);
        command
    };
    for (text, words) in [
        (None, ["seed.toml", "cannot be read"]),
        (Some("organisation = "), ["seed.toml", "cannot be used"]),
        (Some("colour = \"red\""), ["colour", "unknown field"]),
        (Some("cluster = \"moon\""), ["cluster", "urn:TEAM"]),
        (Some("[[room]]\ntitle = \"A\"\nmembers = [\"nobody@acme.example\"]"), ["nobody@acme.example", "add them"]),
    ] {
        text.iter().for_each(|text| std::fs::write(&seed, text).unwrap());
        let (code, lines) = refusal(&mut command());
        assert_eq!(code, Some(2), "{text:?}");
        assert!(words.iter().all(|word| lines.concat().contains(word)), "{lines:?}");
    }
    std::fs::write(&seed, "[[staff]]\nname = \"Ada\"\nemail = \"ada@acme.example\"").unwrap();
    let running = Running::start(&mut command());
    assert!(running.says("The simulator listens at ").starts_with("http://127.0.0.1:"));
}
