"""How likely a text is in a language, learned from names of countries, languages and currencies."""

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import pairwise

from domain import locales

# Given names and surnames for letters that country names do not cover.
_NAMES = {
    "tr": """Şükrü Yıldız Ayşe Gül Özgür Çağla Işık Oğuz Kılıç Yağmur Çiğdem Uğur Öztürk Doğan Şahin
        Gökçe Büşra Tuğba Kadıköy Beşiktaş Üsküdar İstanbul Diyarbakır Güneş Çelik Aydın Yılmaz""",
    "es": """José María Núñez Muñoz Peña Íñigo Begoña Martín Sánchez Pérez González Rodríguez Ángel Iñaki
        Íñiguez Ibáñez Yáñez Castañeda Zúñiga Logroño Coruña Briceño Patiño Quiñones Toño Nuño Añaños""",
    "pt": "João Conceição Simão Assunção Gonçalves Magalhães Antônio Luís Falcão Leão Araújo Luíza",
    "fr": "François Hélène Zoé Noël Benoît Jérôme Géraldine Chloé Anaïs Gaëlle Thérèse Garçon Lefèvre",
    "de": "Jürgen Müller Schröder Björn Köhler Weiß Groß Jörg Günther Käthe Schäfer Strauß Größe Straße",
    "it": "Niccolò Nicolò Forlì Mercurì Cantù Libertà Città",
    "sv": "Åsa Björn Göran Sjöberg Håkansson Malmö Örebro Lindström Åkerström Märta",
    "da": "Søren Jørgensen Bjørn Åse Kjær Ærø Nørgaard Møller Sørensen Østergaard",
    "pl": """Łukasz Małgorzata Wójcik Zieliński Świątek Żółć Grażyna Paweł Wiśniewski Dąbrowski Kraków
        Łódź Gdańsk Wrocław Poznań Michał Kamiński Lewandowski Kowalczyk Szymański Woźniak Błażej""",
    "cs": """Jiří Dvořák Šárka Růžena Ondřej Ševčík Čapek Ščerba Zdeněk Libuše Matěj Novák Černý Procházka
        Kučera Veselý Němec Pokorný Růžička Benešová Krejčí Tomáš Lukáš Plzeň""",
    "sk": "Ľubomír Ďurica Tomáš Košice Žilina Kováč Horváth Štefan Ľudmila Šťastný Ján Čierny Mäsiar",
    "hu": "Győző Ágnes Zoltán Szűcs Erdős László Kőszegi Örs Gyöngyi Tóth Kovács Horváth Sándor György",
    "ro": "Ștefan Țiriac Ionuţ Mădălina Bogdănescu Drăgan Iaşi Constanţa Mureşan Băsescu Şerban Ţepeş",
    "hr": "Đurđa Šimić Živković Kovačević Lučić Žarko Tomislav Čović Horvat Babić Marić Jurić",
    "ru": """Юлия Сергей Екатерина Дмитрий Щербаков Алексей Наталья Иванович Кузнецов Фёдор Жанна
        Москва Петербург Имя Телефон Город Смирнов Попов Васильев Ольга Ирина Александр Мария""",
    "uk": "Олександр Їжакевич Ганна Євген Шевченко Мар'яна Зінаїда Київ Львів Ярослав Андрій",
    "bg": "Георги Иванов Димитър Стоянов Цветелина Пламен Петър Мария София Пловдив Варна",
    "el": """Παπαδόπουλος Γιώργος Ελένη Κατερίνα Αθήνα Χρήστος Δημήτρης Παναγιώτα Όνομα Τηλέφωνο Κώστας
        Ιωάννης Νικόλαος Μαρία Θεσσαλονίκη Γεώργιος Αντώνης Σοφία""",
    "he": "דוד כהן שרה לוי יעקב מזרחי תל אביב ירושלים שם טלפון רחל משה אברהם חיים שמעון",
    "ar": "محمد أحمد فاطمة الرحمن عبد خالد القاهرة الرياض الاسم الهاتف حسن علي يوسف إبراهيم",
    "fa": "علی رضا محمد فاطمه تهران زهرا حسین پروین گیتی کیانوش ژاله",
    "vi": "Nguyễn Trần Lê Phạm Hoàng Đặng Bùi Đỗ Hồ Ngô Thị Hương",
    "th": "สมชาย สมหญิง กรุงเทพ ชื่อ โทรศัพท์ เชียงใหม่ ณัฐ พงษ์ ศรี วรรณ",
    "ja": """佐藤 鈴木 高橋 田中 渡辺 伊藤 山本 中村 小林 加藤 山田 太郎 花子 東京 大阪 名前 電話番号 様 株式会社
        さくら ひろし ゆうこ けんじ あきら まゆみ 氏名 住所 京都 横浜 松本 井上 木村 清水""",
    "zh": "王 李 张 刘 陈 杨 黄 赵 周 吴 伟 芳 娜 秀英 敏 静 丽 强 磊 军 姓名 电话 手机 北京 上海 广州 小明 先生 城市 地址",
    "zh_Hant": "王 李 張 劉 陳 楊 黃 趙 周 吳 林 偉 芳 美玲 怡君 志明 淑芬 姓名 電話 手機 臺北 台北 高雄 先生 小姐 城市 地址",
    "ko": "김 이 박 최 정 강 조 윤 장 임 민준 서연 지훈 수진 영희 철수 이름 전화번호 서울 부산 님 주소 영수 민수 현우",
}
HEADINGS = {
    tongue: frozenset(words.split())
    for tongue, words in {
        "tr": "ad soyad adi soyadi isim cep sehir adres telefonu",
        "es": "nombre apellido apellidos movil telefono celular ciudad correo direccion",
        "pt": "nome sobrenome telefone celular cidade endereco",
        "fr": "nom prenom portable telephone ville adresse",
        "de": "vorname nachname strasse ort handy anrede",
        "it": "nome cognome cellulare telefono indirizzo",
        "sv": "namn fornamn efternamn",
        "da": "navn fornavn efternavn mobil",
        "pl": "imie nazwisko miasto ulica",
        "cs": "jmeno prijmeni mesto",
        "hu": "nev telefonszam varos",
        "ro": "nume prenume oras localitate",
    }.items()
}
"""Column names in plain letters that show the language of a table."""

