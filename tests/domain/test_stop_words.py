import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.confirmations import ALLOWED, STOPPED, confirmation
from domain.consent import Action
from domain.courtesies import _ASKING, _POLITE, listed
from domain.stop_words import NOUNS, START, STOP, VERBS
from domain.wishes import LONGEST, plain, wish, wish_of_payload

pytestmark = pytest.mark.fault("A5")

STOPS = sorted({word for words in STOP.values() for word in words.replace("\n", "").split("|")})
STARTS = sorted({word for words in START.values() for word in words.replace("\n", "").split("|")})
BEFORE_AND_AFTER = st.text(
    st.sampled_from(" .,!?¡¿“”\"'*_~()-–…\n\u200b\ufe0f🛑😡👍🏽❗️"), max_size=4
)


def action(text: str) -> Action | None:
    found = wish(text)
    return found.action if found else None


@pytest.mark.parametrize(
    "text",
    [
        "STOP", "stop", " Stop! ", "“STOP”", "ＳＴＯＰ", "🛑 stop 🛑", "*STOP*", "stop.", "STOP ALL", "Baja", "¡BAJA!",
        "unsubscribe", "Opt-out", "ARRÊT", "arret", "Désabonner", "DESABONNER", "Abmelden", "STOPP", "Cancella iscrizione",
        "Descadastrar", "SAIR", "parar", "Afmelden", "Wypisz mnie", "DURDUR", "ABONELİKTEN ÇIK", "abonelikten cik", "Berhenti",
        "إيقاف", "ايقاف", "الغاء الاشتراك", "रोकें", "СТОП", "Отписаться", "Відписатися", "Avregistrera", "Afmeld", "Meld av",
        "Lopeta", "Odhlásit", "Dezabonare", "Leiratkozás", "Διαγραφή", "ΔΙΑΓΡΑΦΗ", "הסר", "停止", "配信停止", "수신거부", "退订", "退訂",
        "Stop promotions", "STOP_PROMOTIONS", "Detener promociones", "Parar promoções", "Arrêter les promotions", "Keine Werbung",
        "Angebote stoppen", "Interrompi promozioni", "Stop promoties", "Promosyonları durdur", "Hentikan promosi", "إيقاف العروض",
    ],
)  # fmt: skip
def test_words_that_stop_marketing(text: str) -> None:
    assert action(text) is Action.STOP


@pytest.mark.parametrize(
    "text",
    [
        "please stop by the shop", "no pares", "Don't stop", "stop?!? no way", "When does the bus stop", "Is the sale on until we stop",
        "baja la persiana", "la baja de precio", "yes", "no", "ok", "cancel", "end", "red", "seis", "para", "fin", "basta", "रुको", "no messages",
        "No offers", "👍", "🛑", "...", "", "   ", "stop" * 40, "d'accord", "I will stop at nothing to get a refund", "nonstop", "1", "desktop",
    ],
)  # fmt: skip
def test_other_messages_do_not(text: str) -> None:
    assert action(text) is not Action.STOP


@given(st.sampled_from(STOPS), BEFORE_AND_AFTER, BEFORE_AND_AFTER, st.sampled_from("ulst"))
def test_case_marks_and_accents_make_no_difference(
    word: str, before: str, after: str, case: str
) -> None:
    written = {"u": word.upper(), "l": word.lower(), "s": word, "t": word.title()}[case]
    bare = "".join(c for c in unicodedata.normalize("NFD", written) if not unicodedata.combining(c))
    assert action(before + written + after) is Action.STOP
    if word.isascii() or all("LATIN" in unicodedata.name(c, "") for c in word if c.isalpha()):
        assert action(before + bare + after) is Action.STOP


@pytest.mark.parametrize("word", ["QUIT", "Quit.", "STOPALL", "UNSUBSCRIBE", "Revoke"])
def test_the_usual_words_of_text_messages(word: str) -> None:
    assert action(word) is Action.STOP


@pytest.mark.parametrize(
    "text",
    ["CANCEL", "cancel", "End", "please cancel my order", "quit smoking", "I quit", "the end", "Cancel\n\nSent from my iPhone"],
)  # fmt: skip
def test_words_that_answer_a_question_do_not_stop(text: str) -> None:
    """Reminders ask for them: "Reply CONFIRM or CANCEL"."""
    assert action(text) is None


@given(
    st.sampled_from(STOPS + STARTS),
    st.lists(st.sampled_from(listed(_POLITE)), max_size=2),
    st.lists(st.sampled_from(listed(_POLITE)), max_size=2),
)
def test_politeness_makes_no_difference(word: str, before: list[str], behind: list[str]) -> None:
    expected = Action.STOP if word in STOPS else Action.AGREE
    for between in (" ", ", "):
        said = between.join([*before, word, *behind])
        assert len(said) > LONGEST or action(said) is expected


@given(st.sampled_from(listed(_ASKING)), st.sampled_from(STOPS), st.sampled_from(STARTS))
def test_a_demand_stops_and_never_allows(asking: str, stop: str, start: str) -> None:
    assert action(f"{asking} {stop}") is Action.STOP
    assert f"{asking} {start}" in STARTS or action(f"{asking} {start}") is not Action.AGREE


