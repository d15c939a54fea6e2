//! Reads the command line and runs one command.

use std::process::ExitCode;

use clap::Parser;
use server::cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => ExitCode::from(runtime.block_on(cli.run())),
        Err(error) => {
            eprintln!("guest-portal: the system gives no threads ({error}); raise the limit of processes for this user");
            ExitCode::from(2)
        }
    }
}