_FLOOR = {"zh": 3e-5, "zh_Hant": 3e-5, "ja": 3e-5, "ko": 5e-5}
_UPPER_INSIDE = math.log(0.004)
_MIXED_SCRIPTS = math.log(1e-4)


class Language:
    """The letters and letter pairs of one language."""

    def __init__(self, words: Iterable[str], floor: float) -> None:
        self._singles: Counter[str] = Counter()
        self._pairs: Counter[str] = Counter()
        self._before: Counter[str] = Counter()
        for word in words:
            marked = f" {_lower(word)} "
            self._singles.update(marked[1:])
            self._pairs.update(map("".join, pairwise(marked)))
            self._before.update(marked[:-1])
        self._total = sum(self._singles.values())
        self._floor = floor
        self._known: dict[str, float] = {}

    def likelihood(self, word: str) -> float:
        """The log likelihood of a word, by spelling and case."""
        marked = f" {_lower(word)} "
        pairs = map("".join, pairwise(marked))
        return sum(map(self._pair, pairs)) + _shape(word)

    def _pair(self, pair: str) -> float:
        found = self._known.get(pair)
        if found is None:
            before = self._before[pair[0]]
            chance = 0.7 * self._pairs[pair] / before if before else 0.0
            chance += 0.25 * self._singles[pair[1]] / self._total
            found = self._known[pair] = math.log(chance + 0.05 * self._base(pair[1]))
        return found

    def _base(self, char: str) -> float:
        kind = unicodedata.category(char)
        return (
            self._floor
            if kind[0] in "LNM" or char == " "
            else self._floor / (1e5 if kind[0] == "C" else 4)
        )


def _lower(word: str) -> str:
    return word.replace("İ", "i").lower()


def _script(char: str) -> str:
    return unicodedata.name(char, "?").split(" ", 1)[0]


def _shape(word: str) -> float:
    """The penalty for capitals after small letters, and for two scripts in one word."""
    cost = sum(_UPPER_INSIDE for a, b in pairwise(word) if a.islower() and b.isupper())
    scripts = {"LATIN" in _script(char) for char in word if char.isalpha()}
    return cost + (_MIXED_SCRIPTS if len(scripts) > 1 else 0.0)


@cache
def language(code: str) -> Language:
    """The model of a language, learned on first use."""
    with locales.briefly(code) as locale:
        names = (locale.territories, locale.languages, locale.currencies)
        words = [word for kind in names for text in kind.values() for word in str(text).split()]
    return Language(words + 8 * _NAMES.get(code, "").split(), _FLOOR.get(code, 1e-3))
