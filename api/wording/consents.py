"""Sentences about consent."""

from api.wording.tables import N_, Table

SENTENCES: Table = {
    "consent_theirs": N_(
        "This person stopped marketing in a message. Allow it on the contact's page, with the reason."
    ),
    "consent_theirs.meta": N_(
        "This person stopped marketing in WhatsApp itself. Only they can allow it again, in the menu of the chat."
    ),
    "somebody": N_("someone on the team"),
    "consent_agree.agent": N_("Allowed by %(user)s"),
    "consent_agree.api": N_("Allowed by a program"),
    "consent_agree.automation": N_("Agreed in an automation"),
    "consent_agree.bulk": N_("Allowed by %(user)s, with others"),
    "consent_agree.button": N_("Tapped “%(words)s”"),
    "consent_agree.earlier": N_("Allowed, before WhatsWay recorded how"),
    "consent_agree.file": N_("A campaign's file said yes"),
    "consent_agree.import": N_("The imported file said yes"),
    "consent_agree.keyword": N_("Wrote “%(words)s”"),
    "consent_agree.refusal": N_("Allowed marketing, according to WhatsApp"),
    "consent_agree.whatsapp": N_("Allowed marketing in WhatsApp"),
    "consent_stop.agent": N_("Stopped by %(user)s"),
    "consent_stop.api": N_("Stopped by a program"),
    "consent_stop.automation": N_("Stopped in an automation"),
    "consent_stop.bulk": N_("Stopped by %(user)s, with others"),
    "consent_stop.button": N_("Tapped “%(words)s”"),
    "consent_stop.earlier": N_("Stopped, before WhatsWay recorded how"),
    "consent_stop.file": N_("A campaign's file said no"),
    "consent_stop.import": N_("The imported file said no"),
    "consent_stop.keyword": N_("Wrote “%(words)s”"),
    "consent_stop.refusal": N_("Stopped marketing, according to WhatsApp"),
    "consent_stop.whatsapp": N_("Stopped marketing in WhatsApp"),
}
