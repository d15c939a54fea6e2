//! Who has a visit page open, and what that page shows.
//!
//! A page tells who it is (an id it keeps over a reload) and stays connected. One that loses its connection is gone after a
//! while, not at once: a reload is no departure.

use serde::Serialize;
use uuid::Uuid;

use super::chat::ShownLine;
use super::{Link, Meeting, Organisation, Refusal};
use crate::moment::Moment;

/// How long a page may be away without being missed.
const GRACE_SECS: i64 = 10;

/// After this long away, somebody is forgotten.
const FORGET_SECS: i64 = 86_400;

/// How far somebody has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Asked to log in first.
    Login,
    /// In the waiting room, or before the button that starts the meeting.
    Lobby,
    InMeeting,
    Left,
    /// Somebody ended the meeting while they were there.
    Ended,
}

/// One open page.
#[derive(Clone, Debug)]
pub(crate) struct Participant {
    subject: String,
    is_host: bool,
    /// Only who logged in has one.
    name: Option<String>,
    stage: Stage,
    connections: usize,
    lost_at: Moment,
    arrival: u64,
}

impl Participant {
    fn is_here(&self, now: Moment) -> bool {
        self.connections > 0 || now < self.lost_at.plus_secs(GRACE_SECS)
    }

    pub(super) fn shown_name(&self) -> String {
        match (&self.name, self.is_host) {
            (Some(name), _) => name.clone(),
            (None, true) => "Host".to_owned(),
            (None, false) => "Participant".to_owned(),
        }
    }

    fn state_word(&self) -> &'static str {
        match (self.stage, self.is_host) {
            (Stage::Login, _) => "login",
            (Stage::Lobby, true) => "ready",
            (Stage::Lobby, false) => "waiting",
            (Stage::InMeeting, _) => "in_meeting",
            (Stage::Left, _) => "left",
            (Stage::Ended, _) => "ended",
        }
    }
}

/// What a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SceneState {
    Login,
    Waiting,
    Ready,
    Alone,
    Meeting,
    Left,
    Ended,
    Expired,
    Early,
}

/// Everything one page draws.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Scene {
    pub(crate) state: SceneState,
    pub(crate) is_host: bool,
    pub(crate) title: String,
    /// Those in the meeting, for those in the meeting.
    pub(crate) participants: Vec<Shown>,
    /// For the host before the start: how many wait.
    pub(crate) waiting: usize,
    /// For the guest who waits: whether a host has the page open.
    pub(crate) is_host_here: bool,
    pub(crate) can_rejoin: bool,
    pub(crate) greeting: Option<String>,
    /// For those who wait and those inside.
    pub(crate) chat: Vec<ShownLine>,
}

/// Somebody in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Shown {
    pub(crate) name: String,
    pub(crate) is_host: bool,
    pub(crate) is_you: bool,
}

/// Somebody as tests see them.
pub(crate) struct Attendance {
    pub(crate) name: String,
    pub(crate) is_host: bool,
    pub(crate) state: &'static str,
}

/// A page, by its link and the id it gave itself.
pub(crate) type PageKey = (Uuid, String);

impl Organisation {
    /// A page connects.
    pub(crate) fn connect(&mut self, key: &PageKey, asks_to_log_in: bool) -> Result<(), Refusal> {
        let now = self.now;
        self.participants.retain(|_, other| other.connections > 0 || now < other.lost_at.plus_secs(FORGET_SECS));
        let link = self.links.get(&key.0).ok_or_else(Refusal::no_such_resource)?;
        let stage = if asks_to_log_in { Stage::Login } else { Stage::Lobby };
        let arrived = Participant {
            subject: link.subject.clone(),
            is_host: link.is_host,
            name: None,
            stage,
            connections: 0,
            lost_at: self.now,
            arrival: self.arrivals,
        };
        self.arrivals += 1;
        self.participants.entry(key.clone()).or_insert(arrived).connections += 1;
        self.is_stirred = true;
        Ok(())
    }

