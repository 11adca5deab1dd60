"""What a cell about consent to marketing says; anything doubtful is not consent."""

import re
from typing import Literal

from domain.consent import Action
from domain.courtesies import listed
from domain.fields import parse_bool
from domain.wishes import plain, wish

LONGEST = 120
"""The most characters a cell can have and still be an answer with a note."""

_AGREED = frozenset(map(plain, listed("""
    agree|agreed|accept|accepted|opted in|opt-in|optin|subscribed|subscriber|allowed|granted|given|active|consented
    |acepta|acepto|aceptado|suscrito|autorizado|aceita|aceito|autoriza|inscrito|accepte|accepté|abonné|inscrit
    |einverstanden|zugestimmt|erteilt|angemeldet|abonniert|accetta|accettato|iscritto|akkoord|toegestaan|zgoda|tak|ano|áno|igen
    |ya|setuju|có|כן|نعم|हाँ|हां|так|ναι|kyllä|da|예|네|同意
    |confirmed|approved|affirmative|authorized|authorised|consenting|permitted|yep|yeah|opt in yes|optin yes|consent given|consent granted
    |double opt-in|doi|has consent|permission granted|can contact|ok to contact|okay
    |autorizado|autorizada|aceptada|confirmado|confirmada|aprobado|aprobada|otorgado|otorgada|concedido|concedida|consiente|consintió
    |dio su consentimiento|suscrita|activo|activa|permitido|permitida|dado de alta|alta|conforme
    |aceitou|aceitado|aceita|consentiu|aprovado|aprovada|concordo|concorda|inscrita|ativo|ativa|liberado
    |accordé|accordée|donné|donnée|consenti|confirmé|confirmée|acceptée|abonnée|inscrite|autorisé|autorisée|d'accord|actif
    |bestätigt|eingewilligt|akzeptiert|stimmt zu|liegt vor|vorhanden|erlaubt|gegeben|gestattet|aktiv|genehmigt|zugelassen|jawohl
    |confermato|confermata|concesso|concessa|acconsente|acconsentito|autorizzato|autorizzata|iscritta|attivo|attiva|accettata
    |bevestigd|gegeven|geaccepteerd|aangemeld|ingeschreven|actief|toestemming gegeven
    |var|onaylı|onaylandı|onay verdi|onay var|onayladı|izin verdi|izin var|izinli|izin verildi|kabul|kabul etti|kabul edildi|verdi|verildi|aktif|tamam|olur
    |wyrażona|wyrażono|potwierdzona|potwierdzono|udzielona|wyraził|wyraziła|zgadzam się|zaakceptowano|aktywny
    |согласен|согласна|получено|подтверждено|подписан|подписана|есть|дано|принято|разрешено|активен|згоден|згодна|надано|отримано
    |موافق|موافقة|أوافق|وافق|مقبول|مشترك|מאשר|מאשרת|מסכים|מסכימה|אישר|אישרה|רשום|सहमत|स्वीकृत|हा|જી|হ্যাঁ|ஆம்
    |disetujui|bersedia|menyetujui|dibenarkan|đồng ý|đã đồng ý|ใช่|ยินยอม|ตกลง|已同意|接受|允许|允許|已订阅|已訂閱|同意する|許可|承諾|承諾済み|希望する|希望|登録済み
    |동의|동의함|허용|수신동의|동의합니다|samtycker|godkänd|godkänt|ja tack|samtykker|godkendt|tilmeldt|godkjent|påmeldt
    |suostunut|hyväksytty|souhlasím|souhlasí|udělen|udělený|súhlasím|acord|acceptat|abonat|hozzájárult|elfogadva|feliratkozott
    |συμφωνώ|αποδέχομαι|αποδέχτηκε|συναινεί|съгласен|съгласна|da pristajem|pristaje""")))  # fmt: skip
