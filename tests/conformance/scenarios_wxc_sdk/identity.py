"""Guests of the Service App, its own token, and people."""

import re
from datetime import datetime

import requests
from wxc_sdk.guests import Guest
from wxc_sdk.integration import Integration
from wxc_sdk.people import Person, PersonType
from wxc_sdk.tokens import Tokens

from .world import NO_PERSON, RUN, all_typed, refused, typed


def a_guest_is_somebody(world):
    count = int(world.app.guests.guest_count())
    subject = f"Hospital A Patient {RUN}"
    guest = typed(world.app.guests.create(subject, "Ada Lovelace"), Guest)
    assert (guest.subject, guest.display_name) == (subject, "Ada Lovelace"), guest
    assert re.fullmatch(r"[0-9a-f-]{36}@appid\.ciscospark\.com", guest.email), guest.email
    assert guest.expires_in == 64799 and 64700 < guest.remaining <= 64799, (guest.expires_in, guest.remaining)
    # The SDK hands on as it is what is not JSON.
    assert re.fullmatch(r"\d+", world.app.guests.guest_count())
    assert int(world.app.guests.guest_count()) > count

    first = world.api(guest.access_token)
    me = typed(first.people.me(), Person)
    assert (me.person_id, me.display_name, me.emails) == (guest.id, "Ada Lovelace", [guest.email]), me
    assert (PersonType(me.person_type), me.org_id) == (PersonType.appuser, world.organisation), me

    again = typed(world.app.guests.create(subject, "Ada King"), Guest)
    assert (again.id, again.email, again.display_name) == (guest.id, guest.email, "Ada King"), "the same subject, renamed"
    assert again.access_token != guest.access_token, "a further token"
    assert first.people.me().display_name == "Ada King", "the first token is good still"
    assert world.api(again.access_token).people.me().person_id == guest.id
    assert world.app.guests.create(f"{subject} again", "Ada Lovelace").id != guest.id, "a name is nobody's own"

    refused(400, lambda: world.app.guests.create("", "Nobody"))
    refused(400, lambda: world.app.guests.create("nobody", ""))
    refused(403, lambda: world.grace.guests.create("nobody", "Nobody"))
    refused(403, lambda: first.guests.create("nobody", "Nobody"))
    refused(403, world.grace.guests.guest_count)
    refused(401, lambda: world.api("nobody's").guests.create("nobody", "Nobody"))
    return first


def the_service_app_renews_its_token(world):
    app = world.credentials["service_app"]

    def integration(client_secret):
        return Integration(
            client_id=app["client_id"],
            client_secret=client_secret,
            scopes="guest-issuer:read guest-issuer:write",
            redirect_url="http://localhost:6001/redirect",
            token_service=f"{world.base}/access_token",
        )

    tokens = Tokens(refresh_token=app["refresh_token"])
    assert integration(app["client_secret"]).validate_tokens(tokens), "there was no token yet"
    assert tokens.access_token and tokens.refresh_token, "renewed"
    assert (tokens.expires_in, tokens.refresh_token_expires_in) == (1209599, 7775999), tokens.expires_in
    assert isinstance(tokens.expires_at, datetime) and isinstance(tokens.refresh_token_expires_at, datetime)
    assert 1209500 < tokens.remaining <= 1209599
    me = world.api(tokens).people.me()
    assert (me.person_id, me.emails) == (app["person_id"], [app["email"]]), me
    assert not integration(app["client_secret"]).validate_tokens(tokens), "this one lasts"
    kept = tokens.access_token
    integration(app["client_secret"]).refresh(tokens)
    assert world.api(tokens).people.me().person_id == app["person_id"] and world.api(kept).people.me()
    try:
        integration(app["client_secret"][::-1]).refresh(tokens)
    except requests.HTTPError as error:
        assert error.response.status_code in (400, 401) and error.response.json()["message"], error.response.text
    else:
        raise AssertionError("a wrong secret was accepted")


def people_are_found(world, guest):
    me = typed(world.grace.people.me(), Person)
    assert (me.person_id, me.emails, PersonType(me.person_type)) == (world.grace_id, [world.grace_email], PersonType.person), me
    assert isinstance(me.created, datetime) and isinstance(me.last_modified, datetime), me
    assert typed(world.grace.people.details(world.linus_id), Person).display_name == "Linus Pauling"
    assert PersonType(world.grace.people.details(world.credentials["bot"]["person_id"]).person_type) is PersonType.bot
    [linus] = all_typed(world.grace.people.list(email=world.linus_email), Person)
    assert linus.person_id == world.linus_id
    assert world.maria_id in [person.person_id for person in world.grace.people.list(display_name="Maria")]
    both = all_typed(world.grace.people.list(id_list=[world.linus_id, world.grace_id], max=1), Person)
    assert {person.person_id for person in both} == {world.linus_id, world.grace_id}
    assert list(world.grace.people.list(email=guest.people.me().emails[0])) == [], "a guest's address finds nobody"
    assert {person.person_id for person in world.grace.people.list(id_list=[world.linus_id] * 85)} == {world.linus_id}
    refused(400, lambda: list(world.grace.people.list(id_list=[world.linus_id] * 86)))
    refused(400, lambda: list(world.grace.people.list()))
    refused(404, lambda: world.grace.people.details(NO_PERSON))
    refused(401, world.api("nobody's").people.me)
