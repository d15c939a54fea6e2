"""Files: sent along or fetched from an address, and who gets them."""

import re
from urllib.parse import unquote

import requests

from .identifiers import uri
from .world import RUN, refused


def file_name(answer):
    """The name a file is saved under: in UTF-8 or as RFC 5987 has it, both are to be expected."""
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment"), disposition
    extended = re.search(r"filename\*=UTF-8''([^;]+)", disposition, re.IGNORECASE)
    if extended:
        return unquote(extended.group(1))
    return re.search(r'filename="([^"]*)"', disposition).group(1).encode("latin-1").decode()


def fetch(url, api=None, method="GET"):
    """The SDK has no call for this; its users take the address and the token."""
    headers = {"Authorization": f"Bearer {api.access_token}"} if api else {}
    return requests.request(method, url, headers=headers, timeout=30)


def files_arrive_as_they_were(world, guest, folder):
    room = world.grace.rooms.create(f"Files {RUN}")
    world.grace.memberships.create(room.id, personId=guest.people.me().id)
    everything = bytes(range(256)) * 300
    for name, content_type in (("plan.png", "image/png"), ("Größe – Übersicht №5.txt", "text/plain"), ("empty.bin", None)):
        content = b"" if content_type is None else everything
        path = folder / name
        path.write_bytes(content)
        message = guest.messages.create(roomId=room.id, text=f"Here is {name}", files=[str(path)])
        assert message.text == f"Here is {name}" and len(message.files) == 1, message
        [url] = message.files
        assert url.startswith(f"{world.base}contents/"), url
        assert uri(url.rsplit("/", 1)[1]).endswith(f"/CONTENT/{uri(message.id).rsplit('/', 1)[1]}/0"), url
        assert world.grace.messages.get(message.id).files == [url]
        got = fetch(url, world.grace)
        assert (got.status_code, got.content) == (200, content), f"{name}: {got.status_code}, {len(got.content)} bytes"
        assert file_name(got) == name, got.headers
        assert content_type in (None, got.headers["Content-Type"].split(";")[0]), got.headers
        head = fetch(url, world.grace, "HEAD")
        assert (head.status_code, head.headers["Content-Length"], head.content) == (200, str(len(content)), b""), head.headers
        assert file_name(head) == name
        assert fetch(url).status_code == 401, "without a token"
        assert fetch(url, world.linus).status_code == 404, "to somebody who is not in the room"
        refused(400, lambda: guest.messages.update(message.id, room.id, text="with a file"))
        guest.messages.delete(message.id)
        assert fetch(url, world.grace).status_code == 404, "when the message is gone"
    only_a_file = guest.messages.create(toPersonId=world.grace_id, files=[str(folder / "plan.png")])
    assert not only_a_file.text and only_a_file.roomType == "direct", only_a_file
    assert fetch(only_a_file.files[0], world.grace).content == everything
    world.grace.rooms.delete(room.id)


def files_are_fetched_from_an_address(world, guest, listener):
    room = guest.rooms.create(f"Fetched {RUN}")
    content = bytes(reversed(range(256))) * 20
    address = listener.serve("plan.png", content, "image/png")
    message = guest.messages.create(roomId=room.id, text="From the web", files=[address])
    [url] = message.files
    assert url.startswith(f"{world.base}contents/"), "a copy of it, not the address that was named"
    got = fetch(url, guest)
    assert (got.status_code, got.content, file_name(got)) == (200, content, "plan.png"), (got.status_code, got.headers)
    assert got.headers["Content-Type"].split(";")[0] == "image/png", got.headers
    refused(400, lambda: guest.messages.create(roomId=room.id, text="Nothing there", files=[f"{listener.base}/nothing"]))
    assert len(list(guest.messages.list(room.id))) == 1
    guest.rooms.delete(room.id)
