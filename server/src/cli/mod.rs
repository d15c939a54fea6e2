//! The command line: one file per command, each thin.

mod backup;
mod behind;
mod check;
mod erasure;
mod guest;
mod key;
mod meeting;
mod openapi;
mod reach;
mod rotate;
#[cfg(feature = "sandbox")]
mod sandbox;
mod schedule;
mod serve;
mod snippet;
mod webhook;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::{
    config::{Config, ConfigProblem, SandboxSource, ServerConfig},
    process,
};

/// Exit code when the configuration or the surroundings are wrong: nothing was started.
pub const EXIT_CONFIG: u8 = 2;

/// Exit code when Webex refused what a command asked for.
const EXIT_FAILED: u8 = 1;

/// A chat window for web pages whose staff answer from Webex.
#[derive(Debug, Parser)]
#[command(name = "guest-portal", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the portal.
    Serve(ConfigArgs),
    /// Prove every credential, and say what is wrong and how to mend it.
    Check(ConfigArgs),
    /// Show how a guest issuer vouches for a guest; list guests, hand out or erase what is kept of one.
    #[command(subcommand)]
    Guest(guest::GuestCommand),
    /// Ask Instant Connect for a meeting.
    #[command(subcommand)]
    Meeting(meeting::MeetingCommand),
    /// Run the simulator alone.
    #[cfg(feature = "sandbox")]
    Sandbox(sandbox::SandboxArgs),
    /// Make, list and revoke the keys by which other programs ask for meetings.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Try webhooks out, and see what became of their deliveries.
    #[command(subcommand)]
    Webhook(webhook::WebhookCommand),
    /// Make a new key for what the portal keeps sealed.
    Rotate(ConfigArgs),
    /// Write everything the portal remembers into a folder, also while it runs.
    Backup(backup::BackupArgs),
    /// Put a backup back.
    Restore(backup::RestoreArgs),
    /// Print what to paste into a web page.
    Snippet(snippet::SnippetArgs),
    /// Print the description of the portal's own API (OpenAPI 3.1), which it serves at /openapi.json, too.
    Openapi,
}

/// Where the configuration comes from.
#[derive(Debug, Args)]
struct ConfigArgs {
    /// The configuration file [default: guest-portal.toml].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Use the built-in simulator in place of Webex, or the one at an address such as http://127.0.0.1:8081.
    #[cfg(feature = "sandbox")]
    #[arg(long, value_name = "URL", num_args = 0..=1, require_equals = true)]
    sandbox: Option<Option<String>>,
}

impl Cli {
    /// Runs the command; answers the exit code.
    pub async fn run(self) -> u8 {
        process::keep_files_to_itself();
        // Every client is made of it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        match self.command {
            Command::Serve(args) => serve::run(&args).await,
            Command::Check(args) => check::run(&args).await,
            Command::Guest(command) => guest::run(&command).await,
            Command::Meeting(command) => meeting::run(&command).await,
            #[cfg(feature = "sandbox")]
            Command::Sandbox(args) => sandbox::run(&args).await,
            Command::Key(command) => key::run(&command).await,
            Command::Webhook(command) => webhook::run(&command).await,
            Command::Rotate(args) => rotate::run(&args),
            Command::Backup(args) => backup::back_up(&args).await,
            Command::Restore(args) => backup::restore(&args).await,
            Command::Snippet(args) => snippet::run(&args),
            Command::Openapi => openapi::run(),
        }
    }
}

impl ConfigArgs {
    fn load(&self) -> Result<Config, Vec<ConfigProblem>> {
        let environment = |name: &str| std::env::var(name).ok();
        let sandbox = self.sandbox_source()?;
        match (&self.config, sandbox) {
            (None, Some(source)) => Config::for_sandbox(source, &environment),
            (path, sandbox) => {
                let path = path.clone().unwrap_or_else(|| "guest-portal.toml".into());
                Config::from_file(&path, sandbox, &environment)
            }
        }
    }

    fn load_server(&self) -> Result<ServerConfig, Vec<ConfigProblem>> {
        match (&self.config, self.sandbox_source()?) {
            (None, Some(_)) => self.load().map(|config| config.server),
            (path, _) => {
                let path = path.clone().unwrap_or_else(|| "guest-portal.toml".into());
                Config::server_of_file(&path, &|name| std::env::var(name).ok())
            }
        }
    }

    #[cfg(feature = "sandbox")]
    fn sandbox_source(&self) -> Result<Option<SandboxSource>, Vec<ConfigProblem>> {
        match &self.sandbox {
            None => Ok(None),
            Some(None) => Ok(Some(SandboxSource::embedded_default())),
            Some(Some(address)) => SandboxSource::at(address).map(Some).ok_or_else(|| {
                let remedy = format!("`{address}` is not the address of a simulator on this machine, such as http://127.0.0.1:8081");
                vec![ConfigProblem { file: "command line".into(), key: "--sandbox".into(), remedy }]
            }),
        }
    }

    #[cfg(not(feature = "sandbox"))]
    fn sandbox_source(&self) -> Result<Option<SandboxSource>, Vec<ConfigProblem>> {
        Ok(None)
    }
}
