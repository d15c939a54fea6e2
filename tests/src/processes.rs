//! The portal and its simulator as two processes, by real time: what is killed is really killed.

use std::{
    io::{BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use server::clock::Clock;
use tempfile::TempDir;

use crate::guest::TestGuest;

/// A process starts in a fraction of this.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the configuration is called in the processes' folder.
const CONFIGURATION: &str = "portal.toml";

/// Both, with a folder of their own. End with the value.
pub struct Processes {
    folder: TempDir,
    portal_address: SocketAddr,
    portal: Option<Running>,
    sandbox_url: String,
    _sandbox: Running,
}

/// A process that ends at once with the value, as in a power cut.
struct Running(Child);

impl Running {
    /// What the system says of its memory under this name.
    fn bytes(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).expect("the process's status");
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line of this name");
        line.trim().trim_end_matches(" kB").trim().parse::<u64>().expect("a number of kB") * 1024
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The simulator alone, in a process that ends with the value.
pub struct SandboxProcess {
    /// Where it listens.
    pub url: String,
    running: Running,
}

impl SandboxProcess {
    /// Starts it in memory, at a free port, with more arguments.
    pub fn start(arguments: &[&str]) -> Self {
        let mut sandbox = program();
        sandbox.args(["sandbox", "--listen", "127.0.0.1:0"]).args(arguments);
        let (running, url) = started(&mut sandbox, "The simulator listens at ");
        Self { url, running }
    }

    /// The memory it holds now, in bytes.
    pub fn memory(&self) -> u64 {
        self.running.bytes("VmRSS:")
    }
}

impl Processes {
    /// Starts both with the built-in sites.
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// Starts both with this configuration in the built-in one's place.
    pub fn start_with(configuration: Option<&str>) -> Self {
        let mut processes = Self::prepare();
        if let Some(configuration) = configuration {
            processes.configure(configuration);
        }
        processes.start_portal();
        processes
    }

    /// Starts the simulator, and finds an address for a portal that is started later.
    pub fn prepare() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().expect("a temporary folder");
        // A port of its own, taken again after each kill. Chosen by the system, then let go.
        let portal_address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).expect("a free port");
        let data = folder.path().join("sandbox");
        let mut sandbox = program();
        sandbox.arg("sandbox").args(["--listen", "127.0.0.1:0", "--data"]).arg(&data);
        sandbox.args(["--portal", &format!("http://{portal_address}")]);
        let (sandbox, sandbox_url) = started(&mut sandbox, "The simulator listens at ");
        Self { folder, portal_address, portal: None, sandbox_url, _sandbox: sandbox }
    }

    /// From its next start on, the portal has this configuration.
    pub fn configure(&self, configuration: &str) {
        std::fs::write(self.folder.path().join(CONFIGURATION), configuration).expect("writing the configuration");
    }

    /// The portal's own folder.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("portal")
    }

    /// Where guests find the portal.
    pub fn portal_url(&self) -> String {
        format!("http://{}", self.portal_address)
    }

    /// What one of the program's commands prints about the same simulator.
    pub fn command(&self, words: &[&str]) -> String {
        let output = program().args(words).arg(format!("--sandbox={}", self.sandbox_url)).output().expect("the command runs");
        assert!(output.status.success(), "{words:?}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// A visitor of a site who has not signed in.
    pub fn visitor(&self, site: &str) -> TestGuest {
        TestGuest::new(Arc::new(Mutex::new(self.portal_url())), Clock::system(), site)
    }

    /// Where the simulated Webex is.
    pub fn sandbox_url(&self) -> &str {
        &self.sandbox_url
    }

    /// The most memory the portal has held at once since it started, in bytes.
    pub fn portal_peak_memory(&self) -> u64 {
        self.running_portal().bytes("VmHWM:")
    }

    /// The memory the portal holds now, in bytes.
    pub fn portal_memory(&self) -> u64 {
        self.running_portal().bytes("VmRSS:")
    }

    fn running_portal(&self) -> &Running {
        self.portal.as_ref().expect("the portal runs")
    }

    /// A folder for what browsers load down.
    pub fn folder(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    /// Ends the portal at once, as a power cut does, and starts it again on what it left.
    pub fn kill_and_start_portal(&mut self) {
        self.kill_portal();
        self.start_portal();
    }

    /// Ends the portal at once.
    pub fn kill_portal(&mut self) {
        self.portal = None;
    }

    /// Tells the portal to stop, and waits until it has.
    pub fn stop_portal(&mut self) {
        let mut running = self.portal.take().expect("the portal runs");
        terminate(&running.0);
        let status = running.0.wait().expect("it ends");
        assert!(status.success(), "{status}");
    }

    /// Starts the portal at its address, on what the last one left.
    pub fn start_portal(&mut self) {
        let mut portal = program();
        let configuration = self.folder.path().join(CONFIGURATION);
        if configuration.exists() {
            portal.args(["serve", "--config"]).arg(configuration);
        } else {
            portal.arg("serve");
        }
        portal
            .arg(format!("--sandbox={}", self.sandbox_url))
            .env("GUEST_PORTAL_SERVER_LISTEN", self.portal_address.to_string())
            // All guests come from one address, as fast as they can.
            .env("GUEST_PORTAL_LIMITS_PROFILE", "bench")
            .env("GUEST_PORTAL_SERVER_DATA_DIR", self.data_dir());
        self.portal = Some(started(&mut portal, "The portal is ready").0);
    }
}

/// What a command of the program exits with and prints; these variables are set for it.
pub async fn program_output(words: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
    let mut command = program();
    command.args(words).envs(variables.iter().copied());
    // Whoever it talks to may be served by this thread.
    let output = tokio::task::spawn_blocking(move || command.output()).await.expect("it ends").expect("the command runs");
    (output.status.code().expect("an exit code"), String::from_utf8(output.stdout).expect("text"))
}

/// What a portal said that was started with a configuration, and ended as soon as it was ready.
pub struct Served {
    /// What it exited with.
    pub code: i32,
    /// What it printed.
    pub printed: String,
    /// Its log.
    pub log: String,
    /// Where it was started.
    pub folder: TempDir,
}

/// Serves a configuration in a folder of its own until it is ready, or ends by itself.
pub async fn served(configuration: &str) -> Served {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join(CONFIGURATION), configuration).expect("writing the configuration");
    let mut command = program();
    command.current_dir(folder.path()).args(["serve", "--config", CONFIGURATION]).stderr(Stdio::piped());
    let serving = move || {
        let mut running = Running(command.spawn().expect("the program starts"));
        let mut stderr = running.0.stderr.take().expect("its log");
        let log = thread::spawn(move || std::io::read_to_string(&mut stderr).expect("text"));
        let mut printed = String::new();
        for line in BufReader::new(running.0.stdout.take().expect("its output")).lines() {
            let line = line.expect("text");
            if line.starts_with("The portal is ready") {
                terminate(&running.0);
            }
            printed.push_str(&line);
            printed.push('\n');
        }
        let code = running.0.wait().expect("it ends").code().expect("an exit code");
        (code, printed, log.join().expect("its log"))
    };
    let (code, printed, log) = tokio::task::spawn_blocking(serving).await.expect("it ends");
    Served { code, printed, log, folder }
}

fn terminate(process: &Child) {
    let told = Command::new("kill").args(["-TERM", &process.id().to_string()]).status().expect("kill");
    assert!(told.success(), "{told}");
}

/// The program, built beside the tests, with none of this machine's settings.
fn program() -> Command {
    let mut command = Command::new(program_path());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GUEST_PORTAL_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// Where the program is.
pub(crate) fn program_path() -> PathBuf {
    let own = std::env::current_exe().expect("the test's own path");
    // Tests are one folder deeper than programs.
    let path = own.ancestors().skip(1).take(2).map(|folder| folder.join("guest-portal")).find(|path| path.is_file());
    path.expect("guest-portal is not beside the tests: build the whole workspace")
}

/// The process once it says a line that begins so, and the rest of that line.
fn started(command: &mut Command, begin: &str) -> (Running, String) {
    let mut running = Running(command.spawn().expect("the program starts"));
    let stdout = BufReader::new(running.0.stdout.take().expect("its output"));
    let (sender, lines) = mpsc::channel();
    // Goes on reading: a full pipe would stop the program.
    thread::spawn(move || stdout.lines().map_while(Result::ok).for_each(|line| drop(sender.send(line))));
    let began = Instant::now();
    loop {
        let line = lines.recv_timeout(PATIENCE.saturating_sub(began.elapsed()));
        let line = line.unwrap_or_else(|error| panic!("the program never said {begin:?}: {error}"));
        if let Some(rest) = line.trim_start().strip_prefix(begin) {
            return (running, rest.trim().to_owned());
        }
    }
}
