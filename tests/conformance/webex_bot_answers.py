"""A bot written with webex-bot as it comes from PyPI: what is said to it it hears over Mercury, and answers.

    webex_bot_answers.py SIMULATOR
"""

import asyncio
import queue
import sys
import threading
import time

import requests
import webexpythonsdk
from webex_bot.models.command import Command
from webex_bot.webex_bot import WebexBot
from webex_bot.websockets import webex_websocket_client

# What comes comes at once; this is for a machine that is busy with something else.
PATIENCE_SECS = 20
STEP_SECS = 0.05


class Reverse(Command):
    """Says it backwards."""

    def __init__(self):
        super().__init__(command_keyword="reverse", help_message="Says it backwards", card=None)

    def execute(self, message, attachment_actions, activity):
        return message.strip()[::-1]


def start(simulator, base, token):
    """The bot, in a thread of its own. It knows Webex's own addresses only, until they are changed in its module."""
    webex_websocket_client.DEFAULT_U2C_URL = f"{simulator}/u2c/api/v1/catalog"
    webex_websocket_client.WebexAPI = lambda **more: webexpythonsdk.WebexAPI(base_url=base, **more)
    webex_websocket_client.ssl_context = None
    failures = queue.Queue()

    def run():
        asyncio.set_event_loop(asyncio.new_event_loop())
        try:
            bot = WebexBot(token, bot_name="Reverser", log_level="ERROR")
            bot.add_command(Reverse())
            bot.run()
        except BaseException as error:
            failures.put(error)

    threading.Thread(target=run, daemon=True).start()
    return failures


def until(what, look, failures):
    late = time.monotonic() + PATIENCE_SECS
    while not (found := look()):
        if not failures.empty():
            raise failures.get()
        assert time.monotonic() < late, f"never: {what}"
        time.sleep(STEP_SECS)
    return found


def main():
    simulator = sys.argv[1].rstrip("/")
    credentials = requests.get(f"{simulator}/sandbox/credentials.json", timeout=30).json()
    base, bot = credentials["api_base"] + "/", credentials["bot"]
    grace = webexpythonsdk.WebexAPI(access_token=credentials["staff"][0]["access_token"], base_url=base)
    failures = start(simulator, base, bot["access_token"])

    def is_connected():
        sockets = requests.get(f"{simulator}/sandbox/mercury/sockets", timeout=30).json()
        return any(socket["person_id"] == bot["person_id"] for socket in sockets)

    until("the bot is connected", is_connected, failures)
    asked = grace.messages.create(toPersonId=bot["person_id"], text="reverse straw")
    replies = until("a reply", lambda: list(grace.messages.list(asked.roomId, parentId=asked.id)), failures)
    assert [(reply.personEmail, reply.text) for reply in replies] == [(bot["email"], "warts")], replies

    # In a space it is told what mentions it only.
    room = grace.rooms.create("With a bot")
    grace.memberships.create(room.id, personId=bot["person_id"])
    grace.messages.create(room.id, text="reverse nothing")
    asked = grace.messages.create(room.id, markdown=f"<@personId:{bot['person_id']}> reverse drawer")
    replies = until("a reply in the space", lambda: list(grace.messages.list(room.id, parentId=asked.id)), failures)
    # It takes its own name for a part of what it is told.
    [reply] = replies
    assert reply.text.startswith("reward "), reply
    assert len(list(grace.messages.list(room.id))) == 3
    print("webex_bot_answers: webex-bot: good")


if __name__ == "__main__":
    main()
