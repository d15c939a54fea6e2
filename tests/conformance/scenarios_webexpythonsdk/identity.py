"""Guests and their JWTs, the Service App's token, people, and requests without a good token."""

import time

from webexpythonsdk import ApiError, WebexAPI

from .world import NO_PERSON, RUN, has_dates, ids, refused


def a_guest_is_somebody(world):
    guest = world.guest("ada", "Ada Lovelace")
    me = guest.people.me()
    has_dates(me, "created")
    assert (me.displayName, me.type, me.orgId) == ("Ada Lovelace", "appuser", world.credentials["organisation"]["id"]), me
    assert me.emails == [f"ada-{RUN}@{world.credentials['organisation']['uuid']}"], me.emails
    again = world.guest("ada", "Ada King").people.me()
    assert (again.id, again.displayName) == (me.id, "Ada King"), "the same subject is the same person, renamed"
    assert guest.people.me().displayName == "Ada King", "the first token is good still"
    assert world.guest("charles", "Charles Babbage").people.me().id != me.id
    return guest


def a_wrong_jwt_is_refused(world):
    issuer = world.credentials["guest_issuer"]
    until, past = (str(int(time.time()) + seconds) for seconds in (3600, -60))
    mistakes = {
        "another secret": (issuer["issuer_id"], until, world.credentials["broker"]["jws_secret"]),
        "expired": (issuer["issuer_id"], past, issuer["secret"]),
        "another issuer": (world.credentials["organisation"]["id"], until, issuer["secret"]),
    }
    for mistake, (iss, exp, secret) in mistakes.items():
        try:
            world.app.guest_issuer.create("ada", "Ada", iss, exp, secret)
        except ApiError as error:
            # Which of these it is, is not documented.
            assert error.status_code in (400, 401, 404), f"{mistake}: {error}"
            assert error.message and error.tracking_id, f"{mistake}: {error}"
        else:
            raise AssertionError(f"{mistake}: not refused")


def the_service_app_renews_its_token(world):
    app = world.credentials["service_app"]
    tokens = world.app.access_tokens.refresh(app["client_id"], app["client_secret"], app["refresh_token"])
    assert (tokens.expires_in, tokens.refresh_token_expires_in) == (1209599, 7775999), tokens.to_dict().keys()
    assert tokens.token_type == "Bearer"
    me = world.api(tokens.access_token).people.me()
    assert (me.id, me.emails) == (app["person_id"], [app["email"]]), me
    again = world.app.access_tokens.refresh(app["client_id"], app["client_secret"], tokens.refresh_token)
    assert world.api(again.access_token).people.me().id == me.id
    for client_id, secret, refresh_token in (
        (app["client_id"], app["client_secret"][::-1], again.refresh_token),
        (app["client_id"][::-1], app["client_secret"], again.refresh_token),
        (app["client_id"], app["client_secret"], "nobody's"),
    ):
        try:
            world.app.access_tokens.refresh(client_id, secret, refresh_token)
        except ApiError as error:
            assert error.status_code in (400, 401) and error.message and error.tracking_id, error
        else:
            raise AssertionError("a wrong secret, client or token was accepted")


def people_are_found(world, guest):
    me = world.grace.people.me()
    has_dates(me, "created", "lastModified")
    assert (me.id, me.emails, me.type) == (world.grace_id, [world.grace_email], "person"), me
    assert (me.displayName, me.firstName, me.lastName) == ("Grace Hopper", "Grace", "Hopper"), me
    linus = world.grace.people.get(world.linus_id)
    assert (linus.displayName, linus.emails) == ("Linus Pauling", [world.linus_email]), linus
    assert world.grace.people.get(world.bot_id).type == "bot"
    assert ids(world.grace.people.list(email=world.linus_email)) == [world.linus_id]
    assert world.linus_id in ids(world.grace.people.list(displayName="Linus"))
    assert set(ids(world.grace.people.list(id=f"{world.linus_id},{world.grace_id}"))) == {world.linus_id, world.grace_id}
    assert len(list(world.grace.people.list(id=f"{world.linus_id},{world.grace_id},{world.maria_id}", max=1))) == 3
    stranger = guest.people.me()
    assert world.grace.people.get(stranger.id).type == "appuser"
    assert ids(world.grace.people.list(email=stranger.emails[0])) == [], "a guest's address finds nobody"
    assert ids(world.grace.people.list(email="nobody@example.com")) == []
    assert set(ids(world.grace.people.list(id=",".join([world.linus_id] * 85)))) == {world.linus_id}
    refused(400, lambda: list(world.grace.people.list(id=",".join([world.linus_id] * 86))))
    refused(400, lambda: list(world.grace.people.list()), "Email, displayName, or id list should be specified.")
    refused(404, lambda: world.grace.people.get(NO_PERSON))


def without_a_good_token_nothing_is_told(world):
    text = "The request requires a valid access token set in the Authorization request header."
    nobody = world.api("nobody's")
    refused(401, nobody.people.me, text)
    refused(401, lambda: list(nobody.rooms.list()), text)
    refused(401, lambda: nobody.messages.create(toPersonId=world.grace_id, text="?"), text)
    # The classic mistake with this SDK.
    refused(404, WebexAPI(access_token="any", base_url=world.base.rstrip("/")).people.me)