    /// A page lost its connection.
    pub(crate) fn disconnect(&mut self, key: &PageKey) {
        if let Some(participant) = self.participants.get_mut(key) {
            participant.connections = participant.connections.saturating_sub(1);
            participant.lost_at = self.now;
            self.is_stirred = true;
        }
    }

    /// What a page shows now. Lets a guest in whose meeting runs, and holds who came too early or too late.
    pub(crate) fn scene(&mut self, key: &PageKey) -> Result<Scene, Refusal> {
        let link = self.links.get(&key.0).cloned().ok_or_else(Refusal::no_such_resource)?;
        let meeting = self.meetings.get(&link.subject).cloned().ok_or_else(Refusal::no_such_resource)?;
        let stage = self.participants.get(key).ok_or_else(Refusal::no_such_resource)?.stage;
        let state = self.state_of(key, &link, &meeting, stage);
        let me = self.participants.get(key).ok_or_else(Refusal::no_such_resource)?;
        let greeting = me.name.as_ref().map(|name| format!("Hello, {name}"));
        let here = || self.participants.iter().filter(|(_, other)| other.subject == link.subject && other.is_here(self.now));
        let mut inside: Vec<(&PageKey, &Participant)> = here().filter(|(_, other)| other.stage == Stage::InMeeting).collect();
        inside.sort_by_key(|(_, other)| other.arrival);
        let mut participants: Vec<Shown> = inside
            .into_iter()
            .map(|(other_key, other)| Shown { name: other.shown_name(), is_host: other.is_host, is_you: other_key == key })
            .collect();
        participants.extend(meeting.devices.iter().map(|device| Shown { name: device.clone(), is_host: false, is_you: false }));
        let is_alone = participants.len() == 1;
        let is_inside = state == SceneState::Meeting;
        Ok(Scene {
            state: if is_inside && link.is_host && is_alone { SceneState::Alone } else { state },
            is_host: link.is_host,
            title: Meeting::title(&link.subject),
            participants: if is_inside { participants } else { Vec::new() },
            waiting: here().filter(|(_, other)| !other.is_host && other.stage == Stage::Lobby).count(),
            is_host_here: here().any(|(_, other)| other.is_host && matches!(other.stage, Stage::Lobby | Stage::InMeeting)),
            can_rejoin: state == SceneState::Left && meeting.ended_at.is_none() && self.now.secs() < link.expires_at,
            greeting,
            chat: self.chat_for(key, &link.subject, state),
        })
    }

    fn state_of(&mut self, key: &PageKey, link: &Link, meeting: &Meeting, stage: Stage) -> SceneState {
        let now = self.now.secs();
        if stage == Stage::Ended || meeting.ended_at.is_some() {
            return SceneState::Ended;
        }
        match stage {
            Stage::InMeeting if meeting.is_running() => return SceneState::Meeting,
            Stage::Left => return SceneState::Left,
            _ => {}
        }
        if link.not_before.is_some_and(|not_before| now < not_before) {
            return SceneState::Early;
        }
        if now >= link.expires_at {
            return SceneState::Expired;
        }
        match stage {
            Stage::Login => SceneState::Login,
            _ if link.is_host => SceneState::Ready,
            _ if meeting.is_running() => {
                self.move_to(key, Stage::InMeeting);
                SceneState::Meeting
            }
            _ => SceneState::Waiting,
        }
    }

    /// A login, or its refusal, is over.
    pub(crate) fn pass_login(&mut self, key: &PageKey, name: Option<String>) -> Result<(), Refusal> {
        let participant = self.participants.get_mut(key).ok_or_else(Refusal::no_such_resource)?;
        if participant.stage == Stage::Login {
            participant.stage = Stage::Lobby;
            participant.name = name;
            self.is_stirred = true;
        }
        Ok(())
    }

