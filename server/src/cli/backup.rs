//! `guest-portal backup` and `guest-portal restore`: everything the portal remembers, in one folder.

use std::path::PathBuf;

use clap::Args;

use super::{ConfigArgs, EXIT_CONFIG, EXIT_FAILED, reach::load_server};
use crate::{
    backup::{self, BackupError},
    clock::Clock,
};

#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The folder to write, which must not be there yet.
    folder: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct RestoreArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The folder that `guest-portal backup` wrote.
    folder: PathBuf,
    /// Put what is in the data folder aside first, under a name of its own.
    #[arg(long)]
    replace: bool,
}

/// Beside a portal that runs, or of one that does not.
pub(super) async fn back_up(args: &BackupArgs) -> u8 {
    let server = match load_server(&args.config) {
        Ok(server) => server,
        Err(code) => return code,
    };
    match backup::make(&server.data_dir, &args.folder, Clock::system().now()).await {
        Ok(made) => {
            println!("{} holds everything the portal remembers: {made}", args.folder.display());
            println!(
                "keys.toml is in it: keep it as secret as the data folder itself. The configuration and the files of secrets are not."
            );
            0
        }
        Err(error) => told(&error),
    }
}

/// Of a portal that does not run.
pub(super) async fn restore(args: &RestoreArgs) -> u8 {
    let server = match load_server(&args.config) {
        Ok(server) => server,
        Err(code) => return code,
    };
    match backup::restore(&args.folder, &server.data_dir, args.replace, Clock::system().now()).await {
        Ok(restored) => {
            if let Some(aside) = restored.aside {
                println!("What was there before lies in {} now.", aside.display());
            }
            println!("{} is as it was on {}. Start the portal.", server.data_dir.display(), restored.made_at);
            0
        }
        Err(error) => told(&error),
    }
}

fn told(error: &BackupError) -> u8 {
    eprintln!("{error}");
    if matches!(error, BackupError::Unfit(_)) { EXIT_CONFIG } else { EXIT_FAILED }
}
