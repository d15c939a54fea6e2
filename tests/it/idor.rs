//! Whose anything is: an id opens nothing to anybody but its owner, and whether there is something under it nobody else learns.
//! What a guest is told of another's id is what they are told of one that never was, word for word and header for header.

mod ids;
mod routes;
mod world;

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};
use reqwest::Method;
use shared::{Delivery, Pending, Visit, path};
use tests::{guest::new_client_message_id, recipe::document};

use ids::{Id, Kind};
use routes::{For, Route};
use world::{Asker, World, told};

/// So many are asked at once.
const TOGETHER: usize = 8;
/// Fewer than this the table must never have.
const FEWEST_TRIES: usize = 4_000;

/// What a route takes, its owner aside.
fn is_anothers(world: &World, asker: &Asker, route: &Route, id: &Id) -> bool {
    let is_of_its_kind = route.takes == id.kind;
    match id.kind {
        // Each of these is its holder's.
        Kind::Claim | Kind::Invitation | Kind::Ticket => !is_of_its_kind,
        Kind::Visit if route.whom == For::Programs => asker.program_of != Some(world.owners[id.owner].site),
        _ => !is_of_its_kind || asker.guest != Some(id.owner),
    }
}

/// Every id of the kind that the route takes, by everybody; of each other kind some, by some.
fn is_tried(asker: &Asker, route: &Route, id: &Id) -> bool {
    let is_used_ticket = route.takes == Kind::Ticket && id.kind == Kind::UsedTicket;
    let (own, other) = asker.guest.map_or((1, 4), |guest| (guest, (guest + 3) % 6));
    let tries_others = asker.guest.is_none_or(|guest| guest % 3 == 0) && !asker.is_disguised;
    route.takes == id.kind || is_used_ticket || (tries_others && (id.owner == own || id.owner == other))
}

#[tokio::test(flavor = "multi_thread")]
async fn anothers_id_is_answered_as_one_that_never_was_and_nothing_changes_for_its_owner() {
    let world = &World::start().await;
    let routes = routes::every();
    let before = world.possessions().await;
    let mut tries = Vec::new();
    for route in &routes {
        for asker in world.askers.iter().filter(|asker| asker.may_use(route)) {
            let ids = world.ids.iter().filter(|id| is_tried(asker, route, id) && is_anothers(world, asker, route, id));
            tries.extend(ids.map(|id| (asker, route, id)));
        }
    }
    assert!(tries.len() >= FEWEST_TRIES && world.ids.len() >= 6 * 11, "{} tries of {} ids", tries.len(), world.ids.len());

    let compared = tries.iter().map(|(asker, route, id)| async move {
        let nothing = id.of_nothing();
        let (of_nothing, of_something) = (asker.ask(route, &nothing).await, asker.ask(route, &id.value).await);
        let is_the_same = told(&of_nothing, &nothing) == told(&of_something, &id.value);
        let what = format!("{} {} with the {:?} of {}", route.method, route.path, id.kind, world.owners[id.owner].name);
        (!is_the_same).then(|| format!("{}, {what}: {of_something}\n  and for nothing {of_nothing}", asker.name))
    });
    let wrong: Vec<String> = stream::iter(compared).buffer_unordered(TOGETHER).collect::<Vec<_>>().await.into_iter().flatten().collect();

    let shown = wrong.iter().take(10).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {} tries told something:\n{shown}", wrong.len(), tries.len());
    assert_eq!(world.possessions().await, before, "nothing changed");
    owners_have_what_is_theirs(world, &routes).await;
}

/// Where an owner, too, is told the same as of nothing: no more is done there than was asked, and that is nothing yet.
const SAME_FOR_OWNERS: [&str; 6] = [
    "/api/notes",
    "/api/rooms/{room}/messages?before={id}",
    "/api/rooms/{room}/read",
    "/api/files/{id}/1/ticket",
    "/api/outbox/{id}",
    "/host/{id}/meeting.ics",
];

