"""What there is in the portal that requests can be about, so that not everything that is asked for is missing: each operation of
the description with values that are real at that moment."""

import datetime
import hashlib
import hmac
import random
import re
import uuid

import requests

from portal import a_file

# What Python's own one says, hypothesis says anew in each of its tries.
chance = random.Random(1)
# Guests may ask for a few meetings an hour, so each visit is another's.
VISITS = 40


class World:
    def __init__(self, portal):
        self.portal = portal
        self.url = portal.url
        self.key = portal.key()
        self.ada = portal.guest()
        self.kept = {}
        self.others = [portal.guest(name=f"Other {number}") for number in range(12)]
        self.note_takers = [portal.guest("gov", f"Other {number}") for number in range(12)]
        note = {"room_id": self.note_takers[0].room_id, "text": "Please call me."}
        assert requests.post(f"{self.url}/api/notes", json=note, headers={"X-Gp": "gov"}, timeout=30).status_code == 401
        self.hooks = portal.webhooks()
        page = requests.get(f"{self.url}/", timeout=30).text
        self.files = re.findall(r'["\'(]/([A-Za-z0-9_.-]+\.(?:js|wasm|css|svg))', page)
        # The site's own.
        self.words = re.findall('name="guest-portal-words" content="([^" ]+)', page)
        self.spent = 0
        self.stock = {}

    def guest_headers(self, guest):
        return {"X-Gp": guest.site, "Cookie": guest.http.headers["Cookie"]}

    # Each of these answers path parameters, and headers that go with them; None: as it was generated.

    def of_room(self):
        return {"room_id": self.ada.room_id}, {}

    def _message(self, text, file=None):
        """One of Ada's; another one after a while, because it may have been taken back."""
        if text not in self.kept or chance.random() < 0.1:
            self.kept[text] = self.ada.send(text, file)
        return self.kept[text]

    def of_own_message(self):
        return {"room_id": self.ada.room_id, "message_id": self._message("Hello")}, {}

    def of_file(self):
        return {"message_id": self._message("A point", a_file()), "index": 0}, {}

    def of_ticket(self):
        answer = self.ada.ask("POST", f"/api/files/{self._message('A point', a_file())}/0/ticket")
        return ({"ticket": answer.json()["url"].rsplit("/", 1)[1]}, {}) if answer.status_code == 200 else None

    def _visit(self):
        """A guest who has asked for a meeting, the visit, and what one of staff was sent."""
        if self.spent >= VISITS:
            return None
        self.spent += 1
        name = new_name()
        guest = self.portal.guest(name=name)
        answer = guest.ask("POST", "/api/visits", json={"room_id": guest.room_id})
        assert answer.status_code == 202, f"{answer.status_code} {answer.text}"
        return guest, answer.json()["id"], self.portal.claim_of(name)

    def _stocked(self, name):
        """One of those made before, or a new one; what is used up by half of the requests is still worth asking about."""
        made = self.stock.setdefault(name, [])
        if not made or (len(made) < 6 and chance.random() < 0.3):
            if visit := self._visit():
                made.append(visit)
                if name != "asked":
                    self.take(visit[2])
        return chance.choice(made) if made else None

    def take(self, claim):
        answer = requests.post(f"{self.url}/host/{claim}", headers={"Sec-Fetch-Site": "same-origin"}, timeout=30)
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"

    def of_visit(self, name="asked"):
        if found := self._stocked(name):
            guest, visit_id, _ = found
            return {"visit_id": visit_id}, self.guest_headers(guest)
        return None

    def of_taken_visit(self):
        return self.of_visit("taken")

    def of_claim(self, name="asked"):
        return ({"claim": found[2]}, {}) if (found := self._stocked(name)) else None

    def of_taken_claim(self):
        return self.of_claim("taken")

    def _booking(self, name="booked"):
        made = self.stock.setdefault(name, [])
        if len(made) < 12 and (not made or chance.random() < 0.3):
            # So near that staff are asked at once.
            starts_at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=20)
            body = {"guest_name": new_name(), "starts_at": starts_at.isoformat()}
            answer = requests.post(f"{self.url}/api/v1/visits", json=body, headers={"Authorization": f"Bearer {self.key}"}, timeout=30)
            assert answer.status_code == 201, f"{answer.status_code} {answer.text}"
            booking = answer.json()
            claim = self.portal.claim_of(body["guest_name"])
            made.append((booking["visit_id"], booking["guest_url"].rsplit("/", 1)[1], claim))
        return chance.choice(made)

    def of_booking(self):
        return {"visit_id": self._booking()[0]}, {}

    def of_invitation(self):
        return {"invitation": self._booking()[1]}, {}

    def of_taken_invitation(self, name="taken for later"):
        _, invitation, claim = self._booking(name)
        requests.post(f"{self.url}/host/{claim}", headers={"Sec-Fetch-Site": "same-origin"}, timeout=30)
        return {"invitation": invitation}, {}

    def of_joined_invitation(self):
        found = self.of_taken_invitation("joined for later")
        requests.post(f"{self.url}/visit/{found[0]['invitation']}/join", headers={"Sec-Fetch-Site": "same-origin"}, timeout=30)
        return found

    def of_joined_visit(self):
        if found := self.of_visit("joined"):
            (parameters, more) = found
            headers = {**more, "Sec-Fetch-Site": "same-origin"}
            requests.post(f"{self.url}/api/visits/{parameters['visit_id']}/join", headers=headers, timeout=30)
        return found

    def of_booked_claim(self):
        return {"claim": self._booking()[2]}, {}

    def of_hook(self):
        return ({"token": chance.choice(self.hooks)[0]}, {}) if self.hooks else None

    def soon(self):
        days = chance.uniform(0.1, 300)
        return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).isoformat()

    def of_note(self):
        guest = chance.choice(self.note_takers)
        return {"room_id": guest.room_id}, self.guest_headers(guest)

    def of_site(self):
        return {"site_id": chance.choice(["demo", "shop", "gov"])}, {}

    def of_logo(self):
        return {"site_id": "demo"}, {}

    def of_asset(self):
        return ({"file": chance.choice(self.files)}, {}) if self.files else None

    def of_words(self):
        return ({"file": chance.choice(self.words)}, {}) if self.words else None

    OPERATIONS = {
        "listMessages": of_room, "createMessage": of_room, "listMembers": of_room, "tellTyping": of_room, "tellRead": of_room,
        "editMessage": of_own_message, "deleteMessage": of_own_message, "createFileTicket": of_file, "downloadFile": of_ticket,
        "showVisit": of_visit, "cancelVisit": of_visit, "joinVisit": of_taken_visit, "leaveVisit": of_joined_visit,
        "showClaim": of_claim, "showClaimVersion": of_claim, "takeClaim": of_claim,
        "endClaim": of_taken_claim, "showClaimCalendar": of_booked_claim, "showBooking": of_booking, "cancelBooking": of_booking,
        "showAppointment": of_invitation, "showAppointmentVersion": of_invitation, "showAppointmentCalendar": of_invitation,
        "joinAppointment": of_taken_invitation, "leaveAppointment": of_joined_invitation, "cancelAppointment": of_invitation,
        "takeDelivery": of_hook, "showSitePage": of_site, "showEmbedPage": of_site, "showLogo": of_logo, "showAsset": of_asset,
        "showWords": of_words,
    }  # fmt: skip

    def values(self, operation_id):
        make = self.OPERATIONS.get(operation_id)
        return make(self) if make else None

    def sign(self, token, body):
        secret = dict(self.hooks).get(token)
        return hmac.new(secret.encode(), body, hashlib.sha1).hexdigest() if secret else None


def new_name():
    return f"Guest {uuid.uuid4().hex[:12]}"
