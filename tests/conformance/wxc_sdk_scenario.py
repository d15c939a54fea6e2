"""A day of work with wxc-sdk as it comes from PyPI: guests of the Service App, and every answer in the SDK's own types.

    wxc_sdk_scenario.py SIMULATOR [--list]

SIMULATOR is the address of a running simulator; `--list` names every operation that was used.
"""

import importlib.metadata
import pathlib
import sys
import tempfile

from journal import Journal
from listening import Listener
from scenarios_wxc_sdk import identity, messages, rooms, webhooks, words
from scenarios_wxc_sdk.world import World


def main():
    simulator = sys.argv[1].rstrip("/")
    journal = Journal(simulator)
    world = World(simulator)
    guest = identity.a_guest_is_somebody(world)
    identity.the_service_app_renews_its_token(world)
    identity.people_are_found(world, guest)
    rooms.rooms_come_and_go(world)
    rooms.members_come_and_go(world, guest)
    rooms.a_hidden_room_comes_back_with_a_message(world, guest)
    messages.a_talk(world, guest, journal)
    with tempfile.TemporaryDirectory() as folder, Listener() as listener:
        messages.files_arrive_as_they_were(world, guest, pathlib.Path(folder), listener)
        webhooks.webhooks_are_kept(world, listener)
        webhooks.webhooks_and_cards(world, guest, listener)
    words.no_word_was_new()
    journal.report(f"wxc-sdk {importlib.metadata.version('wxc-sdk')}", "--list" in sys.argv[2:])


if __name__ == "__main__":
    main()
