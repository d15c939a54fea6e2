//! What must stay where it belongs, searched for after a whole suite: with `GUEST_PORTAL_CANARIES` naming a folder, every test's
//! portal leaves there what it kept, said and answered, and every secret there was beside it. `./x campaign canaries` does so, and
//! searches.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fs::{self, File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock, PoisonError},
};

use aho_corasick::AhoCorasick;
use sandbox::Sandbox;

use crate::answer::Answer;

/// Names the folder.
pub const VARIABLE: &str = "GUEST_PORTAL_CANARIES";
/// What is searched for has at least so many characters: shorter ones would be found anywhere.
const MIN_CHARS: usize = 8;
/// Of what somebody wrote.
const MIN_TEXT_CHARS: usize = 14;

/// Where something may be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The portal's log, down to its last detail.
    Log,
    /// Answers to guests, with their headers, and event streams.
    Answers,
    /// The portal's folder.
    Store,
    /// Command lines of processes.
    Processes,
}

impl Place {
    const ALL: [Self; 4] = [Self::Log, Self::Answers, Self::Store, Self::Processes];

    fn file(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Answers => "answers",
            Self::Store => "store",
            Self::Processes => "processes",
        }
    }
}

/// What is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Tokens, secrets, ciphers, hosts' links, addresses of files and of webhooks.
    Secret,
    /// What opens a claim page.
    Claim,
    /// What staff wrote.
    Text,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Secret, Self::Claim, Self::Text];

    fn file(self) -> &'static str {
        match self {
            Self::Secret => "secrets",
            Self::Claim => "claims",
            Self::Text => "texts",
        }
    }

    /// Guests are shown what staff write.
    fn may_be_in(self, place: Place) -> bool {
        self == Self::Text && place == Place::Answers
    }
}

fn folder() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOLDER.get_or_init(|| std::env::var_os(VARIABLE).map(PathBuf::from)).as_deref()
}

fn append(name: &str, bytes: &[u8]) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let Some(folder) = folder() else { return };
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let path = folder.join(format!("{name}-{}", std::process::id()));
    let mut file = OpenOptions::new().create(true).append(true).open(path).expect("the folder of canaries");
    file.write_all(bytes).and_then(|()| file.write_all(b"\n")).expect("the folder of canaries");
}

/// From now on, what this process's portals log goes there, too.
pub fn begin() {
    static BEGUN: OnceLock<()> = OnceLock::new();
    let Some(folder) = folder() else { return };
    BEGUN.get_or_init(|| {
        let file = File::create(folder.join(format!("log-{}", std::process::id()))).expect("the folder of canaries");
        let filter = server::telemetry::filter("server=trace,tower_http=trace,info,sandbox=off");
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Mutex::new(file));
        let _ = log.try_init();
    });
}

/// A guest was answered. What programs with a key and staff are given is theirs.
pub(crate) fn note_answer(answer: &Answer) {
    if folder().is_none() || answer.asked.contains(" /api/v1") || answer.asked.contains(" /host/") {
        return;
    }
    let headers: String = answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}\n")).collect();
    append(Place::Answers.file(), &[headers.as_bytes(), &answer.bytes].concat());
}

/// A guest's stream told something.
pub(crate) fn note_stream(text: &str) {
    append(Place::Answers.file(), text.as_bytes());
}

