//! `guest-portal check`: the doctor.

use super::{
    ConfigArgs,
    reach::{Data, Reached},
};
use crate::doctor::{self, Level};

/// Exit code when the configuration can be read but something in it does not work.
const EXIT_WRONG: u8 = 1;

pub(super) async fn run(args: &ConfigArgs) -> u8 {
    let reached = match Reached::reach(args, Data::Tokens).await {
        Ok(reached) => reached,
        Err(code) => {
            // What needs no Webex is looked at all the same.
            if let Ok(server) = args.load_server() {
                println!("{}\n{}", doctor::examine_alone(&server).await, doctor::examine_running(&server).await);
            }
            return code;
        }
    };
    let mut reports = doctor::examine(&reached.connections, &reached.config, &reached.portals, reached.clock.now()).await;
    reports.push(doctor::examine_host(&reached.config, &reached.connections, reached.clock.now()).await);
    reports.push(doctor::examine_running(&reached.config.server).await);
    for report in &reports {
        println!("{report}");
    }
    let worst = reports.iter().map(doctor::Report::level).max().unwrap_or(Level::Good);
    println!(
        "{}",
        match worst {
            Level::Good => "Everything works.",
            Level::Warning => "It works; mind the warnings.",
            Level::Wrong => "Something does not work. Mend what is marked WRONG and run this again.",
        }
    );
    reached.leave().await;
    if worst == Level::Wrong { EXIT_WRONG } else { 0 }
}
