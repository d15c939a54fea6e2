//! `guest-portal meeting schedule`: arranges a meeting in the data of a portal that may be running, which
//! sees to it within a minute.

use clap::Args;
use jiff::{civil::DateTime, tz::TimeZone};
use secrecy::ExposeSecret;
use serde_json::json;
use shared::{SiteId, Timestamp};

use super::{ConfigArgs, EXIT_CONFIG, EXIT_FAILED, reach::load};
use crate::{
    clock::Clock,
    config::{Config, SiteConfig},
    error::AppError,
    secrets::Keys,
    store::Store,
    visits::{self, Booking, NewAppointment},
    webhooks::rfc3339,
};

#[derive(Debug, Args)]
pub(super) struct ScheduleArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The site it is for [default: the first].
    #[arg(long)]
    site: Option<String>,
    /// Who is expected.
    #[arg(long, value_name = "NAME")]
    guest: String,
    /// How they can be reached, for staff to see.
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// When it begins: 2026-12-24T09:00 by the site's clock (its `hours.time_zone`, else UTC), or 2026-12-24T09:00:00Z.
    #[arg(long, value_name = "TIME")]
    at: String,
    /// How long it is meant to last, in minutes.
    #[arg(long, default_value_t = 30)]
    minutes: u32,
    /// What it is about; one of the site's topics.
    #[arg(long)]
    topic: Option<String>,
    /// Who of staff is asked to take it, by e-mail; may be given several times [default: as configured].
    #[arg(long, value_name = "ADDRESS")]
    staff: Vec<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) async fn schedule(args: &ScheduleArgs) -> Result<(), u8> {
    let config = load(&args.config)?;
    let site = site(&config, args.site.as_deref())?;
    let zone = site.hours.as_ref().map_or(TimeZone::UTC, |hours| hours.zone.clone());
    let starts_at = instant(&args.at, &zone).ok_or_else(|| {
        eprintln!("--at: `{}` is no time; write 2026-12-24T09:00, or 2026-12-24T09:00:00Z", args.at);
        EXIT_CONFIG
    })?;
    let (store, keys) = open(&config)?;
    let base_url = base_url(&config);
    let booking = Booking { store: &store, keys: &keys, now: Clock::system().now(), base_url: &base_url };
    let new = NewAppointment {
        guest_name: args.guest.clone(),
        guest_email: args.email.clone(),
        topic: args.topic.clone(),
        starts_at,
        minutes: args.minutes,
        staff: args.staff.clone(),
    };
    let subject = visits::random_subject().map_err(|error| failed(&error))?;
    let written = booking.write(site, new, subject).await;
    store.close().await;
    let (appointment, _) = written.map_err(|error| failed_request(&error))?;
    let guest_url = appointment.guest_url.expose_secret();
    if args.json {
        println!(
            "{:#}",
            json!({ "visit_id": appointment.visit_id, "guest_url": guest_url, "starts_at": rfc3339(starts_at), "when": appointment.when })
        );
    } else {
        println!("When:         {}\nGuest's link: {guest_url}\nVisit:        {}", appointment.when, appointment.visit_id);
        eprintln!("Send the guest their link. A running portal tells staff within a minute.");
    }
    Ok(())
}

fn site<'a>(config: &'a Config, id: Option<&str>) -> Result<&'a SiteConfig, u8> {
    let found = match id {
        Some(id) => config.site(&SiteId::new(id)),
        None => config.sites.first().map(|site| &**site),
    };
    found.filter(|site| site.meetings.is_some()).ok_or_else(|| {
        let ids: Vec<&str> = config.sites.iter().filter(|site| site.meetings.is_some()).map(|site| site.id.as_str()).collect();
        eprintln!("--site must be one that offers meetings: {}", ids.join(", "));
        EXIT_CONFIG
    })
}

fn open(config: &Config) -> Result<(Store, Keys), u8> {
    let folder = &config.server.data_dir;
    let store = Store::open_beside(folder).map_err(|error| failed(&error))?;
    let keys = Keys::load_or_create(&folder.join("keys.toml")).map_err(|error| failed(&error))?;
    Ok((store, keys))
}

/// Where guests find the portal.
fn base_url(config: &Config) -> String {
    let public_url = config.server.public_url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned());
    public_url.unwrap_or_else(|| format!("http://{}", config.server.listen))
}

fn instant(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let by_the_world = text.parse::<jiff::Timestamp>().ok();
    let by_the_wall = || text.parse::<DateTime>().ok()?.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp());
    by_the_world.or_else(by_the_wall).map(|at| Timestamp::from_millis(at.as_millisecond()))
}

fn failed(error: &dyn std::fmt::Display) -> u8 {
    eprintln!("{error}");
    EXIT_FAILED
}

fn failed_request(error: &AppError) -> u8 {
    eprintln!("{}", error.to_problem().detail);
    EXIT_FAILED
}
