"""The simulator's organisation as webexpythonsdk sees it, and what every answer and refusal has to bring."""

import time

import requests
from webexpythonsdk import ApiError, WebexAPI, WebexDateTime

NO_ROOM = "Y2lzY29zcGFyazovL3VzL1JPT00vMDAwMDAwMDAtMDAwMC0xMTExLTgwMDAtMDAwMDAwMDAwMDAw"
NO_PERSON = "Y2lzY29zcGFyazovL3VzL1BFT1BMRS8wMDAwMDAwMC0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDA"
NO_MESSAGE = "Y2lzY29zcGFyazovL3VzL01FU1NBR0UvMDAwMDAwMDAtMDAwMC0xMTExLTgwMDAtMDAwMDAwMDAwMDAw"

# Told apart from everything that was there before, in a simulator that others use, too.
RUN = time.time_ns()


class World:
    """The simulator's organisation, and the SDK's view of it for each who has a token."""

    def __init__(self, simulator):
        self.simulator = simulator
        self.credentials = requests.get(f"{simulator}/sandbox/credentials.json", timeout=30).json()
        # Without the slash at its end the SDK drops `/v1`.
        self.base = self.credentials["api_base"] + "/"
        self.app = self.api(self.credentials["service_app"]["access_token"])
        self.bot = self.api(self.credentials["bot"]["access_token"])
        self.grace, self.linus, self.maria = (self.api(staff["access_token"]) for staff in self.credentials["staff"][:3])
        self.grace_id, self.linus_id, self.maria_id = (staff["person_id"] for staff in self.credentials["staff"][:3])
        self.grace_email, self.linus_email, self.maria_email = (staff["email"] for staff in self.credentials["staff"][:3])
        self.app_id = self.credentials["service_app"]["person_id"]
        self.bot_id = self.credentials["bot"]["person_id"]

    def api(self, token, **more):
        return WebexAPI(access_token=token, base_url=self.base, **more)

    def guest(self, subject, name):
        """A guest's token, as the SDK fetches it: with its own JWT, whose `exp` is a string."""
        issuer = self.credentials["guest_issuer"]
        until = str(int(time.time()) + 3600)
        login = self.app.guest_issuer.create(f"{subject}-{RUN}", name, issuer["issuer_id"], until, issuer["secret"])
        assert isinstance(login.expiresIn, int) and login.expiresIn > 3600, login.expiresIn
        return self.api(login.token)


def refused(status, call, message=None):
    """The call has to be refused, in a form from which the SDK reads everything it wants to know."""
    try:
        call()
    except ApiError as error:
        assert error.status_code == status, f"{status} was expected: {error}"
        assert error.message and message in (None, error.message), f"{message!r} was expected: {error}"
        assert error.tracking_id.startswith("ROUTERGW_"), error.tracking_id
        assert error.tracking_id == error.response.headers["trackingid"], error.response.headers
        assert error.details["errors"][0]["description"], error.details
        return error
    raise AssertionError(f"{status} was expected, but nothing was refused")


def has_dates(thing, *names):
    """The SDK parses a date only when it is asked for it, and only in one form."""
    for name in names:
        assert isinstance(getattr(thing, name), WebexDateTime), f"{name}: {thing}"
    assert None not in thing.to_dict().values(), f"null for what is absent: {thing}"


def ids(things):
    return [thing.id for thing in things]
