//! `serve`: what it refuses, what it announces, how it ends.

use std::{
    process::Output,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::program::{PATIENCE, Running, folder, program, refusal};

#[test]
fn without_a_configuration_it_names_both_ways_to_begin() {
    let folder = folder();
    let (code, lines) = refusal(program(folder.path()).arg("serve"));
    assert_eq!((code, lines.len()), (Some(2), 1), "{lines:?}");
    for word in ["guest-portal.toml", "guest-portal.example.toml", "serve --sandbox"] {
        assert!(lines[0].contains(word), "{word} in {lines:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was begun");
}

#[test]
fn a_configuration_without_webex_names_both_ways_too() {
    let folder = folder();
    std::fs::write(folder.path().join("guest-portal.toml"), "[[site]]\nid = \"a\"\nname = \"A\"\nstaff = [\"a@example.com\"]\n").unwrap();
    let (code, lines) = refusal(program(folder.path()).arg("serve"));
    assert_eq!((code, lines.len()), (Some(2), 1), "{lines:?}");
    assert!(lines[0].contains("webex.service_app") && lines[0].contains("--sandbox"), "{lines:?}");
}

#[test]
fn every_mistake_in_the_configuration_has_its_own_line() {
    let folder = folder();
    let text = "colour = 1\n[server]\nlisten = \"nowhere\"\n[log]\nformat = \"xml\"\n[[site]]\nid = \"A\"\nname = \"A\"\nstaff = [\"x\"]\n";
    std::fs::write(folder.path().join("portal.toml"), text).unwrap();
    let mut command = program(folder.path());
    let (code, lines) = refusal(command.env_remove("GUEST_PORTAL_SERVER_LISTEN").args(["serve", "--config", "portal.toml", "--sandbox"]));
    assert_eq!((code, lines.len()), (Some(2), 5), "{lines:#?}");
    for key in ["colour", "server.listen", "log.format", "site[1].id", "site[1].staff"] {
        assert_eq!(lines.iter().filter(|line| line.starts_with(&format!("portal.toml: {key}: "))).count(), 1, "{key} in {lines:#?}");
    }
}

#[test]
fn what_is_no_command_and_no_simulator_is_refused() {
    let folder = folder();
    for args in [&["serve", "--sandbox=https://webexapis.com"][..], &["serve", "--sandbox=http://192.0.2.1:8081"], &["dance"], &[]] {
        let (code, lines) = refusal(program(folder.path()).args(args));
        assert!(code == Some(2) && !lines.is_empty(), "{args:?}: {code:?} {lines:?}");
    }
}

#[test]
fn a_port_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for variable in ["GUEST_PORTAL_SERVER_LISTEN", "GUEST_PORTAL_WEBEX_SANDBOX_LISTEN"] {
        let folder = folder();
        let (code, lines) =
            refusal(program(folder.path()).env(variable, &address).args(["serve", "--sandbox"]).env("GUEST_PORTAL_LOG_LEVEL", "error"));
        assert_eq!((code, lines.len()), (Some(2), 1), "{lines:?}");
        assert!(lines[0].contains(&address), "{variable}: {lines:?}");
    }
}

#[test]
fn a_data_folder_that_cannot_be_written_is_named() {
    let folder = folder();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let data = file.join("data");
    let mut command = program(folder.path());
    let (code, lines) =
        refusal(command.env("GUEST_PORTAL_SERVER_DATA_DIR", &data).env("GUEST_PORTAL_LOG_LEVEL", "error").args(["serve", "--sandbox"]));
    assert_eq!((code, lines.len()), (Some(2), 1), "{lines:?}");
    assert!(lines[0].contains(data.to_str().unwrap()), "{lines:?}");
}

#[test]
fn the_data_of_a_newer_program_is_left_alone() {
    let folder = folder();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let path = data.join("guest-portal.db");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let (code, lines) = refusal(program(folder.path()).env("GUEST_PORTAL_LOG_LEVEL", "error").args(["serve", "--sandbox"]));
    assert_eq!((code, lines.len()), (Some(2), 1), "{lines:?}");
    assert!(lines[0].contains("newer") && lines[0].contains("99"), "{lines:?}");
    let version: i64 = rusqlite::Connection::open(&path).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 99);
}

