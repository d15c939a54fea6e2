//! What a seed has in store.

use std::time::Duration;

use fastrand::Rng;
use sandbox::{Fault, FaultEffect};

use super::Dice;

/// What kind of trouble there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// None.
    Calm,
    /// The power is cut.
    Crashes,
    /// Webex refuses, and leaves no doubt.
    Certain,
    /// Nobody can tell what Webex did.
    Unclear,
    /// What Webex did not do at first it does up to a minute later.
    Late,
    /// Everything.
    Everything,
    /// One message is in doubt, and the power is cut more often than a doubt may last.
    Restless,
    /// A browser is away for longer than the portal remembers events.
    Nap,
}

const MODES: [Mode; 8] = [Mode::Calm, Mode::Crashes, Mode::Certain, Mode::Unclear, Mode::Late, Mode::Everything, Mode::Restless, Mode::Nap];

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) mode: Mode,
    pub(crate) guests: usize,
    /// By each of them.
    pub(crate) messages: usize,
    /// By staff, and by the guests from somewhere else.
    pub(crate) others: usize,
    pub(crate) longest_pause_ms: u64,
    pub(crate) longest_darkness_ms: u64,
    pub(crate) trouble: Duration,
    /// When each guest's first tab is away.
    pub(crate) nap: Option<Nap>,
    pub(crate) tabs: usize,
    /// By how much Webex's clock is ahead of the portal's.
    pub(crate) webex_ahead_secs: i64,
    /// Of the disk.
    pub(crate) longest_step_ms: u64,
}

/// A tab that hears nothing, by the clock's elapsed time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nap {
    pub(crate) from: Duration,
    pub(crate) until: Duration,
}

/// By then everybody has said what they say at the beginning.
const NAP_FROM: Duration = Duration::from_secs(120);
/// Longer than the portal remembers events.
const NAP: Duration = Duration::from_secs(16 * 60);

impl Plan {
    pub(crate) fn of(seed: u64, random: &mut Rng) -> Self {
        let mode = MODES[usize::try_from(seed % 8).unwrap_or(0)];
        Self {
            mode,
            guests: if mode == Mode::Restless { 1 } else { random.usize(1..=2) },
            messages: if mode == Mode::Restless { 1 } else { random.usize(2..=6) },
            others: random.usize(1..=8),
            longest_pause_ms: random.u64(100..=4000),
            longest_darkness_ms: random.u64(10..=3000),
            trouble: Duration::from_secs(if mode == Mode::Restless { 90 } else { random.u64(10..=25) }),
            nap: (mode == Mode::Nap).then(|| Nap { from: NAP_FROM, until: NAP_FROM + NAP }),
            tabs: if mode == Mode::Nap { 2 } else { random.usize(1..=2) },
            webex_ahead_secs: if random.bool() { 0 } else { random.i64(-600..=600) },
            longest_step_ms: [8, 8, 200][random.usize(..3)],
        }
    }

    /// When the next thing goes wrong, and whether it is the power.
    pub(crate) fn next_trouble(&self, dice: &Dice) -> (Duration, bool) {
        match self.mode {
            Mode::Calm | Mode::Nap => (self.trouble, false),
            Mode::Crashes => (dice.pause(6000), true),
            Mode::Certain | Mode::Unclear | Mode::Late => (dice.pause(3000), false),
            Mode::Everything => (dice.pause(3000), dice.roll(|random| random.u8(..3) == 0)),
            Mode::Restless => (Duration::from_millis(2000) + dice.pause(4000), true),
        }
    }

    pub(crate) fn fault(&self, dice: &Dice) -> Option<Fault> {
        let effect = dice.roll(|random| self.effect(random))?;
        let paths = ["/v1/messages", "/v1/messages", "/v1/messages", "/v1/rooms", "/v1/guests/token"];
        let path = dice.roll(|random| paths[random.usize(..paths.len())]);
        let json = serde_json::json!({ "method": "POST", "path_prefix": path, "effect": effect });
        serde_json::from_value(json).ok()
    }

    fn effect(&self, random: &mut Rng) -> Option<FaultEffect> {
        let certain = [
            FaultEffect::Answer { status: 401, retry_after_secs: None },
            FaultEffect::Answer { status: 429, retry_after_secs: Some(random.u64(1..5)) },
            FaultEffect::Answer { status: 429, retry_after_secs: None },
        ];
        let unclear = [
            FaultEffect::Answer { status: 500, retry_after_secs: None },
            FaultEffect::Answer { status: 503, retry_after_secs: Some(2) },
            FaultEffect::DropBefore,
            FaultEffect::DropAfter,
            FaultEffect::DropMidway,
            FaultEffect::EmptyBody,
            FaultEffect::NotJson,
            FaultEffect::Truncated,
            FaultEffect::Slow { ms: 12_000 },
            FaultEffect::DoneLate { ms: random.u64(500..13_000) },
        ];
        let late = FaultEffect::DoneLate { ms: random.u64(500..60_000) };
        let pick = |effects: &[FaultEffect], random: &mut Rng| effects[random.usize(..effects.len())].clone();
        match self.mode {
            Mode::Calm | Mode::Crashes | Mode::Nap | Mode::Restless => None,
            Mode::Certain => Some(pick(&certain, random)),
            Mode::Unclear => Some(pick(&unclear, random)),
            Mode::Late => Some(late),
            Mode::Everything => Some(if random.bool() { pick(&unclear, random) } else { pick(&certain, random) }),
        }
    }
}
