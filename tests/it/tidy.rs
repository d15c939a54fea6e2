//! What the tree promises about itself, read from its files.

use std::path::{Path, PathBuf};

const MAX_LINES: usize = 500;

/// A file of the tree, by its path from the root.
struct File {
    path: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file below a folder whose name ends so; there must be some, or the test looks at nothing.
fn files(folder: &str, ending: &str) -> Vec<File> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(ending) {
                found.push(File { text: read(&name), path: name });
            }
        }
    }
    assert!(!found.is_empty(), "no {ending} below {folder}");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// `path:line: text` of every line with one of the words, comments left out.
fn lines_with(files: &[File], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for File { path, text } in files {
        for (index, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if words.iter().any(|word| code.contains(word)) {
                found.push(format!("{path}:{}: {}", index + 1, line.trim()));
            }
        }
    }
    found
}

fn without(files: Vec<File>, paths: &[&str]) -> Vec<File> {
    files.into_iter().filter(|file| !paths.contains(&&*file.path)).collect()
}

fn none(found: Vec<String>) {
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// The names under `[dependencies]` of a crate.
fn dependencies(manifest: &str) -> Vec<String> {
    let text = read(manifest);
    let lines = text.lines().skip_while(|line| *line != "[dependencies]").skip(1).take_while(|line| !line.starts_with('['));
    lines
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn only_the_clocks_ask_for_the_time() {
    let words = ["SystemTime::now", "Instant::now", "tokio::time::sleep", "time::sleep(", "thread::sleep", "Timestamp::now", "Zoned::now"];
    for (folder, clock) in [("server/src", "server/src/clock.rs"), ("sandbox/src", "sandbox/src/clock.rs")] {
        none(lines_with(&without(files(folder, ".rs"), &[clock]), &words));
    }
}

#[test]
fn shared_is_plain_data() {
    assert_eq!(dependencies("shared/Cargo.toml"), ["serde"]);
}

#[test]
fn the_sandbox_and_the_portals_webex_client_share_nothing() {
    let sandbox = dependencies("sandbox/Cargo.toml");
    assert!(!sandbox.contains(&"server".to_owned()) && sandbox.contains(&"axum".to_owned()), "{sandbox:?}");
    let others = lines_with(&files("sandbox/src", ".rs"), &["server::", "shared::"]);
    none(others.into_iter().filter(|line| !line.contains("hyper::server::")).collect());
    let users = lines_with(&files("server/src", ".rs"), &["sandbox::"]);
    none(
        users
            .into_iter()
            .filter(|line| !line.starts_with("server/src/cli/") && !line.starts_with("server/src/sandbox_credentials.rs"))
            .collect(),
    );
}

#[test]
fn only_the_wire_module_knows_webexs_json() {
    let names =
        ["personId", "roomId", "displayName", "lastActivity", "personEmail", "accessToken", "trackingId", "camelCase", "isModerator"];
    let mut others = files("server/src", ".rs");
    others.retain(|file| !file.path.starts_with("server/src/webex/wire/"));
    // Instant Connect's broker speaks a language of its own, which one folder knows.
    others.retain(|file| !file.path.starts_with("server/src/instant_connect/"));
    let found = lines_with(&others, &names);
    // The names of query parameters are part of Webex's addresses, which `calls.rs` knows.
    none(
        found
            .into_iter()
            .filter(|line| !(line.starts_with("server/src/webex/calls.rs") && line.contains("(\"roomId\", room_id)")))
            .collect(),
    );
}

#[test]
fn the_tests_that_the_checklist_names_are_there() {
    let folders = ["sandbox/tests", "sandbox/src", "tests/browser"];
    let sources: Vec<File> = folders.into_iter().flat_map(|folder| files(folder, ".rs")).collect();
    let checklist = read("docs/sandbox-checklist.md");
    let named: Vec<(&str, &str)> = checklist.split('`').skip(1).step_by(2).filter_map(|word| word.split_once("::")).collect();
    assert!(named.len() > 50, "{named:?}");
    let is_there = |(file, test): &(&str, &str)| {
        let is_file = |path: &str| path.ends_with(&format!("/{file}.rs")) || path.contains(&format!("/{file}/"));
        sources.iter().any(|source| is_file(&source.path) && source.text.contains(&format!("fn {test}(")))
    };
    none(named.iter().filter(|name| !is_there(name)).map(|(file, test)| format!("{file}::{test}")).collect());
}

#[test]
fn the_tests_that_prove_what_is_said_of_security_are_there() {
    let folders = ["server/src", "server/tests", "shared/src", "tests", "frontend/src", "sandbox/tests", "sandbox/src"];
    let sources: Vec<File> = folders.into_iter().flat_map(|folder| files(folder, ".rs")).collect();
    let text = read("docs/security.md");
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let named =
        text.split('`').skip(1).step_by(2).filter_map(|word| word.split_once("::")).filter(|(file, test)| is_name(file) && is_name(test));
    let named: Vec<(&str, &str)> = named.collect();
    assert!(named.len() > 100, "{}", named.len());
    let is_there = |(file, test): &(&str, &str)| {
        let is_file = |path: &str| path.ends_with(&format!("/{file}.rs")) || path.contains(&format!("/{file}/"));
        sources.iter().any(|source| is_file(&source.path) && source.text.contains(&format!("fn {test}(")))
    };
    none(named.iter().filter(|name| !is_there(name)).map(|(file, test)| format!("{file}::{test}")).collect());
}

#[test]
fn no_html_of_others_reaches_a_document() {
    let page = files("frontend/src", ".rs");
    none(lines_with(&page, &["inner_html", "innerHTML", "set_outer_html", "insert_adjacent_html", "style=\"", "style=move", "<style"]));
}

#[test]
fn states_know_no_signals_and_no_network() {
    let states: Vec<File> = files("frontend/src", "/state.rs");
    assert!(states.len() >= 4);
    none(lines_with(&states, &["leptos", "web_sys", "gloo", "js_sys", "wasm_bindgen", "api::client"]));
}

#[test]
fn views_know_no_requests() {
    let views = files("frontend/src", "/view.rs");
    assert!(views.len() >= 4);
    none(lines_with(&views, &["gloo_net", "api::client", "web_sys::Request"]));
    none(lines_with(&files("frontend/src/ui", ".rs"), &["crate::api", "crate::rooms", "crate::timeline", "shared::Room"]));
}

#[test]
fn every_setting_stands_in_the_example() {
    let example = read("guest-portal.example.toml");
    let mut settings = Vec::new();
    for File { path, text } in without(files("server/src/config", ".rs"), &["server/src/config/reader.rs", "server/src/config/mod.rs"]) {
        for (call, suffix) in [
            ("parsed(", ""),
            (".text(", ""),
            (".number(", ""),
            (".texts(", ""),
            (".secret(", "_file"),
            ("short_text(", ""),
            ("bounded(", ""),
            (".flag(", ""),
        ] {
            for (index, _) in text.match_indices(call) {
                let Some(key) = text[index + call.len()..].trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) else {
                    continue;
                };
                settings.push((path.clone(), format!("{key}{suffix}")));
            }
        }
    }
    assert!(settings.len() >= 15, "{settings:?}");
    let has = |key: &str| {
        example.lines().any(|line| line.trim_start_matches(['#', ' ']).split_once('=').is_some_and(|(name, _)| name.trim() == key))
    };
    none(settings.into_iter().filter(|(_, key)| !has(key)).map(|(path, key)| format!("{key}, read in {path}")).collect());
}

#[test]
fn the_example_is_a_configuration_that_works() {
    let secrets = |name: &str| (name.ends_with("CLIENT_SECRET") || name.ends_with("TOKEN")).then(|| "secret".to_owned());
    let config = server::config::Config::from_text("guest-portal.example.toml", &read("guest-portal.example.toml"), None, &secrets);
    let problems = config.err().unwrap_or_default();
    none(problems.iter().map(ToString::to_string).collect());
}

#[test]
fn no_test_is_left_out() {
    let ignore = concat!("#[igno", "re");
    for folder in ["shared", "server", "sandbox", "tests", "frontend/src"] {
        none(lines_with(&files(folder, ".rs"), &[ignore]));
    }
}

#[test]
fn a_file_is_one_idea_long() {
    let long = ["shared", "server", "sandbox", "tests", "frontend"].iter().flat_map(|folder| {
        let all = [".rs", ".css", ".js"].iter().flat_map(|ending| {
            let is_there = *ending == ".rs" || *folder == "frontend";
            if is_there && (*ending != ".js" || root().join("frontend/embed").exists()) { files(folder, ending) } else { Vec::new() }
        });
        all.filter(|file| file.text.lines().count() > MAX_LINES).collect::<Vec<_>>()
    });
    none(long.map(|file| format!("{}: {} lines", file.path, file.text.lines().count())).collect());
}

#[test]
fn versions_are_named_once() {
    for member in ["shared", "server", "sandbox", "tests", "frontend"] {
        let manifest = read(&format!("{member}/Cargo.toml"));
        let dependencies = manifest.lines().skip_while(|line| *line != "[dependencies]").filter(|line| line.contains('='));
        let own = dependencies.filter(|line| line.contains("version =") || line.contains("= \""));
        none(own.map(|line| format!("{member}/Cargo.toml: {line}")).collect());
    }
}

#[test]
fn product_crates_keep_the_workspaces_lints() {
    for member in ["shared", "server", "sandbox", "tests", "frontend"] {
        assert!(read(&format!("{member}/Cargo.toml")).contains("[lints]\nworkspace = true"), "{member}");
    }
    let allows = ["allow(clippy::unwrap_used", "allow(clippy::expect_used", "allow(clippy::panic", "allow(unsafe_code"];
    for folder in ["shared/src", "server/src", "sandbox/src", "frontend/src"] {
        none(lines_with(&files(folder, ".rs"), &allows));
    }
}
