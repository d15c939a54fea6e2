//! The program as a child: run, listened to, and ended.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// In real time; the program starts in a fraction of it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The program in a folder of its own, with none of this machine's settings.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guest-portal"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GUEST_PORTAL_")) {
        command.env_remove(name);
    }
    command
        .current_dir(folder)
        .env("GUEST_PORTAL_SERVER_LISTEN", "127.0.0.1:0")
        .env("GUEST_PORTAL_WEBEX_SANDBOX_LISTEN", "127.0.0.1:0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Ends a program that would not end by itself, when a test fails too.
pub(crate) struct Running {
    pub(crate) child: Child,
    /// Its words on standard output, line by line.
    lines: mpsc::Receiver<String>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines }
    }

    /// The rest of the line that begins like this.
    pub(crate) fn says(&self, begin: &str) -> String {
        let began = Instant::now();
        loop {
            let line = self.lines.recv_timeout(PATIENCE.saturating_sub(began.elapsed()));
            let line = line.unwrap_or_else(|error| panic!("the program never said {begin:?}: {error}"));
            if let Some(rest) = line.trim_start().strip_prefix(begin) {
                return rest.trim().to_owned();
            }
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for the end; answers the exit code and what stood on standard error.
    pub(crate) fn ends_within(mut self, limit: Duration) -> (Option<i32>, String) {
        let began = Instant::now();
        let mut stderr = self.child.stderr.take().unwrap();
        let reading = thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).map(|_| text)
        });
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), reading.join().unwrap().unwrap());
            }
            assert!(began.elapsed() < limit, "the program did not end within {limit:?}");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs what must end by itself at once; answers the exit code and the lines on standard error.
pub(crate) fn refusal(command: &mut Command) -> (Option<i32>, Vec<String>) {
    let (code, text) = Running::start(command).ends_within(PATIENCE);
    (code, text.lines().map(str::to_owned).collect())
}
