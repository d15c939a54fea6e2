//! Who is there on the first day, and what they have said: given by whoever starts the sandbox, or as built in.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::ids::Cluster;

/// What a sandbox begins with. What is left out is as built in.
///
/// It is for the commercial cloud; that of the government keeps its own people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seed {
    /// What the organisation is called.
    pub organisation: Option<String>,
    /// Where rooms are kept: `us` (the default), or for example `urn:TEAM:eu-central-1_k`.
    pub cluster: Option<String>,
    /// The people who answer, in place of the three that are built in.
    pub staff: Vec<SeedPerson>,
    /// Bots beside the one that is built in.
    #[serde(rename = "bot")]
    pub bots: Vec<SeedPerson>,
    /// Guests of the service app who have been here before.
    #[serde(rename = "guest")]
    pub guests: Vec<SeedGuest>,
    /// Spaces.
    #[serde(rename = "room")]
    pub rooms: Vec<SeedRoom>,
}

/// Somebody with an address of their own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedPerson {
    /// What everybody sees.
    pub name: String,
    /// Who they are.
    pub email: String,
}

/// A guest.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedGuest {
    /// What everybody sees.
    pub name: String,
    /// Who they are to the service app.
    pub subject: String,
}

/// A space.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeedRoom {
    /// What it is called.
    pub title: String,
    /// Addresses of staff and bots, subjects of guests. The first one made it.
    pub members: Vec<String>,
    /// Those of them who keep order; the space is moderated if there are any.
    pub moderators: Vec<String>,
    /// What was said, in order.
    #[serde(rename = "message")]
    pub messages: Vec<SeedMessage>,
}

/// Something said.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedMessage {
    /// Address or subject of a member.
    pub from: String,
    /// In markdown.
    pub markdown: String,
}

/// Why a seed cannot be used: where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the seed cannot be used: {0}")]
pub struct SeedProblem(String);

impl Seed {
    /// The cluster, if it is one.
    pub(crate) fn cluster(&self) -> Result<Cluster, SeedProblem> {
        let Some(cluster) = &self.cluster else { return Ok(Cluster::default()) };
        let wrong = || SeedProblem(format!("cluster: `{cluster}` is none; write `us` or something like `urn:TEAM:eu-central-1_k`"));
        Cluster::parse(cluster).ok_or_else(wrong)
    }

    /// Finds what is wrong before anything starts.
    pub(crate) fn check(&self, builtin_members: &[&str]) -> Result<(), SeedProblem> {
        self.cluster()?;
        let problem = |text: String| Err(SeedProblem(text));
        if self.organisation.as_ref().is_some_and(|name| name.trim().is_empty()) {
            return problem("organisation: give it a name or leave it out".to_owned());
        }
        let mut known: BTreeSet<String> = builtin_members.iter().map(|email| email.to_lowercase()).collect();
        for person in self.staff.iter().chain(&self.bots) {
            let SeedPerson { name, email } = person;
            if name.trim().is_empty() || !email.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.')) {
                return problem(format!("`{name}` <{email}>: everybody needs a name and an address such as ada@acme.example"));
            }
            if !known.insert(email.to_lowercase()) {
                return problem(format!("`{email}` is there twice: an address is one person's"));
            }
        }
        for guest in &self.guests {
            if guest.name.trim().is_empty() || guest.subject.trim().is_empty() {
                return problem(format!("guest `{}`: a guest needs a name and a subject", guest.subject));
            }
            if !known.insert(guest.subject.to_lowercase()) {
                return problem(format!("`{}` is there twice: a subject is one guest's", guest.subject));
            }
        }
        for room in &self.rooms {
            check_room(room, &known)?;
        }
        Ok(())
    }
}

fn check_room(room: &SeedRoom, known: &BTreeSet<String>) -> Result<(), SeedProblem> {
    let title = &room.title;
    let problem = |text: String| Err(SeedProblem(format!("room `{title}`: {text}")));
    if title.trim().is_empty() {
        return problem("give it a title".to_owned());
    }
    let Some(first) = room.members.first() else { return problem("it needs members; the first one made it".to_owned()) };
    if let Some(stranger) = room.members.iter().find(|member| !known.contains(&member.to_lowercase())) {
        return problem(format!("nobody is `{stranger}`; add them to staff, bot or guest"));
    }
    let is_member = |name: &str| room.members.iter().any(|member| member.eq_ignore_ascii_case(name));
    let mut speakers = room.moderators.iter().chain(room.messages.iter().map(|message| &message.from));
    if let Some(outsider) = speakers.find(|name| !is_member(name)) {
        return problem(format!("`{outsider}` is not among its members"));
    }
    if !room.moderators.is_empty() && !room.moderators.contains(first) {
        return problem(format!("`{first}` made it and has to be among its moderators"));
    }
    if room.messages.iter().any(|message| message.markdown.trim().is_empty()) {
        return problem("every message needs words".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn check(seed: Value) -> Result<(), String> {
        let seed: Seed = serde_json::from_value(seed).map_err(|error| error.to_string())?;
        seed.check(&["helper@webex.bot"]).map_err(|problem| problem.to_string())
    }

    #[test]
    fn a_whole_seed_is_taken() {
        let seed = json!({
            "organisation": "Acme",
            "cluster": "urn:TEAM:eu-central-1_k",
            "staff": [{ "name": "Ada", "email": "ada@acme.example" }],
            "guest": [{ "name": "Ben", "subject": "ben-1" }],
            "room": [{
                "title": "Support", "members": ["ada@acme.example", "ben-1", "helper@webex.bot"], "moderators": ["ada@acme.example"],
                "message": [{ "from": "ben-1", "markdown": "**Hello**" }]
            }]
        });
        assert_eq!(check(seed), Ok(()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let person = |email: &str| json!({ "name": "Ada", "email": email });
        let room = |more: Value| {
            let mut room = json!({ "title": "Support", "members": ["ada@acme.example"] });
            room.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({ "staff": [person("ada@acme.example")], "room": [room] })
        };
        for (seed, expected) in [
            (json!({ "cluster": "eu" }), "cluster"),
            (json!({ "staff": [person("ada")] }), "address such as"),
            (json!({ "staff": [person("a@b.example"), person("A@b.example")] }), "there twice"),
            (json!({ "colour": "red" }), "unknown field"),
            (room(json!({ "members": [] })), "needs members"),
            (room(json!({ "members": ["bob@acme.example"] })), "nobody is `bob@acme.example`"),
            (room(json!({ "message": [{ "from": "helper@webex.bot", "markdown": "x" }] })), "not among its members"),
            (room(json!({ "moderators": ["helper@webex.bot"] })), "not among its members"),
            (room(json!({ "title": " " })), "give it a title"),
        ] {
            let problem = check(seed.clone()).unwrap_err();
            assert!(problem.contains(expected), "{seed}: {problem}");
        }
    }
}
