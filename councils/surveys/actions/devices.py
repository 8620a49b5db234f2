"""Setting up and switching off the phones and tablets of helpers. A secret is made by chance and given out once.

Never keep a secret in clear, log it, or make a device for somebody who may not help in the town.
"""

import base64
import hashlib
import json
import secrets
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from common.ids import random_id
from councils.surveys.actions.drafts import new_code
from councils.surveys.models import HelperDevice
from councils.surveys.permissions import can_help, can_run
from councils.surveys.queries.devices import device_keys, devices_of
from councils.surveys.rules.digest import ha1_of
from towns.models import Town
from users.models import User

DEVICE_DAYS = 180
MOST_DEVICES = 10  # of one helper in one town
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A device with what is shown once: the secret for typing, the token for the square code."""

    device: HelperDevice
    secret: str
    token: str


@transaction.atomic
def add_device(*, actor: User, town: Town, label: str, now: datetime) -> NewDevice:
    """Make the access of one phone or tablet for a helper, for half a year.

    Refuses (Forbidden) who may not help in the town, and more than ten devices of one helper (`too_many_devices`).
    """
    today = day_of(now)
    can_help(actor, town, on=today).enforce()
    User.objects.select_for_update().get(pk=actor.pk)
    if len(devices_of(town=town, user=actor, on=today)) >= MOST_DEVICES:
        raise DomainError("too_many_devices", _("You have ten devices here. Switch one off that is not used any more."))
    device_id = random_id()
    username = f"{town.slug[:24]}-{secrets.token_hex(4)}"
    secret, token = new_code(), secrets.token_urlsafe(_TOKEN_BYTES)
    device = HelperDevice.objects.create(
        id=device_id,
        user=actor,
        town=town,
        label=label,
        username=username,
        token_sha256=hashlib.sha256(token.encode()).hexdigest(),
        ha1_sealed=device_keys().seal(ha1_of(username=username, secret=secret), place=str(device_id)),
        created_at=now,
        expires_date=today + timedelta(days=DEVICE_DAYS),
    )
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=town.slug,
        action="surveys.add_device",
        object_type="device",
        object_id=device.pk,
    )
    return NewDevice(device=device, secret=secret, token=token)


@transaction.atomic
def revoke_device(*, actor: User, device: HelperDevice, now: datetime) -> HelperDevice:
    """Switch a device off at once: one's own, or any of the town for the secretary. Done twice it is done once."""
    if device.user_id != actor.pk:
        can_run(actor, device.town, on=day_of(now)).enforce()
    device = HelperDevice.objects.select_for_update(of=("self",)).select_related("town").get(pk=device.pk)
    if device.revoked_at is None:
        device.revoked_at = now
        device.save(update_fields=["revoked_at"])
        record(
            now=now,
            actor_id=actor.pk,
            town_slug=device.town.slug,
            action="surveys.revoke_device",
            object_type="device",
            object_id=device.pk,
        )
    return device


def collect_settings(*, server: str, project: str) -> str:
    """What ODK Collect and KoboCollect read from a square code: their settings as JSON, zlib, base64.

    Forms follow the server's list, are sent as soon as there is a network, and are deleted from the device once sent.
    """
    told = {
        "general": {
            "protocol": "odk_default",
            "server_url": server,
            "form_update_mode": "match_exactly",
            "autosend": "wifi_and_cellular",
            "delete_send": True,
            "analytics": False,
        },
        "admin": {},
        "project": {"name": project},
    }
    return base64.b64encode(zlib.compress(json.dumps(told, ensure_ascii=False, sort_keys=True).encode())).decode()