/// The same requests open everything to those whose it is: the comparison can fail.
async fn owners_have_what_is_theirs(world: &World, routes: &[Route]) {
    // What takes something away comes last.
    let (last, first): (Vec<&Route>, Vec<_>) = routes.iter().partition(|route| route.method == Method::DELETE);
    for route in first.into_iter().chain(last).filter(|route| !SAME_FOR_OWNERS.contains(&route.path)) {
        let is_owner = |asker: &&Asker| asker.guest == Some(0) || (route.whom == For::Programs && asker.program_of == Some("demo"));
        let ada = world.askers.iter().find(|asker| asker.may_use(route) && is_owner(asker)).unwrap();
        let id = world.ids.iter().find(|id| id.kind == route.takes && id.owner == 0 && !is_of_staff(route, id, world)).unwrap();
        // A ticket is good for a minute.
        let id = &if route.takes == Kind::Ticket { world.fresh_ticket(0).await } else { id.clone() };
        let nothing = id.of_nothing();
        let (of_nothing, of_something) = (ada.ask(route, &nothing).await, ada.ask(route, &id.value).await);
        assert_ne!(told(&of_nothing, &nothing), told(&of_something, &id.value), "{} {}: {of_something}", route.method, route.path);
    }
    // What looks the same was done all the same.
    let owner = &world.owners[0];
    let failed = |pending: &[Pending]| pending.iter().filter(|pending| pending.delivery == Delivery::Failed).count();
    let page = || owner.browser.messages_in(&owner.room);
    assert_eq!(failed(&page().await.pending), 1);
    let id = world.ids.iter().find(|id| id.kind == Kind::ClientMessage && id.owner == 0).unwrap();
    let route = routes.iter().find(|route| route.takes == Kind::ClientMessage).unwrap();
    let ada = world.askers.iter().find(|asker| asker.guest == Some(0)).unwrap();
    assert_eq!(ada.ask(route, &id.value).await.status, 204);
    assert_eq!(failed(&page().await.pending), 0);
    let visit = owner.browser.get(&path::VISIT.replace("{visit_id}", &owner.visit)).await;
    assert!(visit.json::<Visit>().state.is_over());
}

/// Files come with staff's message, changes are for one's own.
fn is_of_staff(route: &Route, id: &Id, world: &World) -> bool {
    let is_own = id.value == world.owners[0].said.as_str();
    route.takes == Kind::Message && is_own == route.path.starts_with("/api/files/")
}

#[tokio::test]
async fn every_route_that_takes_an_id_is_tried() {
    // Which site, which language and Webex's own door are no objects of a guest.
    let others = ["{site_id}", "{file}", "{token}"];
    let constants = document("shared/src/path.rs");
    let named = constants.lines().filter(|line| line.starts_with("pub const")).filter_map(|line| line.split('"').nth(1));
    let expected: BTreeSet<String> =
        named.filter(|path| path.contains('{') && !others.iter().any(|other| path.contains(other))).map(without_names).collect();
    let tried: BTreeSet<String> =
        routes::every().iter().map(|route| without_names(route.path)).filter(|path| path.contains("{}")).collect();
    assert_eq!(tried, expected);
}

/// A path with `{}` for each name in it, and an index as the table writes it.
fn without_names(path: &str) -> String {
    let path = path.split('?').next().unwrap().replace("{index}", "0").replace("/1/ticket", "/0/ticket");
    let mut pieces = path.split('{');
    let first = pieces.next().unwrap().to_owned();
    pieces.fold(first, |path, piece| format!("{path}{{}}{}", piece.split_once('}').unwrap().1))
}

#[tokio::test]
async fn an_answer_to_what_was_said_elsewhere_reaches_nobody() {
    let world = World::start().await;
    let [ada, bea] = [&world.owners[0], &world.owners[1]];
    let room = |name: &str| world.portal.webex().messages_titled(&format!("{name} · ")).len();
    let before = room("Ada");
    let nothing = Id { kind: Kind::Message, owner: 0, value: ada.said.to_string() }.of_nothing();
    let mut ends = Vec::new();
    for parent in [&nothing, ada.said.as_str()] {
        let id = new_client_message_id();
        let message = serde_json::json!({ "client_message_id": id, "text": "Is this yours?", "parent_id": parent });
        let taken = bea.browser.post(&path::room_messages(&bea.room), message).await;
        assert_eq!(taken.status, 202, "{taken}");
        let settled = world.portal.until("it to fail", async || {
            let page = bea.browser.messages_in(&bea.room).await;
            page.pending.into_iter().find(|pending| pending.client_message_id == id && pending.delivery == Delivery::Failed)
        });
        let problem = settled.await.problem.unwrap();
        ends.push((problem.kind, problem.status, problem.detail));
        assert_eq!(bea.browser.give_up(&id).await.status, 204);
    }
    assert_eq!(ends[0], ends[1]);
    assert_eq!(room("Ada"), before, "nothing came to Ada");
    let thread = bea.browser.get(&path::room_thread(&bea.room, &ada.said)).await;
    assert!(!thread.body.contains("Hello") && thread.status == 200, "{thread}");
}
