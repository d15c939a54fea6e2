//! What always holds of visits, whatever the history.

use std::collections::BTreeSet;

use shared::{SiteId, Visit, VisitId};

use super::meetings::{Answer, World, is_over};

impl World {
    /// Never two rooms: whatever was asked of the broker for a visit leads into one meeting, and into no other visit's.
    pub(super) fn judge_rooms(&self, all: &[VisitId]) {
        let Some(app) = self.process.app() else { return };
        let own: BTreeSet<String> = all.iter().filter_map(|id| app.store.visit(id).ok().flatten()).map(|row| row.subject).collect();
        let is_kept = |id: &&VisitId| app.store.visit(id).ok().flatten().is_some_and(|row| row.state.is_over() && row.has_links());
        if let Some(id) = all.iter().find(is_kept) {
            self.broken(format!("the links of {id} are still there, and it is over"));
        }
        if own.len() != all.len() {
            self.broken(format!("{} visits have {} meetings", all.len(), own.len()));
        }
        for meeting in self.webex.meetings() {
            if !own.contains(&meeting.subject) {
                self.broken(format!("{} is the meeting of no visit", meeting.subject));
            }
        }
        let given: Vec<(VisitId, BTreeSet<String>)> =
            self.notes().tracks.iter().map(|(id, track)| (id.clone(), track.subjects.clone())).collect();
        for (id, subjects) in given {
            let subject = app.store.visit(&id).ok().flatten().map(|row| row.subject);
            if subjects.iter().any(|given| Some(given) != subject.as_ref()) {
                self.broken(format!("links into another meeting were given for {id}"));
            }
        }
    }

    /// Every visit as its guest would see it at this very moment, before the portal has done anything about it.
    pub(super) fn glance(&self) {
        let Some(app) = self.process.app() else { return };
        for row in app.store.open_visits().unwrap_or_default() {
            let Ok(view) = app.visits.view(&row) else { continue };
            let json = serde_json::to_value(view).expect("a visit is JSON");
            self.seen(&Answer { json, asked_at: self.clock.elapsed(), asked_at_millis: self.clock.now().as_millis(), status: 200 });
        }
    }

    /// A guest was told how their visit stands.
    pub(super) fn seen(&self, answer: &Answer) {
        let visit: Visit = serde_json::from_value(answer.json.clone()).expect("a visit");
        let state = answer.json["state"].as_str().expect("a state").to_owned();
        let is_over_now = is_over(&state);
        if let Some(problem) = self.contradicts(&visit.id, answer, &state) {
            self.broken(problem);
        }
        if is_over_now {
            let now = self.clock.elapsed();
            self.notes().tracks.entry(visit.id.clone()).or_default().over.get_or_insert((now, state.clone()));
        }
        let urls: Vec<String> = visit.join_url.iter().chain(&visit.invite_urls).cloned().collect();
        if !urls.is_empty() && !matches!(state.as_str(), "claimed" | "joined") {
            self.broken(format!("a visit that is {state} shows a link"));
        }
        for url in urls {
            self.judge_link(&url, false, answer, Some(&visit.id));
        }
    }

    /// What is over stays over, and as it was.
    pub(super) fn contradicts(&self, id: &VisitId, answer: &Answer, state: &str) -> Option<String> {
        let notes = self.notes();
        let (told_at, told) = notes.tracks.get(id)?.over.as_ref()?;
        (*told_at <= answer.asked_at && told != state).then(|| format!("the visit {id} was {told} and is {state}"))
    }

    /// Somebody was given a link by an answer of `{"url"}`.
    pub(super) fn given(&self, answer: &Answer, is_host: bool, staff: Option<usize>) {
        let Some(url) = answer.json["url"].as_str() else {
            return self.broken(format!("an answer without a link: {}", answer.json));
        };
        let Some(id) = self.judge_link(url, is_host, answer, None) else { return };
        if let Some(staff) = staff {
            let mut notes = self.notes();
            let track = notes.tracks.entry(id.clone()).or_default();
            track.hosts.insert(staff);
            if track.hosts.len() > self.hosts {
                let hosts = track.hosts.len();
                notes.report.broken.push(format!("{hosts} of staff are hosts of {id}, and {} may be", self.hosts));
            }
        }
    }

    /// A link is one that Webex made for this visit and this side, it is good now, and its visit is not over.
    pub(super) fn judge_link(&self, url: &str, is_host: bool, answer: &Answer, of: Option<&VisitId>) -> Option<VisitId> {
        let Some(link) = self.webex.minted_links().into_iter().find(|link| link.url.as_deref() == Some(url)) else {
            self.broken(format!("{url} is no link of Webex's"));
            return None;
        };
        self.notes().report.links += 1;
        if link.is_host != is_host {
            self.broken("a link of the other side was given".into());
        }
        let is_good = link.expires_at * 1000 > answer.asked_at_millis;
        if !is_good {
            self.broken(format!("a link was given {} ms after its end", answer.asked_at_millis - link.expires_at * 1000));
        }
        let app = self.process.app()?;
        let row = app.store.visit_by_subject(&SiteId::new("demo"), &link.subject).ok().flatten();
        let Some(row) = row.filter(|row| of.is_none_or(|id| *id == row.id)) else {
            self.broken(format!("a link leads into {}, which is the meeting of another visit", link.subject));
            return None;
        };
        let mut notes = self.notes();
        let track = notes.tracks.entry(row.id.clone()).or_default();
        track.subjects.insert(link.subject);
        let is_too_late = track.over.as_ref().is_some_and(|(told_at, _)| *told_at <= answer.asked_at);
        if is_too_late {
            notes.report.broken.push(format!("a link was given for {}, which is over", row.id));
        }
        Some(row.id)
    }
}