/// A portal ends: what it kept, and what there was to keep.
pub(crate) fn note_portal(data_dir: &Path, sandbox: Option<&Sandbox>, claims: Vec<String>) {
    if folder().is_none() {
        return;
    }
    let mut folders = vec![data_dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                // Files that guests sent wait there as they are.
                folders.extend((!path.ends_with("spool")).then_some(path));
            } else if let Ok(bytes) = fs::read(&path) {
                append(Place::Store.file(), &bytes);
            }
        }
    }
    let note = |kind: Kind, texts: Vec<String>| append(kind.file(), texts.join("\n").as_bytes());
    note(Kind::Claim, claims);
    let Some(sandbox) = sandbox else { return };
    note(Kind::Secret, sandbox.issued_secrets());
    let staff: BTreeSet<String> = sandbox.credentials().staff.into_iter().map(|staff| staff.person_id).collect();
    let rooms = sandbox.rooms();
    let messages: Vec<_> = rooms.iter().flat_map(|room| sandbox.messages(&room.id)).collect();
    let by_others: BTreeSet<&str> =
        messages.iter().filter(|message| !staff.contains(&message.person_id)).map(|message| &*message.text).collect();
    let by_staff = messages.iter().filter(|message| staff.contains(&message.person_id) && !by_others.contains(&*message.text));
    let is_telling = |text: &&str| text.chars().count() >= MIN_TEXT_CHARS && !text.contains('\n');
    note(Kind::Text, by_staff.map(|message| &*message.text).filter(is_telling).map(str::to_owned).collect());
}

/// Command lines as they are now.
pub fn note_processes(folder: &Path) {
    let mut lines = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        if let Ok(line) = fs::read(entry.path().join("cmdline")) {
            lines.extend(line.into_iter().map(|byte| if byte == 0 { b' ' } else { byte }));
            lines.push(b'\n');
        }
    }
    let mut file = OpenOptions::new().create(true).append(true).open(folder.join(Place::Processes.file())).expect("the folder of canaries");
    file.write_all(&lines).expect("the folder of canaries");
}

/// What a search found.
#[derive(Debug, Default)]
pub struct Report {
    /// How many were searched for, of each kind.
    pub needles: BTreeMap<Kind, usize>,
    /// How many bytes were searched, of each place.
    pub bytes: BTreeMap<Place, u64>,
    /// What was found where, and around it.
    pub found: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "searched for {:?} in bytes of {:?}", self.needles, self.bytes)?;
        writeln!(formatter, "found: {}", self.found.len())?;
        self.found.iter().take(20).try_for_each(|found| writeln!(formatter, "  {found}"))
    }
}

/// Searches what a suite has left in a folder; whatever would not be found there although it was planted is found, too.
pub fn search(folder: &Path) -> Report {
    let mut report = Report::default();
    let files = |name: &str| -> Vec<PathBuf> {
        let all = fs::read_dir(folder).expect("the folder of canaries").flatten().map(|entry| entry.path());
        all.filter(|path| path.file_name().is_some_and(|found| found.to_string_lossy().split('-').next() == Some(name))).collect()
    };
    for kind in Kind::ALL {
        let mut needles = BTreeSet::new();
        for path in files(kind.file()) {
            let text = fs::read_to_string(path).expect("text");
            needles.extend(text.lines().filter(|line| line.chars().count() >= MIN_CHARS).map(telling));
        }
        let needles: Vec<String> = needles.into_iter().collect();
        report.needles.insert(kind, needles.len());
        let search = AhoCorasick::new(&needles).expect("a search");
        for place in Place::ALL.into_iter().filter(|place| !kind.may_be_in(*place)) {
            let mut bytes = 0;
            for path in files(place.file()) {
                let mut hay = fs::read(&path).expect("it can be read");
                bytes += hay.len() as u64;
                for found in search.find_iter(&hay) {
                    let around = &hay[found.start().saturating_sub(120)..(found.end() + 40).min(hay.len())];
                    report.found.push(format!("{kind:?} in {place:?}: …{}…", String::from_utf8_lossy(around).escape_debug()));
                }
                // It bites: one of each hundred, planted into this very file, is found.
                let mut rest = hay.len();
                for needle in needles.iter().step_by(100) {
                    hay.extend_from_slice(needle.as_bytes());
                    if search.find(&hay[rest..]).is_none() {
                        report.found.push(format!("{needle} would not be found in {place:?}"));
                    }
                    rest = hay.len();
                }
            }
            *report.bytes.entry(place).or_default() = bytes;
        }
    }
    report
}

/// Of a long one, a part that is telling: it may be cut, or stand in a larger one.
fn telling(secret: &str) -> String {
    let chars: Vec<char> = secret.chars().collect();
    if chars.len() > 60 { chars[chars.len() / 2..].iter().collect() } else { secret.to_owned() }
}