    /// A host presses the button. Those who wait come in.
    pub(crate) fn start_meeting(&mut self, key: &PageKey) -> Result<(), Refusal> {
        if self.scene(key)?.state != SceneState::Ready {
            return Err(Refusal::forbidden("Only a host who is ready may start the meeting."));
        }
        self.run_meeting(key)
    }

    pub(crate) fn leave_meeting(&mut self, key: &PageKey) -> Result<(), Refusal> {
        self.require_inside(key)?;
        self.move_to(key, Stage::Left);
        Ok(())
    }

    /// Back from the page of those who left; a host starts the meeting again if need be.
    pub(crate) fn rejoin_meeting(&mut self, key: &PageKey) -> Result<(), Refusal> {
        let scene = self.scene(key)?;
        if !scene.can_rejoin {
            return Err(Refusal::forbidden("The link has expired or the meeting has ended."));
        }
        if scene.is_host {
            return self.run_meeting(key);
        }
        self.move_to(key, Stage::Lobby);
        Ok(())
    }

    /// For everybody; only a host may.
    pub(crate) fn end_meeting(&mut self, key: &PageKey) -> Result<(), Refusal> {
        self.require_inside(key)?;
        let link = self.links.get(&key.0).filter(|link| link.is_host);
        let subject = link.ok_or_else(|| Refusal::forbidden("Only a host may end the meeting for all."))?.subject.clone();
        let now = self.now;
        for participant in self.participants.values_mut().filter(|other| other.subject == subject && other.stage != Stage::Left) {
            participant.stage = Stage::Ended;
        }
        if let Some(meeting) = self.meetings.get(&subject).cloned() {
            self.put_meeting(Meeting { ended_at: Some(now), ..meeting });
        }
        Ok(())
    }

    /// Everybody whose page is open, and every device that was called.
    pub(crate) fn attendance(&self, meeting: &Meeting) -> Vec<Attendance> {
        let mut here: Vec<&Participant> =
            self.participants.values().filter(|other| other.subject == meeting.subject && other.is_here(self.now)).collect();
        here.sort_by_key(|participant| participant.arrival);
        let people = here.into_iter().map(|participant| Attendance {
            name: participant.shown_name(),
            is_host: participant.is_host,
            state: participant.state_word(),
        });
        let called = meeting.devices.iter().filter(|_| meeting.is_running());
        let devices = called.map(|device| Attendance { name: device.clone(), is_host: false, state: "in_meeting" });
        people.chain(devices).collect()
    }

    fn run_meeting(&mut self, key: &PageKey) -> Result<(), Refusal> {
        let link = self.links.get(&key.0).ok_or_else(Refusal::no_such_resource)?;
        let meeting = self.meetings.get(&link.subject).cloned().ok_or_else(Refusal::no_such_resource)?;
        if !meeting.is_running() {
            self.put_meeting(Meeting { started_at: Some(self.now), ..meeting.clone() });
        }
        self.move_to(key, Stage::InMeeting);
        // At once, so that a host whom somebody waits for is never shown alone.
        let (now, links) = (self.now, &self.links);
        let may_enter = |key: &PageKey| links.get(&key.0).is_some_and(|link| link.is_open_at(now.secs()));
        let those_who_wait = self.participants.iter_mut().filter(|(key, other)| {
            other.subject == meeting.subject && !other.is_host && other.stage == Stage::Lobby && other.is_here(now) && may_enter(key)
        });
        those_who_wait.for_each(|(_, other)| other.stage = Stage::InMeeting);
        Ok(())
    }

    fn require_inside(&mut self, key: &PageKey) -> Result<(), Refusal> {
        match self.scene(key)?.state {
            SceneState::Meeting | SceneState::Alone => Ok(()),
            _ => Err(Refusal::forbidden("Only somebody in the meeting may do this.")),
        }
    }

    fn move_to(&mut self, key: &PageKey, stage: Stage) {
        if let Some(participant) = self.participants.get_mut(key) {
            participant.stage = stage;
            self.is_stirred = true;
        }
    }
}
