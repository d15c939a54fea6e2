//! `/organizations`: one's own, and no other.

use axum::extract::State;
use serde::Serialize;

use super::answer::{Answer, Items};
use super::caller::Caller;
use crate::app::App;
use crate::moment::Moment;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrganizationAnswer {
    id: String,
    display_name: String,
    created: Moment,
}

pub(super) async fn list_organizations(State(app): State<App>, Caller(_): Caller) -> Answer<Items<OrganizationAnswer>> {
    app.world.read(|organisation| {
        let founded = organisation.founded();
        let own = OrganizationAnswer { id: organisation.home().public(), display_name: organisation.called().to_owned(), created: founded };
        Answer::page(vec![own], None)
    })
}
