"""What becomes of Markdown: HTML, plain text, and mentions."""

import re

from .world import RUN, ids, refused


def markdown_becomes_html_and_text(world, guest):
    room = guest.rooms.create(f"Markdown {RUN}")
    written = "**bold** and *slanted* and `code` and [a link](https://example.com/?a=1&b=2) <script>alert(1)</script>"
    message = guest.messages.create(roomId=room.id, markdown=written)
    for part in ("<strong>bold</strong>", "<em>slanted</em>", "<code>code</code>", 'rel="nofollow"', 'href="https://example.com/'):
        assert part in message.html, f"{part}: {message.html}"
    assert "<script" not in message.html, message.html
    assert message.text.startswith("bold and slanted and code and a link"), message.text
    assert message.markdown, "what was written comes back"
    assert guest.messages.get(message.id).to_dict() == message.to_dict()
    blocks = guest.messages.create(roomId=room.id, markdown="# Title\n\n- one\n- two\n\n> said\n\n```\na < b\n```")
    for tag in ("<h1>", "<ul>", "<li>", "<blockquote>", "<pre>"):
        assert tag in blocks.html, f"{tag}: {blocks.html}"
    assert "a < b" in blocks.text and "a &lt; b" in blocks.html, (blocks.text, blocks.html)
    both = guest.messages.create(roomId=room.id, markdown="**rich**", text="for those who see no markdown")
    assert both.text == "for those who see no markdown" and "<strong>rich</strong>" in both.html, both
    plain = guest.messages.create(roomId=room.id, text="a **plain** text <b>")
    assert plain.text == "a **plain** text <b>", plain
    assert not {"html", "markdown"} & set(plain.to_dict()), plain
    guest.rooms.delete(room.id)


def mentions_are_told(world, guest):
    room = world.grace.rooms.create(f"Mentions {RUN}")
    me = guest.people.me()
    for person in (me.id, world.bot_id):
        world.grace.memberships.create(room.id, personId=person)
    by_id = world.grace.messages.create(roomId=room.id, markdown=f"Hello <@personId:{me.id}|Ada>, are you there?")
    assert by_id.mentionedPeople == [me.id], by_id
    for part in ("<spark-mention ", 'data-object-type="person"', f'data-object-id="{me.id}"'):
        assert part in by_id.html, f"{part}: {by_id.html}"
    assert re.fullmatch(r"Hello Ada( King)?, are you there\?", by_id.text), by_id.text
    by_email = guest.messages.create(roomId=room.id, markdown=f"Yes, <@personEmail:{world.grace_email}>.")
    assert by_email.mentionedPeople == [world.grace_id] and "Grace Hopper" in by_email.text, by_email
    everybody = guest.messages.create(roomId=room.id, markdown="<@all> Lunch!")
    assert everybody.mentionedGroups == ["all"] and 'data-object-type="groupMention"' in everybody.html, everybody
    outside = guest.messages.create(roomId=room.id, markdown=f"<@personId:{world.linus_id}|Linus> is not here.")
    assert not outside.mentionedPeople, outside
    assert ids(guest.messages.list(room.id, mentionedPeople="me", max=1)) in ([by_id.id], [everybody.id, by_id.id])
    assert by_email.id in ids(world.grace.messages.list(room.id, mentionedPeople=world.grace_id))

    # A bot reads in a group room only what mentions it.
    to_bot = guest.messages.create(roomId=room.id, markdown=f"<@personId:{world.bot_id}> help")
    refused(403, lambda: list(world.bot.messages.list(room.id)))
    heard = ids(world.bot.messages.list(room.id, mentionedPeople="me"))
    assert to_bot.id in heard and by_email.id not in heard, heard
    assert world.bot.messages.get(to_bot.id).mentionedPeople == [world.bot_id]
    world.grace.rooms.delete(room.id)
