//! `guest-portal meeting links`: a meeting's links, as the broker gives them.

use std::io::IsTerminal;

use clap::{Args, Subcommand, ValueEnum};
use secrecy::ExposeSecret;
use serde_json::json;

use super::{
    ConfigArgs, EXIT_CONFIG, EXIT_FAILED,
    reach::{Data, Reached},
};
use crate::instant_connect::{BrokerError, Encryption, HostLogin, MeetingLink, MeetingLinks, MeetingRequest, Vertical};

#[derive(Debug, Subcommand)]
pub(super) enum MeetingCommand {
    /// Ask for a meeting's links and print them. Whoever opens a host link is a host.
    Links(LinksArgs),
}

#[derive(Debug, Args)]
pub(super) struct LinksArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// What the meeting is known by, and called; the same subject is the same meeting.
    #[arg(long)]
    subject: String,
    /// How many host links.
    #[arg(long, default_value_t = 1)]
    hosts: u16,
    /// How many guest links; 25 links at most in all.
    #[arg(long, default_value_t = 1)]
    guests: u16,
    /// How long the links are good, in minutes.
    #[arg(long, default_value_t = 120)]
    minutes: u32,
    /// Print long links, which carry the whole cipher.
    #[arg(long)]
    long: bool,
    /// The words of the meeting's pages.
    #[arg(long, value_enum, default_value = "general")]
    vertical: VerticalArg,
    /// Let a host link ask to log in first.
    #[arg(long)]
    login: bool,
    /// The SIP address of a video device to call when the host joins; may be given several times.
    #[arg(long, value_name = "SIP")]
    device: Vec<String>,
    /// The site whose connection is used [default: the first that has a bot].
    #[arg(long)]
    site: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum VerticalArg {
    General,
    Healthcare,
}

pub(super) async fn run(command: &MeetingCommand) -> u8 {
    let MeetingCommand::Links(args) = command;
    let reached = match Reached::reach(&args.config, Data::None).await {
        Ok(reached) => reached,
        Err(code) => return code,
    };
    let code = match links(args, &reached).await {
        Ok(links) => {
            print(args, &links);
            if reached.behind.is_own_simulator() {
                stay(args).await;
            }
            0
        }
        Err(code) => code,
    };
    reached.leave().await;
    code
}

async fn links(args: &LinksArgs, reached: &Reached) -> Result<MeetingLinks, u8> {
    let connection = reached.connection(args.site.as_deref(), |connection| connection.bot.is_some(), "a bot")?;
    let Some(bot) = &connection.bot else { return Err(EXIT_FAILED) };
    let now_secs = reached.clock.now().as_millis() / 1000;
    let request = MeetingRequest {
        subject: args.subject.clone(),
        not_before_secs: None,
        expires_at_secs: now_secs + i64::from(args.minutes) * 60,
        hosts: args.hosts,
        guests: args.guests,
        vertical: match args.vertical {
            VerticalArg::General => Vertical::General,
            VerticalArg::Healthcare => Vertical::Healthcare,
        },
        host_login: if args.login { HostLogin::Choice } else { HostLogin::None },
        long_links: args.long,
        devices: args.device.clone(),
        encryption: Encryption::default(),
    };
    request.check(now_secs).map_err(|problem| {
        eprintln!("{problem}");
        EXIT_CONFIG
    })?;
    connection.instant_connect.mint(bot.token(), &request).await.map_err(|error| {
        eprintln!("{error}");
        if let BrokerError::Status { .. } = error {
            eprintln!("Run `guest-portal check` to find out what is wrong.");
        }
        EXIT_FAILED
    })
}

fn print(args: &LinksArgs, links: &MeetingLinks) {
    let text = |link: &MeetingLink| if args.long { link.long.expose_secret().to_owned() } else { link.best().expose_secret().to_owned() };
    if args.json {
        let list = |links: &[MeetingLink]| links.iter().map(text).collect::<Vec<_>>();
        println!("{:#}", json!({ "subject": args.subject, "hosts": list(&links.hosts), "guests": list(&links.guests) }));
        return;
    }
    for link in &links.hosts {
        println!("Host link:  {}", text(link));
    }
    for link in &links.guests {
        println!("Guest link: {}", text(link));
    }
}

/// The links of a simulator open only while it runs.
async fn stay(args: &LinksArgs) {
    if args.json || !std::io::stdout().is_terminal() {
        eprintln!("The simulator that made these links ends now; keep one running with `guest-portal sandbox` to open them.");
        return;
    }
    eprintln!("The links open as long as this runs. Press Ctrl-C to end it.");
    let _ = tokio::signal::ctrl_c().await;
}
