//! The documentation's recipes: taken out of the page they stand on, and followed in a terminal as they are written.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use tempfile::TempDir;

use crate::{portal::within, processes::program_path};

/// The sentence of a recipe in which its reader starts the portal.
const START: &str = "`guest-portal serve`";
/// Where a terminal keeps what its commands have set.
const VARIABLES: &str = "variables.sh";

/// A piece of code in a document.
#[derive(Clone, Debug)]
pub struct Fence {
    /// What it is written in.
    pub language: String,
    /// The comment on the line before, which no reader sees; empty if there is none.
    pub marker: String,
    /// The code.
    pub text: String,
}

/// A configuration to paste, and commands to type before and after the portal is started.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// The whole configuration.
    pub configuration: String,
    /// Commands, in blocks.
    pub before: Vec<String>,
    /// The same.
    pub after: Vec<String>,
}

/// What a document calls things, and what they are where it is tried out.
pub type Names = [(&'static str, String)];

/// A file of the tree.
pub fn document(path: &str) -> String {
    let path = tree().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The documents of the tree, by their paths.
pub fn documents() -> Vec<String> {
    let entries = std::fs::read_dir(tree().join("docs")).expect("the documents");
    let names = entries.map(|entry| entry.expect("a document").file_name().to_string_lossy().into_owned());
    let mut paths: Vec<String> = names.filter(|name| name.ends_with(".md")).map(|name| format!("docs/{name}")).collect();
    paths.push("README.md".to_owned());
    paths.sort();
    paths
}

fn tree() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the root").to_owned()
}

/// What stands below a heading that begins so, up to the next one of its level or above.
pub fn chapter(document: &str, heading: &str) -> String {
    let level = heading.chars().take_while(|c| *c == '#').count();
    let mut lines = document.lines().skip_while(|line| !line.starts_with(heading));
    assert!(lines.next().is_some(), "there is no {heading}");
    let mut is_code = false;
    let mut ends = |line: &str| {
        is_code ^= line.trim_start().starts_with("```");
        let hashes = line.chars().take_while(|c| *c == '#').count();
        !is_code && (1..=level).contains(&hashes) && line.chars().nth(hashes) == Some(' ')
    };
    lines.take_while(|line| !ends(line)).map(|line| format!("{line}\n")).collect()
}

/// The pieces of code in a text, in order.
pub fn fences(text: &str) -> Vec<Fence> {
    let mut fences = Vec::new();
    let mut lines = text.lines();
    let mut before = "";
    while let Some(line) = lines.next() {
        let Some(language) = line.trim_start().strip_prefix("```") else {
            before = line;
            continue;
        };
        // Within a list it is indented.
        let indent = line.len() - line.trim_start().len();
        let code = lines.by_ref().take_while(|line| line.trim() != "```");
        let text = code.map(|line| format!("{}\n", line.get(indent..).unwrap_or_default())).collect();
        let marker = if before.trim().starts_with("<!--") { before.trim().to_owned() } else { String::new() };
        fences.push(Fence { language: language.to_owned(), marker, text });
        before = "";
    }
    fences
}

/// The commands of a text, in blocks.
pub fn commands(text: &str) -> Vec<String> {
    fences(text).into_iter().filter(|fence| fence.language == "sh").map(|fence| fence.text).collect()
}

/// A text with other names.
pub fn renamed(text: &str, names: &Names) -> String {
    names.iter().fold(text.to_owned(), |text, (name, here)| text.replace(name, here))
}

impl Recipe {
    /// The one below a heading of `docs/meetings.md`, with the names it has here.
    pub fn read(heading: &str, names: &Names) -> Self {
        let text = renamed(&chapter(&document("docs/meetings.md"), heading), names);
        let (before, after) = text.split_once(START).unwrap_or_else(|| panic!("{heading} never says {START}"));
        let mut configurations = fences(&text).into_iter().filter(|fence| fence.language == "toml");
        let configuration = configurations.next().unwrap_or_else(|| panic!("{heading} has no configuration")).text;
        assert!(configurations.next().is_none(), "{heading} has two configurations");
        Self { configuration, before: commands(before), after: commands(after) }
    }

    /// The configuration without `[server]`, for a portal that is told where it is.
    pub fn sites(&self) -> String {
        let mut is_server = false;
        let mut keeps = |line: &str| {
            is_server = if line.starts_with('[') { line == "[server]" } else { is_server };
            !is_server
        };
        self.configuration.lines().filter(|line| keeps(line)).map(|line| format!("{line}\n")).collect()
    }
}

/// A terminal, in a folder of its own, in which `guest-portal` is the program that was built.
pub struct Terminal {
    folder: TempDir,
    environment: Vec<(&'static str, String)>,
}

impl Terminal {
    /// One in which nothing was typed yet.
    pub fn open() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder"), environment: Vec::new() }
    }

    /// From now on the program uses this simulator, and the data of the portal beside it.
    pub fn connect(&mut self, sandbox_url: &str, data_dir: &Path) {
        self.environment = vec![
            ("GUEST_PORTAL_WEBEX_MODE", "sandbox".to_owned()),
            // A test looks more often than anybody would.
            ("GUEST_PORTAL_LIMITS_PROFILE", "bench".to_owned()),
            ("GUEST_PORTAL_WEBEX_SANDBOX_LISTEN", sandbox_url.trim_start_matches("http://").to_owned()),
            ("GUEST_PORTAL_SERVER_DATA_DIR", data_dir.display().to_string()),
        ];
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into its folder.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder().join(name), text).expect("writing a file");
    }

    /// A file in its folder.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Types commands; what they set is set for the next ones. Answers what they print. Each must succeed.
    pub async fn type_in(&self, commands: &str) -> String {
        let script = format!("set -ea\n[ ! -f {VARIABLES} ] || . ./{VARIABLES}\n{commands}\nexport -p >{VARIABLES}\n");
        let programs = program_path().parent().expect("a folder").display().to_string();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut shell = tokio::process::Command::new("sh");
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GUEST_PORTAL_")) {
            shell.env_remove(name);
        }
        shell.args(["-c", &script]).current_dir(self.folder()).stdin(Stdio::null()).kill_on_drop(true);
        shell.env("PATH", format!("{programs}:{path}")).env("NO_PROXY", "*").env("no_proxy", "*");
        shell.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let output = within(commands, shell.output()).await.expect("a shell");
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{commands}\n{stdout}\n{stderr}\n{} (./x setup installs curl and jq)", output.status);
        stdout.into_owned()
    }

    /// What an earlier command set.
    pub async fn variable(&self, name: &str) -> String {
        self.type_in(&format!("printf %s \"${name}\"")).await
    }
}
