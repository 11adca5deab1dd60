"""Which column of a table records consent to marketing when no heading says so outright.

*Newsletter?*, *Marketing messages (yes/no)*, *Permission (GDPR)*: the heading names marketing or consent, and the
values answer.
"""

import re
from collections.abc import Sequence
from functools import cache

from domain.consent_answers import consent_of
from domain.headings import tokens_of

MOST = 0.8
SOME = 0.5

_MARKETING = """
    newsletter newsletters newsletteranmeldung newsletterabo infobrief rundbrief marketing promotional
    advertising advertisement advertisements werbung werbemails werbenachrichten
    publicidad publicidade publicite pubblicita promocionales promocionais promotionnels
    boletin boletines boletim boletins infolettre reclame reklam reklama reklamu reklamy bulten ebulten pazarlama
    рассылка рассылки рассылку реклама рекламу рекламы маркетинг ニュースレター 营销 宣传 뉴스레터
    تسويق التسويق ترويج न्यूज़लेटर ניוזלטר שיווק דיוור
"""  # fmt: skip
_CONSENTS = """
    consent consents permission permissions optin einwilligung zustimmung erlaubnis permiso autorizacion consentimiento
    consentimento permissao autorizacao consentement autorisation consenso autorizzazione toestemming zgoda zgody
    izin izni onay onayi riza rizasi согласие разрешение згода souhlas samtycke samtykke suostumus acord hozzajarulas
    συγκατάθεση συναίνεση הסכמה אישור موافقة الموافقة persetujuan 동의 同意
"""
"""Words for consent that may concern something else: the values must settle it."""

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
    do you be campaign campaigns promotion promotions offer offers ofertas promociones angebote kampanya kampanyalar zur zum
    contact contacted contacting reach customer client member user our can we i have has been granted status
    contacto contacte contactar contactado contato contatar contatto contattare contacter kontakt kontaktieren kontaktaufnahme mensaje
    rodo iys ticari elektronik ileti iletisi gönderimi gonderimi durumu verdi mi musteri iletisim
    zgoda na izin izni onay onayi согласие на получение подписка подписан mau setuju ingin menerima
"""  # fmt: skip
"""Words next to it that change nothing; never a no, *out* or a channel other than WhatsApp."""

_ASIDE = re.compile(r"[(\[{].*?[)\]}]")


@cache
def _marketing() -> frozenset[str]:
    return frozenset(tokens_of(_MARKETING))


@cache
def _beside() -> frozenset[str]:
    return frozenset(tokens_of(_BESIDE))


@cache
def _consents() -> frozenset[str]:
    return frozenset(tokens_of(_CONSENTS))


def _share_needed(header: str) -> float:
    """The share of values that must be answers under this heading; more than 1 where it means something else."""
    words = set(tokens_of(_ASIDE.sub(" ", header)))
    if not words <= _marketing() | _consents() | _beside():
        return 2
    if words & _marketing():
        return MOST
    return SOME if words & _consents() else 2


def consent_column(
    headers: Sequence[str], samples: Sequence[Sequence[str]], taken: Sequence[int]
) -> int | None:
    """The one column that names marketing and holds answers; None when there are none, or several."""
    found = [
        index
        for index, header in enumerate(headers)
        if index not in taken and _answered(samples, index) >= _share_needed(header)
    ]
    return found[0] if len(found) == 1 else None


def _answered(samples: Sequence[Sequence[str]], index: int) -> float:
    filled = [cell for row in samples if index < len(row) and (cell := row[index].strip())]
    said = [consent_of(cell) for cell in filled]
    return (len(said) - said.count(None)) / len(filled) if filled else 0.0
