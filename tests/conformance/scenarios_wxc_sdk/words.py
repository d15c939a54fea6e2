"""The words the SDK knows. It adds one it does not know to its enumeration and goes on; so they are compared at the end."""

from wxc_sdk.common import RoomType
from wxc_sdk.people import PeopleStatus, PersonType
from wxc_sdk.webhook import WebhookEventType, WebhookResource, WebhookStatus

# What they are before the first answer.
ENUMERATIONS = {
    enumeration: {member.value for member in enumeration}
    for enumeration in (RoomType, PersonType, PeopleStatus, WebhookResource, WebhookEventType, WebhookStatus)
}


def no_word_was_new():
    for enumeration, values in ENUMERATIONS.items():
        assert {member.value for member in enumeration} == values, f"{enumeration.__name__} had to learn a word"