@pytest.mark.parametrize(
    "text",
    [
        "Please stop messaging me", "ok, stop", "STOP thx", "Can you stop", "I'd like to unsubscribe", "opt out please", "Hi, stop",
        "Stop! Unsubscribe!", "STOP STOP BAJA", "no more messages please", "Quiero darme de baja por favor", "parar, por favor",
        "No me manden más mensajes", "no quiero recibir más publicidad", "não quero mais receber mensagens", "Bitte keine Werbung mehr",
        "je ne veux plus recevoir de messages", "arrêtez s'il vous plaît", "non voglio più ricevere messaggi", "afmelden aub",
        "Nie chcę więcej wiadomości", "mesaj almak istemiyorum", "Lütfen durdur", "не присылайте мне рекламу", "Пожалуйста, отпишите меня",
        "请停止", "不要再发了", "停止してください", "配信停止お願いします", "수신거부 해주세요", "หยุดครับ", "कृपया रोकें", "من فضلك توقف",
        "remove my number", "DND", "do not disturb", "unsuscribe", "MARKETING_OPT_OUT", "unsubscribe from the list",
    ],
)  # fmt: skip
def test_wishes_as_people_write_them(text: str) -> None:
    assert action(text) is Action.STOP


@pytest.mark.parametrize(
    "text",
    [
        "please stop by", "can i cancel", "no updates", "ya no quiero el pedido", "not now", "please", "ok thanks", "kein Problem", "hi",
        "quiero parar de fumar", "can I start", "quiero empezar", "stop start", "please don't", "no quiero más información", "end all",
        "请问几点停止营业", "停止したいのはいつ",
    ],
)  # fmt: skip
def test_polite_questions_are_none(text: str) -> None:
    assert action(text) is None


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("STOP:cmp7", Action.STOP), ("STOP:1", Action.STOP), ("stop-41", Action.STOP), ("unsubscribe|de", Action.STOP),
        ("OPT_OUT#12", Action.STOP), ("STOP_PROMOTIONS:7", Action.STOP), ("stop/eu/4", Action.STOP), ("STOP", Action.STOP),
        ("START", Action.AGREE), ("START:1", None), ("ORDER-STOP", None), ("order:STOP", None), ("stop_tracking:4", None), ("41", None),
        (":", None), ("", None), ("keep:81", None), ("STOP" + ":" * 5000, Action.STOP), ("9" * 5000, None),
    ],
)  # fmt: skip
def test_a_hidden_text_may_name_more_than_the_word(payload: str, expected: Action | None) -> None:
    found = wish_of_payload(payload)
    assert (found.action if found else None) is expected


SIGNATURES = [
    "Sent from my iPhone", "Sent from Outlook for Android", "Enviado desde mi iPhone", "Enviado do meu iPhone",
    "Envoyé de mon iPhone", "Gesendet von meinem iPhone", "Von meinem iPhone gesendet", "Inviato da iPhone",
    "Verzonden vanaf mijn iPhone", "Wysłano z iPhone'a", "Отправлено с iPhone", "iPhoneから送信", "iPhone'umdan gönderildi",
    "Get Outlook for iOS", "-- \nAna Pérez\nCalle Mayor 1, Madrid, a rather long address behind a long name",
]  # fmt: skip


@given(
    st.sampled_from(STOPS),
    st.sampled_from(SIGNATURES),
    st.sampled_from(["\n", "\n\n", " \r\n\r\n "]),
)
def test_a_signature_is_no_part_of_the_message(word: str, signature: str, between: str) -> None:
    assert action(word + between + signature) is Action.STOP
    assert action(f"please {word} my order{between}{signature}") is None
    assert action(signature) is None


@given(st.sampled_from(STOPS), st.sampled_from(["the order", "mañana", "por favor envía", "12"]))
def test_a_sentence_that_holds_a_word_is_none(word: str, rest: str) -> None:
    assert action(f"{rest} {word} {rest}") is None


def test_no_word_both_stops_and_starts() -> None:
    assert not {plain(word) for word in STOPS} & {plain(word) for word in STARTS}
    assert all(action(word) is Action.AGREE for word in STARTS)


def test_every_language_has_its_confirmation() -> None:
    assert set(STOP) | set(VERBS) <= set(STOPPED)
    assert set(STOPPED) == set(ALLOWED)
    assert set(VERBS) == set(NOUNS)


@pytest.mark.parametrize(("texts", "undone_by"), [(STOPPED, Action.AGREE), (ALLOWED, Action.STOP)])
def test_each_confirmation_names_a_word_that_undoes_it(
    texts: dict[str, str], undone_by: Action
) -> None:
    for language, text in texts.items():
        words = re.findall(r"[A-ZА-Я]{4,}", text)
        assert [action(word) for word in words] == [undone_by], language


@pytest.mark.parametrize(
    ("text", "own", "begins"),
    [
        ("BAJA", [], "No recibirás"),
        ("STOP", ["es"], "No recibirás"),
        ("STOP", ["pt", "es"], "Você"),
        ("STOP", [], "You will"),
        ("STOP", ["xx", "de"], "Sie erhalten"),
        ("abmelden", ["fr"], "Sie erhalten"),
        ("СТОП", ["uk"], "Ви більше"),
        ("START", ["pt"], "Você poderá"),
        ("ALTA", [], "Podrás"),
        ("старт", ["uk"], "Ви знову"),
    ],
)
def test_the_confirmation_speaks_the_persons_language(
    text: str, own: list[str], begins: str
) -> None:
    found = wish(text)
    assert found is not None
    assert confirmation(found, own).startswith(begins)
