//! `guest-portal meeting links`: a meeting's links, as the broker gives them. `meeting schedule` is in [`super::schedule`].

use std::io::IsTerminal;

use clap::{Args, Subcommand, ValueEnum};
use secrecy::ExposeSecret;
use serde_json::json;

use super::{
    ConfigArgs, EXIT_CONFIG, EXIT_FAILED,
    reach::{Data, Reached},
    schedule::{ScheduleArgs, schedule},
};
use crate::instant_connect::{
    BrokerError, ContentEncryption, Encryption, HostLogin, KeyWrapping, MeetingLink, MeetingLinks, MeetingRequest, SignatureAlgorithm,
    Vertical,
};

#[derive(Debug, Subcommand)]
pub(super) enum MeetingCommand {
    /// Ask for a meeting's links and print them. Whoever opens a host link is a host.
    Links(LinksArgs),
    /// Arrange a meeting for later and print the guest's own link to it.
    Schedule(ScheduleArgs),
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
    /// How many guest links; Webex is asked as often as it takes.
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
    /// Whether hosts are asked to log in to Webex.
    #[arg(long, value_enum, default_value = "none")]
    host_login: HostLoginArg,
    /// How Webex wraps the key of a link, such as PBES2-HS512+A256KW.
    #[arg(long, value_name = "ALGORITHM", value_parser = key_wrapping)]
    key_wrapping: Option<KeyWrapping>,
    /// How Webex encrypts a link, such as A256GCM.
    #[arg(long, value_name = "ALGORITHM", value_parser = content)]
    content: Option<ContentEncryption>,
    /// How Webex signs a link, such as HS512.
    #[arg(long, value_name = "ALGORITHM", value_parser = signature)]
    signature: Option<SignatureAlgorithm>,
    /// The length of the key's salt, 8 to 128 bytes.
    #[arg(long, value_name = "BYTES")]
    salt_bytes: Option<u8>,
    /// The rounds of the key's derivation, 1000 to 32767.
    #[arg(long, value_name = "ROUNDS")]
    iterations: Option<u16>,
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

#[derive(Clone, Copy, Debug, ValueEnum)]
enum HostLoginArg {
    /// Whoever has the link is in.
    None,
    /// They may log in, or go on without.
    Choice,
    /// They must; their links are long ones.
    Required,
}

fn key_wrapping(word: &str) -> Result<KeyWrapping, String> {
    KeyWrapping::from_word(word).ok_or_else(|| one_of(KeyWrapping::ALL, KeyWrapping::as_word))
}

fn content(word: &str) -> Result<ContentEncryption, String> {
    ContentEncryption::from_word(word).ok_or_else(|| one_of(ContentEncryption::ALL, ContentEncryption::as_word))
}

fn signature(word: &str) -> Result<SignatureAlgorithm, String> {
    SignatureAlgorithm::from_word(word).ok_or_else(|| one_of(SignatureAlgorithm::ALL, SignatureAlgorithm::as_word))
}

fn one_of<T: Copy>(all: &[T], as_word: impl Fn(T) -> &'static str) -> String {
    format!("there is {}", all.iter().map(|one| as_word(*one)).collect::<Vec<_>>().join(", "))
}

pub(super) async fn run(command: &MeetingCommand) -> u8 {
    let args = match command {
        MeetingCommand::Links(args) => args,
        MeetingCommand::Schedule(args) => return schedule(args).await.map_or_else(|code| code, |()| 0),
    };
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
        host_login: match args.host_login {
            HostLoginArg::None => HostLogin::None,
            HostLoginArg::Choice => HostLogin::Choice,
            HostLoginArg::Required => HostLogin::Required,
        },
        long_links: args.long,
        devices: args.device.clone(),
        encryption: Encryption {
            key_wrapping: args.key_wrapping,
            salt_bytes: args.salt_bytes,
            iterations: args.iterations,
            contents: args.content,
            signature: args.signature,
        },
    };
    request.check(now_secs).map_err(|problem| {
        eprintln!("{problem}");
        EXIT_CONFIG
    })?;
    connection.instant_connect.mint(&bot.token(), &request).await.map_err(|error| {
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