#[test]
fn a_second_program_on_the_same_data_is_refused_and_the_first_goes_on() {
    let folder = folder();
    let first = Running::start(program(folder.path()).args(["serve", "--sandbox"]));
    first.says("The portal is ready.");
    let (code, lines) = refusal(program(folder.path()).env("GUEST_PORTAL_LOG_LEVEL", "error").args(["serve", "--sandbox"]));
    assert_eq!((code, lines.len()), (Some(2), 1), "{lines:?}");
    assert!(lines[0].contains("another guest-portal") && lines[0].contains("data"), "{lines:?}");
    first.signal("TERM");
    assert_eq!(first.ends_within(Duration::from_secs(5)).0, Some(0));
}

#[test]
fn it_says_what_to_open_and_ends_well_when_told() {
    for signal in ["TERM", "INT"] {
        let folder = folder();
        let running = Running::start(program(folder.path()).args(["serve", "--sandbox"]));
        let guests = running.says("guests:");
        assert!(guests.starts_with("http://127.0.0.1:") && guests.ends_with("/s/demo") && !guests.contains(":0/"), "{guests}");
        let staff = running.says("staff:");
        assert!(staff.starts_with("http://127.0.0.1:") && staff.ends_with("/desk"), "{staff}");
        running.says("Webex is simulated");
        running.signal(signal);
        assert_eq!(running.ends_within(Duration::from_secs(5)).0, Some(0), "{signal}");
    }
}

