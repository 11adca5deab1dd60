"""Polite words around a request: "please", "I want to", "do it, please" in languages without spaces."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

Plain = Callable[[str], str]
Phrase = tuple[str, ...]

_POLITE = """please|pls|plz|kindly|thanks|thank you|thx|ok|okay|now|just|already|immediately|asap|hi|hello|hey|sir|madam
    |por favor|porfavor|porfa|favor|gracias|hola|ya|ahora|obrigado|obrigada|agora|olá|oi|pf|pfv|por gentileza
    |s'il vous plaît|s'il te plaît|svp|stp|merci|bonjour|maintenant|bitte|danke|hallo|sofort|jetzt|per favore|grazie|ciao|subito
    |alstublieft|alsjeblieft|aub|ajb|bedankt|graag|proszę|dziękuję|lütfen|teşekkürler|artık|tolong|mohon|terima kasih|sila
    |من فضلك|رجاء|شكرا|لو سمحت|कृपया|प्लीज|धन्यवाद|অনুগ্রহ করে|ধন্যবাদ|براہ کرم|شکریہ|لطفا|ممنون
    |пожалуйста|спасибо|будь ласка|дякую|моля|благодаря|vänligen|snälla|tack|venligst|tak|takk|kiitos|prosím|děkuji|ďakujem
    |te rog|va rog|vă rog|mulțumesc|kérem|köszönöm|παρακαλώ|ευχαριστώ|בבקשה|תודה|xin|vui lòng|làm ơn|cảm ơn|si us plau|gràcies
    |molim|hvala|молим|хвала|palun|aitäh|lūdzu|paldies|prašau|ačiū|salamat|tafadhali|asante|தயவுசெய்து|நன்றி|దయచేసి|ధన్యవాదాలు"""

_ASKING = """i want to|i'd like to|i would like to|i wish to|i need to|want to|can you|could you|would you|can i
    |quiero|quisiera|deseo|necesito|me gustaría|pueden|puede|puedes|podrían|solicito
    |quero|queria|gostaria de|desejo|preciso|podem|pode|je veux|je souhaite|je voudrais|je désire|pouvez vous|merci de|veuillez
    |ich möchte|ich will|mich|können sie|kannst du|voglio|vorrei|desidero|potete|puoi
    |ik wil|me|mij|kunt u|chcę|chciałbym|chciałabym|хочу|прошу|saya ingin|saya mau|أريد|اريد|मैं चाहता हूं|tôi muốn"""

_BEFORE = "请|請|麻烦|麻煩|กรุณา|ช่วย"
_BEHIND = """してください|して下さい|をお願いします|お願いします|おねがいします|ください|してほしい|해주세요|해 주세요|해주십시오|부탁드립니다|부탁합니다
    |부탁해요|해줘|합니다|谢谢|謝謝|ครับ|ค่ะ|คะ|ด้วย"""
"""Written without a space in between."""


def listed(text: str) -> list[str]:
    """The items of a list written over several lines."""
    return [item.strip() for item in text.replace("\n", "").split("|")]


class Courtesies:
    """Strips the polite words around a request; ``plain`` is how words are compared."""

    def __init__(self, plain: Plain) -> None:
        self._plain = plain
        self._polite = _Phrases(self._phrases(_POLITE))
        self._asking = _Phrases(self._phrases(_POLITE) + self._phrases(_ASKING))
        self._before = sorted(map(plain, listed(_BEFORE)), key=len, reverse=True)
        self._behind = sorted(map(plain, listed(_BEHIND)), key=len, reverse=True)

    def _phrases(self, text: str) -> list[Phrase]:
        return [tuple(map(self._plain, phrase.split())) for phrase in listed(text)]

    def without(self, words: Phrase, *, asking: bool) -> Iterator[Phrase]:
        """The remaining words, stripped further each time; ``asking`` strips "I want to" too."""
        yield from (self._asking if asking else self._polite).without(words)

    def bare(self, text: str) -> str:
        """A text in a language without spaces, without what is put before and after a word."""
        for start in self._before:
            text = text.removeprefix(start)
        for end in self._behind:
            text = text.removesuffix(end)
        return text


class _Phrases:
    """Phrases by their first and last word, longest first."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._first: defaultdict[str, list[Phrase]] = defaultdict(list)
        self._last: defaultdict[str, list[Phrase]] = defaultdict(list)
        for phrase in sorted(phrases, key=len, reverse=True):
            self._first[phrase[0]].append(phrase)
            self._last[phrase[-1]].append(phrase)

    def without(self, words: Phrase) -> Iterator[Phrase]:
        """The words with more and more of them removed at both ends."""
        whole = words
        while words:
            left = words
            while left:
                if left != whole:
                    yield left
                size = next(
                    (len(p) for p in self._last.get(left[-1], ()) if left[-len(p) :] == p), 0
                )
                left = left[:-size] if size else ()
            size = next((len(p) for p in self._first.get(words[0], ()) if words[: len(p)] == p), 0)
            words = words[size:] if size else ()
