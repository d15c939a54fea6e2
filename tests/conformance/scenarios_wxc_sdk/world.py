"""The simulator's organisation as wxc-sdk sees it, and what every answer and refusal has to bring."""

import time
from datetime import datetime, timedelta

import requests
from pydantic import BaseModel
from wxc_sdk import WebexSimpleApi
from wxc_sdk.rest import ErrorDetail, RestError, RestSession

NO_ROOM = "Y2lzY29zcGFyazovL3VzL1JPT00vMDAwMDAwMDAtMDAwMC0xMTExLTgwMDAtMDAwMDAwMDAwMDAw"
NO_PERSON = "Y2lzY29zcGFyazovL3VzL1BFT1BMRS8wMDAwMDAwMC0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDA"

# Told apart from everything that was there before, in a simulator that others use, too.
RUN = time.time_ns()


class World:
    """The simulator's organisation, and the SDK's view of it for each who has a token."""

    def __init__(self, simulator):
        self.credentials = requests.get(f"{simulator}/sandbox/credentials.json", timeout=30).json()
        self.base = self.credentials["api_base"]
        self.organisation = self.credentials["organisation"]["id"]
        # Before the first session is made, and without a slash at its end.
        RestSession.BASE = self.base
        self.app = self.api(self.credentials["service_app"]["access_token"])
        self.grace, self.linus, self.maria = (self.api(staff["access_token"]) for staff in self.credentials["staff"][:3])
        self.grace_id, self.linus_id, self.maria_id = (staff["person_id"] for staff in self.credentials["staff"][:3])
        self.grace_email, self.linus_email, self.maria_email = (staff["email"] for staff in self.credentials["staff"][:3])
        self.app_id = self.credentials["service_app"]["person_id"]

    def api(self, tokens):
        # A limit on requests is something to hear of, not to wait for.
        return WebexSimpleApi(tokens=tokens, retry_429=False)


def typed(thing, model):
    """What the SDK made of an answer: of its type, dates as dates, and nothing in it that the type does not know."""
    assert type(thing) is model, type(thing)
    assert not thing.model_extra, f"unknown to the SDK: {thing.model_extra}"
    for name, field in model.model_fields.items():
        value = getattr(thing, name)
        if value is not None and "datetime" in str(field.annotation):
            assert isinstance(value, datetime) and value.utcoffset() == timedelta(0), f"{name}: {value!r}"
        if isinstance(value, BaseModel):
            typed(value, type(value))
    return thing


def all_typed(things, model):
    return [typed(thing, model) for thing in things]


def refused(status, call):
    """The call has to be refused, in a form from which the SDK reads everything it wants to know."""
    try:
        call()
    except RestError as error:
        assert error.response.status_code == status, f"{status} was expected: {error}"
        assert isinstance(error.detail, ErrorDetail), f"not in Webex's form: {error.detail}"
        assert error.detail.message and error.description, error.detail
        assert error.detail.tracking_id == error.response.headers["trackingid"], error.detail
        return error
    raise AssertionError(f"{status} was expected, but nothing was refused")


def ids(things):
    return [thing.id for thing in things]