#[test]
fn a_hang_up_makes_it_read_its_secrets_again_and_go_on() {
    let folder = folder();
    let running = Running::start(program(folder.path()).args(["serve", "--sandbox"]));
    running.says("The portal is ready.");
    let keys = folder.path().join("data/keys.toml");
    let before = std::fs::read_to_string(&keys).unwrap();
    assert!(program(folder.path()).args(["rotate", "--sandbox"]).output().unwrap().status.success());
    assert_ne!(std::fs::read_to_string(&keys).unwrap(), before);
    // Several that come together count as one.
    let hang_up = || {
        for _ in 0..10 {
            running.signal("HUP");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    hang_up();
    std::fs::write(&keys, "seal = []").unwrap();
    hang_up();
    running.signal("TERM");
    let (code, log) = running.ends_within(Duration::from_secs(5));
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("the secrets were read again") && log.contains("the secrets stay as they are"), "{log}");
}

#[test]
fn a_hang_up_that_waits_for_webex_keeps_nobody_from_ending_it() {
    let (here, there) = (folder(), folder());
    let simulator = Running::start(program(there.path()).args(["sandbox", "--listen", "127.0.0.1:0"]));
    let base = simulator.says("The simulator listens at ");
    // Whoever wants a token waits for it, and so does whoever replaces the secrets that it comes from.
    let slow = json!({ "method": "POST", "path_prefix": "/v1/access_token", "count": 100, "effect": { "kind": "slow", "ms": 60_000 } });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let added = runtime.block_on(http.post(format!("{base}/sandbox/faults")).json(&slow).send()).unwrap();
    assert!(added.status().is_success(), "{added:?}");
    let running = Running::start(program(here.path()).args(["serve", &format!("--sandbox={base}")]));
    running.says("The portal is ready.");
    let asked = || {
        let faults = runtime.block_on(async { http.get(format!("{base}/sandbox/faults")).send().await?.json::<Value>().await });
        faults.unwrap()[0]["count"] != 100
    };
    let began = Instant::now();
    while !asked() {
        assert!(began.elapsed() < PATIENCE, "it never asked for a token");
    }
    running.signal("HUP");
    std::thread::sleep(Duration::from_millis(300));
    running.signal("TERM");
    assert_eq!(running.ends_within(Duration::from_secs(5)).0, Some(0));
}

#[test]
fn its_log_names_no_guest_no_message_no_cookie_and_no_token() {
    let folder = folder();
    let mut command = program(folder.path());
    let running =
        Running::start(command.env("GUEST_PORTAL_LOG_LEVEL", "trace").env("GUEST_PORTAL_LOG_FORMAT", "json").args(["serve", "--sandbox"]));
    let page = running.says("guests:");
    let base = page.trim_end_matches("/s/demo").to_owned();
    let cookies = tokio::runtime::Runtime::new().unwrap().block_on(converse(&base));
    running.signal("TERM");
    let (code, log) = running.ends_within(Duration::from_secs(5));
    assert_eq!(code, Some(0));
    assert!(log.contains("a space was made in webex"), "there is something to search:\n{log}");
    let mut secrets: Vec<String> = ["Ada Lovelace", "hush-hush"].map(str::to_owned).to_vec();
    secrets.extend(cookies);
    let database = rusqlite::Connection::open(folder.path().join("data/sandbox/sandbox.db")).unwrap();
    let mut rows = database.prepare("SELECT json FROM objects WHERE kind = 'token'").unwrap();
    for json in rows.query_map([], |row| row.get::<_, String>(0)).unwrap() {
        let token: Value = serde_json::from_str(&json.unwrap()).unwrap();
        secrets.push(token["text"].as_str().unwrap().to_owned());
    }
    assert!(secrets.len() >= 8, "guest's and service app's tokens are among them: {}", secrets.len());
    for secret in secrets {
        let part = &secret[secret.len() / 2..];
        let line = log.lines().find(|line| line.contains(part));
        assert_eq!(line, None, "{part} is in the log");
    }
}

/// Signs in and writes; answers the cookies' values once the message has been sent.
async fn converse(base: &str) -> Vec<String> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = |method: reqwest::Method, path: &str, cookies: &str| {
        let request = http.request(method, format!("{base}{path}")).header("x-gp", "demo").header("sec-fetch-site", "same-origin");
        request.header("origin", base).header("cookie", cookies.to_owned())
    };
    let session = json!({ "display_name": "Ada Lovelace" });
    let answer = request(reqwest::Method::POST, "/api/session", "").json(&session).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let pairs: Vec<String> =
        answer.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap().split(';').next().unwrap().to_owned()).collect();
    let cookies = pairs.join("; ");
    let rooms: Value = request(reqwest::Method::GET, "/api/rooms", &cookies).send().await.unwrap().json().await.unwrap();
    let messages = format!("/api/rooms/{}/messages", rooms["items"][0]["id"].as_str().unwrap());
    let message = json!({ "client_message_id": "01936b1e-7a5c-7c3e-9a41-000000000001", "text": "This is hush-hush" });
    let answer = request(reqwest::Method::POST, &messages, &cookies).json(&message).send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let began = Instant::now();
    loop {
        let page: Value = request(reqwest::Method::GET, &messages, &cookies).send().await.unwrap().json().await.unwrap();
        if page["items"].as_array().is_some_and(|items| items.iter().any(|item| item["client_message_id"].is_string())) {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "the message was never sent: {page}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    pairs.iter().filter_map(|pair| pair.split_once('=').map(|(_, value)| value.to_owned())).collect()
}

#[test]
fn it_answers_what_it_is() {
    let folder = folder();
    for (argument, word) in [("--help", "serve"), ("--version", env!("CARGO_PKG_VERSION"))] {
        let Output { status, stdout, .. } = program(folder.path()).arg(argument).output().unwrap();
        assert!(status.success() && String::from_utf8_lossy(&stdout).contains(word), "{argument}");
    }
}
