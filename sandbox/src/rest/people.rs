//! `/people`: who somebody is.

use axum::extract::State;
use serde::Serialize;

use super::answer::{Answer, ApiError};
use super::caller::Caller;
use super::paging::Params;
use super::segment::Segment;
use crate::app::App;
use crate::ids::PersonId;
use crate::moment::Moment;
use crate::state::{Person, PersonKind, Refusal};

/// As many ids as one request may name.
const MAX_IDS: usize = 85;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PersonAnswer {
    id: String,
    emails: [String; 1],
    phone_numbers: [String; 0],
    display_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    nick_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<&'static str>,
    org_id: String,
    created: Moment,
    last_modified: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(rename = "type")]
    kind: &'static str,
}

impl PersonAnswer {
    fn new(person: &Person, is_status_wanted: bool) -> Self {
        // Guests carry one default picture; nobody is meant to fetch it.
        let avatar = person.is_guest().then_some("https://avatar.webex.example/default/machine~1600");
        Self {
            id: person.id.public(),
            emails: [person.email.clone()],
            phone_numbers: [],
            display_name: person.display_name.clone(),
            nick_name: person.first_name.clone(),
            first_name: person.first_name.clone(),
            last_name: person.last_name.clone(),
            avatar,
            org_id: person.organisation.public(),
            created: person.created,
            last_modified: person.last_modified,
            status: (is_status_wanted && person.kind == PersonKind::Staff).then_some("active"),
            kind: match person.kind {
                PersonKind::Staff | PersonKind::Stranger => "person",
                PersonKind::Bot => "bot",
                PersonKind::ServiceApp | PersonKind::IssuerGuest | PersonKind::ServiceAppGuest => "appuser",
            },
        }
    }
}

/// The one list that may say `null`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PeopleAnswer {
    not_found_ids: Option<Vec<String>>,
    items: Vec<PersonAnswer>,
}

pub(super) async fn get_me(State(app): State<App>, Caller(caller): Caller) -> Result<Answer<PersonAnswer>, ApiError> {
    find(&app, caller)
}

pub(super) async fn get_person(State(app): State<App>, _: Caller, Segment(id): Segment) -> Result<Answer<PersonAnswer>, ApiError> {
    find(&app, PersonId::parse(&id).ok_or_else(Refusal::no_such_resource)?)
}

fn find(app: &App, id: PersonId) -> Result<Answer<PersonAnswer>, ApiError> {
    app.world.read(|organisation| {
        let person = organisation.person(id).ok_or_else(|| Refusal::not_found("Person not found."))?;
        Ok(Answer::new(PersonAnswer::new(person, true)))
    })
}

pub(super) async fn list_people(State(app): State<App>, _: Caller, params: Params) -> Result<Answer<PeopleAnswer>, ApiError> {
    let max = params.max(100, 1000)?;
    if let Some(ids) = params.get("id") {
        return app.world.read(|organisation| {
            let asked: Vec<&str> = ids.split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
            if asked.len() > MAX_IDS {
                return Err(Refusal::invalid(format!("id names at most {MAX_IDS} people.")).into());
            }
            let find = |id: &str| PersonId::parse(id).and_then(|id| organisation.person(id));
            let items = asked.iter().filter_map(|id| find(id)).map(|person| PersonAnswer::new(person, false)).collect();
            let not_found: Vec<String> = asked.iter().filter(|id| find(id).is_none()).map(|id| (*id).to_owned()).collect();
            Ok(Answer::new(PeopleAnswer { not_found_ids: Some(not_found).filter(|ids| !ids.is_empty()), items }))
        });
    }
    let (email, name) = (params.get("email"), params.get("displayName"));
    if email.is_none() && name.is_none() {
        return Err(Refusal::invalid("Email, displayName, or id list should be specified.").into());
    }
    app.world.read(|organisation| {
        let found = organisation.find_listed(email, name);
        let (page, next) = params.page("after", max, found, |person| person.id.uuid().to_string())?;
        let items = page.into_iter().map(|person| PersonAnswer::new(person, !params.is_true("excludeStatus"))).collect();
        Ok(Answer::new(PeopleAnswer { not_found_ids: None, items }).with_next(next))
    })
}