_REFUSED = frozenset(map(plain, listed("""
    refused|refuse|declined|rejected|opted out|opted-out|denied|unsubscribed|not subscribed|revoked|withdrawn|inactive|do not contact|never
    |rechaza|rechazado|no acepta|no autorizado|recusa|recusado|não aceita|não autorizado|refusé|désabonné|non inscrit
    |abgelehnt|widerrufen|abgemeldet|rifiuta|rifiutato|disiscritto|geweigerd|afgemeld|nie|ne|nem|tidak|không|hayır|לא|لا|नहीं|ні|όχι|ei|nu|아니요|不同意
    |stopped|blocked|blacklisted|blacklist|suppressed|complained|dnc|never subscribed|no thanks|아니오|revoked consent
    |nope|nay|removed|expired|cancelled|canceled|objected|withdrew|opt out yes|do not message|do not disturb|dnd|forbidden|disallowed|consent withdrawn
    |revocado|revocada|rechazada|denegado|denegada|retirado|retirada|cancelado|cancelada|caducado|caducada|inactivo|inactiva|no consiente|no acepto
    |no quiere|desuscrito|desuscrita|dado de baja|dada de baja|se opuso|negado|negada|prohibido
    |revogado|revogada|recusado|recusada|recusou|expirado|inativo|inativa|descadastrado|descadastrada|não quer|bloqueado|bloqueada
    |révoqué|révoquée|retiré|retirée|refusée|opposé|opposée|opposition|désinscrit|désinscrite|désabonnée|expiré|inactif|annulé|interdit
    |entzogen|verweigert|zurückgezogen|widerspruch|widersprochen|nicht erteilt|gesperrt|inaktiv|gekündigt|abgelaufen|untersagt|storniert|entfällt
    |revocato|revocata|ritirato|ritirata|negato|negata|opposto|scaduto|scaduta|rifiutata|disiscritta|inattivo|annullato
    |ingetrokken|verlopen|inactief|uitgeschreven|bezwaar|niet gegeven
    |yok|reddetti|reddedildi|red|ret|reddet|onaysız|onay yok|onay vermedi|onaylamadı|izinsiz|izin yok|izin vermedi|izin verilmedi|kabul etmedi|vermedi
    |verilmedi|iptal|iptal etti|iptal edildi|istemiyor|istemedi|geri çekti|geri çekildi|pasif|olmaz
    |cofnięta|cofnięto|wycofana|wycofano|odmowa|odmówił|odmówiła|odrzucona|brak|wygasła|nieaktywny|wypisany|wypisana
    |отозвано|отозвал|отозвала|отказ|отказано|отказался|отказалась|отписан|отписана|отписался|запрещено|неактивен|відмова|відмовився|відкликано|ні|немає
    |مرفوض|رفض|غير موافق|ملغي|סירב|סירבה|מסרב|מסרבת|בוטל|הוסר|असहमत|अस्वीकृत|না|இல்லை
    |menolak|ditolak|dicabut|tidak setuju|từ chối|không đồng ý|đã hủy|ไม่|ไม่ยินยอม|ปฏิเสธ|拒绝|拒絕|已拒绝|未同意|不接受|已撤回|已退订|已退訂|取消
    |拒否|同意しない|不可|停止|希望しない|解除|거부|미동의|거절|동의안함|수신거부|동의하지않음
    |avböjt|återkallat|nekad|nej tack|avregistrerad|afvist|trukket tilbage|afmeldt|nej|avslått|trukket|avmeldt
    |kieltänyt|peruttu|odvolán|odvolaný|odmítnuto|odmítl|nesouhlasím|nesouhlasí|zamítnuto|odvolaný|nesúhlasím|retras|refuzat|dezabonat|anulat
    |visszavonva|elutasítva|leiratkozott|ανακλήθηκε|αρνήθηκε|διαφωνώ|отказа|отказал|odbijeno|odbio|odbila""")))  # fmt: skip

_SUBSCRIBED = frozenset(
    map(
        plain,
        listed("""
    opted in|opt-in|optin|opt in yes|optin yes|double opt-in|subscribed|subscriber|suscrito|suscrita|dado de alta|inscrito|inscrita|inscrit|inscrite
    |abonné|abonnée|angemeldet|abonniert|iscritto|iscritta|aangemeld|ingeschreven|подписан|подписана|مشترك"""),
    )
)
"""Words for consent itself: in an opt-out column they say that nobody opted out."""

_MARKS = dict.fromkeys("✓✔☑✅", True) | dict.fromkeys("✗✘☒❌☐", False)
_NOT = frozenset(
    map(
        plain,
        listed("""no|not|non|does not|did not|has not|without|never|none|sin|não|sem|pas|sans|aucun|n'a pas|nicht|kein|keine
    |ohne|senza|nessun|niet|geen|zonder|nie|brak|bez|не|без|нет|inte|ikke|ei|uden|utan|ne|nem|fără|όχι|χωρίς|לא|ללא|بدون|belum|tanpa"""),
    )
)
_CONSENT = frozenset(map(plain, listed("""consent|consents|permission|opt in|optin|agrees|accepts|marketing|consentimiento|consentimento
    |consentement|consenso|permiso|permesso|einwilligung|zustimmung|toestemming|zgoda|zgody|согласия|согласен|согласие|согласна|samtycke
    |samtykke|souhlas|acord|jóváhagyás|hozzájárulás|suostumusta|rıza|onay|izin|persetujuan|موافقة|הסכמה""")))  # fmt: skip


