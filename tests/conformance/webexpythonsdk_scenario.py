"""A day of work with webexpythonsdk as it comes from PyPI: guests, rooms, messages, files, cards, webhooks.

    webexpythonsdk_scenario.py SIMULATOR [--list]

SIMULATOR is the address of a running simulator; `--list` names every operation that was used.
"""

import pathlib
import sys
import tempfile
import warnings

import webexpythonsdk

from journal import Journal
from listening import Listener
from scenarios_webexpythonsdk import cards, files, identifiers, identity, limits, markdown, messages, rooms, webhooks
from scenarios_webexpythonsdk.world import World


def main():
    # A limit on requests, or the repair of a link to the next page, is something to hear of.
    warnings.simplefilter("error", webexpythonsdk.RateLimitWarning)
    warnings.simplefilter("error", RuntimeWarning)
    simulator = sys.argv[1].rstrip("/")
    journal = Journal(simulator)
    world = World(simulator)
    guest = identity.a_guest_is_somebody(world)
    identity.a_wrong_jwt_is_refused(world)
    identity.the_service_app_renews_its_token(world)
    identity.people_are_found(world, guest)
    identifiers.ids_are_good_in_every_form(world)
    identity.without_a_good_token_nothing_is_told(world)
    limits.a_limit_is_waited_out(world, journal)
    rooms.rooms_come_and_go(world)
    rooms.members_come_and_go(world, guest)
    rooms.moderators_have_the_say(world)
    messages.two_people_talk(world, guest)
    messages.a_long_talk_is_read_page_by_page(world, guest, journal)
    messages.messages_are_edited_and_taken_back(world, guest)
    messages.threads_are_one_level_deep(world, guest)
    markdown.markdown_becomes_html_and_text(world, guest)
    markdown.mentions_are_told(world, guest)
    messages.what_cannot_be_posted_is_refused(world, guest)
    with tempfile.TemporaryDirectory() as folder, Listener() as listener:
        files.files_arrive_as_they_were(world, guest, pathlib.Path(folder))
        files.files_are_fetched_from_an_address(world, guest, listener)
        webhooks.webhooks_are_kept(world, listener)
        webhooks.webhooks_tell_of_messages(world, guest, listener, pathlib.Path(folder))
        webhooks.webhooks_tell_of_rooms_and_members(world, guest, listener)
        webhooks.a_plus_in_a_filter_is_a_plus(world, listener)
        webhooks.a_bot_hears_what_mentions_it(world, guest, listener)
        webhooks.a_webhook_that_fails_is_given_up_and_taken_up_again(world, guest, listener)
        cards.cards_are_filled_in(world, guest, listener)
    journal.report(f"webexpythonsdk {webexpythonsdk.__version__}", "--list" in sys.argv[2:])


if __name__ == "__main__":
    main()
