"""Which column of a table says who agreed to marketing where no heading says it in so many words.

*Newsletter?*, *Marketing messages (yes/no)*: the heading names marketing, and the values answer.
"""

import re
from collections.abc import Sequence
from functools import cache

from domain.headings import tokens_of
from domain.wishes import consent_of

MOST = 0.8

_MARKETING = """
    newsletter newsletters newsletteranmeldung newsletterabo infobrief rundbrief marketing promotional
    advertising advertisement advertisements werbung werbemails werbenachrichten
    publicidad publicidade publicite pubblicita promocionales promocionais promotionnels
    boletin boletines boletim boletins infolettre reclame reklam reklama reklamu reklamy bulten ebulten pazarlama
    рассылка рассылки рассылку реклама рекламу рекламы маркетинг ニュースレター 营销 宣传 뉴스레터
    تسويق التسويق ترويج न्यूज़लेटर ניוזלטר שיווק דיוור
"""  # fmt: skip
_BESIDE = """
    consent consents consented optin opt in opted permission agree agrees agreed accept accepts accepted allow allows allowed
    ok okay subscribe subscribed subscriber subscribes signup want wants wanted wish wishes receive receives get gets send
    message messages msg communication communications whatsapp wa status given gdpr rgpd dsgvo lgpd kvkk to for of the via by
    per and or from us our we may is
    acepta acepto aceita aceito autoriza autorizo quiere desea recibir suscrito suscripcion consentimiento consentimento deseja quer
    receber inscrito mensajes mensagens comunicaciones comunicacoes de del do da la le el los las para por y e
    accepte recevoir abonne inscrit consentement messages au aux des du les pour par et souhaite
    erlaubt erhalten einwilligung zustimmung moechte mochte abonniert angemeldet per fur und von der die das nachrichten
    accetta ricevere iscritto consenso messaggi di il per e vuole akkoord ontvangen toestemming aangemeld voor van en
    zgoda na izin izni onay onayi согласие на получение подписка подписан mau setuju ingin menerima
"""  # fmt: skip
"""Words that change nothing beside it; a no, *out* or another way than WhatsApp is none of them."""

_ASIDE = re.compile(r"[(\[{].*?[)\]}]")


@cache
def _marketing() -> frozenset[str]:
    return frozenset(tokens_of(_MARKETING))


@cache
def _beside() -> frozenset[str]:
    return frozenset(tokens_of(_BESIDE))


def _names_marketing(header: str) -> bool:
    words = set(tokens_of(_ASIDE.sub(" ", header)))
    return bool(words & _marketing()) and words <= _marketing() | _beside()


def consent_column(
    headers: Sequence[str], samples: Sequence[Sequence[str]], taken: Sequence[int]
) -> int | None:
    """The only column that names marketing and is filled with answers; None when there is none, or two."""
    found = [
        index
        for index, header in enumerate(headers)
        if index not in taken and _names_marketing(header) and _answers(samples, index)
    ]
    return found[0] if len(found) == 1 else None


def _answers(samples: Sequence[Sequence[str]], index: int) -> bool:
    filled = [cell for row in samples if index < len(row) and (cell := row[index].strip())]
    said = [consent_of(cell) for cell in filled]
    return bool(filled) and len(said) - said.count(None) >= MOST * len(filled)