_ASIDES = frozenset(map(plain, listed("""please|pls|thanks|thank|you|sure|of|course|definitely|absolutely|via|by|from|at|in|since|as|date|dated|the|a|web|website|webform
    |form|online|app|checkout|shop|store|whatsapp|wa|qr|landing|page|site|signup|signed|written|opt|optin|double|doi|registration|am|pm|utc|gmt
    |consent|agreed|confirmed|given|recorded|gdpr|rgpd|dsgvo|lgpd|kvkk|iys
    |por|favor|gracias|claro|vía|página|formulario|desde|el|la|los|las|en|tienda|de|del|fecha|firmado|línea|registro|confirmado
    |bitte|danke|gerne|gern|seit|über|per|vom|auf|der|die|das|im|am|uhr|webseite|formular|laden|bestätigt|schriftlich|anmeldung
    |merci|svp|stp|s'il|vous|plaît|bien|sûr|par|le|depuis|formulaire|ligne|du|magasin|au|inscription
    |grazie|favore|certo|da|dal|dalla|dal|sito|modulo|il|su|negozio|tramite|iscrizione
    |obrigado|obrigada|pelo|pela|formulário|em|loja|cadastro|desde
    |lütfen|teşekkürler|tabii|sitesi|formu|üzerinden|ile|mağaza|tarihinde|tarihli
    |graag|bedankt|dank|alstublieft|aub|sinds|op|formulier|winkel|het|een
    |proszę|dziękuję|przez|stronę|strona|formularz|od|dnia|z|пожалуйста|спасибо|конечно|через|сайт|с|от|форма
    |tack|tak|takk|kiitos|děkuji|prosím|mulțumesc|köszönöm|terima|kasih|شكرا|תודה|谢谢|ありがとう|감사합니다
    |january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec
    |enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|ene|abr|ago|dic
    |januar|februar|märz|mai|juni|juli|oktober|dezember|okt|dez|mrz
    |janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre
    |gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|novembre|dicembre
    |janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro
    |ocak|şubat|mart|nisan|mayıs|haziran|temmuz|ağustos|eylül|ekim|kasım|aralık""")))  # fmt: skip
"""Words next to an answer that change nothing: when and how it came, and thanks. No channel other than WhatsApp is
among them.
"""

_WORDS = re.compile(r"[^\s,;:|/()\[\]{}.!–—-]+")
_END = re.compile(r"\s*(?:[,;:|/()\[\]{}!–—]|[.-](?:\s|$))")
_AROUND = " \t\n.!,;:\"'“”„«»()[]{}"
_WHEN = re.compile(r"(?!0$)[\dtz+]*\d[\dtz+]*(?:st|nd|rd|th|am|pm|h)?", re.ASCII)
"""A date or a time; a lone 0 is an answer."""


def consent_of(cell: str, *, asks_to_stop: bool = False) -> bool | None:
    """What a cell about consent says, or None; in a column that ``asks_to_stop``, yes means no.

    A note may say when and how the answer came, but only when if a "no" to opting out counts as consent. Any other note
    makes a yes doubtful; a no followed by a comma or the like stays a no, whatever comes next.
    """
    text = cell.strip(_AROUND) or cell.strip()
    answer = _answer(text, asks_to_stop=asks_to_stop)
    if answer is not None or len(text) > LONGEST:
        return answer
    words = list(_WORDS.finditer(text))
    for count in range(len(words) - 1, 0, -1):
        end = words[count - 1].end()
        answer = _answer(text[:end].lstrip("([{"), asks_to_stop=asks_to_stop)
        if answer is None or _may_be_else(text[:end]):
            continue
        is_aside = _is_when if answer and asks_to_stop else _says_nothing
        aside = all(is_aside(word.group()) for word in words[count:])
        if aside or (answer is False and _END.match(text, end)):
            return answer
        return None
    return None


def said_in(cell: str, *, asks_to_stop: bool) -> Literal["agree", "stop", "unclear"] | None:
    """What a cell in a consent column means for marketing; None where it says nothing about it.

    In a column that ``asks_to_stop``, a no means nothing: not objecting is not agreeing.
    """
    if not cell.strip():
        return None
    answer = consent_of(cell, asks_to_stop=asks_to_stop)
    if answer is None:
        return "unclear"
    if answer and asks_to_stop:
        return None
    return "agree" if answer else "stop"


def _may_be_else(word: str) -> bool:
    """Whether the word is not an answer when others follow: the 1 of "1 May", the n of "n/a", "on request"."""
    return word not in _MARKS and (
        len(word) < 2 or word.isdecimal() or word.casefold() in {"on", "da"}
    )


def _is_when(word: str) -> bool:
    bare = plain(word)
    return (not bare and word not in _MARKS) or _WHEN.fullmatch(bare) is not None


def _says_nothing(word: str) -> bool:
    return _is_when(word) or plain(word) in _ASIDES


def _answer(text: str, *, asks_to_stop: bool) -> bool | None:
    """What a text says if it is an answer and nothing else."""
    answer = parse_bool(text)
    if answer is None:
        answer = _MARKS.get(text.rstrip("\ufe0f"))
    if answer is not None:
        return answer is not asks_to_stop
    word = plain(text)
    if word in _AGREED:
        return not asks_to_stop or word in _SUBSCRIBED
    if _denies(text):
        return False
    found = wish(text)
    stopped = found is not None and found.action is Action.STOP
    return False if word in _REFUSED or stopped else None


def _denies(cell: str) -> bool:
    """Whether it denies consent: a negation and a word for consent, in either order."""
    words = tuple(filter(None, map(plain, re.split(r"[\s_-]+", cell))))
    return any(
        "".join(first) in _NOT and "".join(rest) in _AGREED | _CONSENT
        for size in range(1, len(words))
        for first, rest in ((words[:size], words[size:]), (words[size:], words[:size]))
    )
