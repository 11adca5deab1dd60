"""What people call the columns of a contact table, in many languages."""

import re
import unicodedata
from collections.abc import Sequence
from enum import IntEnum
from functools import cache
from itertools import pairwise

PHONE = "phone"

# fmt: off
_WORDS: dict[str, str] = {
    PHONE: """phone phonenumber phoneno telephone telephonenumber tel mobile mobilephone mobilenumber mobileno
        cell cellphone cellnumber whatsapp whatsappnumber whatsappno whatsappphone whatsappid msisdn waid wa
        contactnumber contactno contactphone phone1value handset
        telefone celular fone whats zap telefono movil telefonomovil numerodetelefono numerocelular
        telephoneportable portable numerodetelephone notelephone numerodeportable gsmnummer
        mobiltelefon mobilfunk mobilfunknummer mobilnummer mobilnr handy handynummer handynr telefonnummer
        telefonnr rufnummer telefon cellulare numeroditelefono telefonocellulare numerocellulare
        telefoon telefoonnummer mobiel mobielnummer mobieletelefoon ceptelefonu cepno cepnumarasi
        telefonnumarasi telefonno gsm gsmno telefoni komorka telefonkomorkowy numertelefonu matkapuhelin
        puhelin puhelinnumero mobil telefonszam mobilszam
        телефон мобильный номертелефона мобильныйтелефон моб сотовый сотовыйтелефон телефонмобильный тел
        мобільний номертелефону мобільнийтелефон κινητο τηλεφωνο
        טלפון הטלפון נייד מספרטלפון טלפוןנייד هاتف الهاتف جوال الجوال رقمالهاتف رقمالجوال موبايل رقمالموبايل
        رقمهاتف واتساب رقمالواتساب تلفن موبایل شمارهموبایل فون फोन मोबाइल फोननंबर मोबाइलनंबर मोबाइलनम्बर व्हाट्सएप
        nomorhp nohp hp handphone nomortelepon notelp telp telepon nomorwa nowa nomorwhatsapp nomorhandphone
        sodienthoai dienthoai sdt didong เบอร์โทร เบอร์โทรศัพท์ โทรศัพท์ เบอร์มือถือ มือถือ
        电话 手机 手机号 手机号码 电话号码 联系电话 移动电话 電話 電話番号 携帯 携帯電話 携帯番号 携帯電話番号 手機 手機號碼
        電話號碼 전화번호 휴대폰 휴대폰번호 핸드폰 핸드폰번호 연락처 휴대전화 휴대전화번호 行動電話 聯絡電話 連絡電話 手機電話 手提電話 ケータイ
        mob ph phoneno mobnum iphone telemovel telemoveis nrtelemovel recapitotelefonico numerkomorkowy nrtelefonu
        nrtel telkom nrkomorkowy komorkowy mobilnitelefon cislomobilu telefonnicislo mobilnytelefon telefonnecislo
        mobilnitel mobiltelefonnummer mobiltlf telefonas mobilustelefonas mobtelefonas telefononumeris talrunis
        mobilaistalrunis telefons telefon telefonmobil numardetelefon nrtelefon nrmobil numarmobil telefonmobilny
        телефоненномер мобилентелефон мобилен бројтелефона мобилнителефон рабочийтелефон
        αρτηλεφωνου αριθμοςτηλεφωνου αρκινητου κινητοτηλεφωνο הנייד פלאפון רקםטלפון
        رقمالهاتفالمحمول الهاتفالمحمول محمول المحمول الموبايل الجوال رقمالواتس الواتساب واتس رقمجوال رقمموبايل
        شمارهتلفن تلفنهمراه شمارههمراه موبايل فوننمبر موبائلنمبر موبائل
        মোবাইল মোবাইলনম্বর ফোন ফোননম্বর தொலைபேசி தொலைபேசிஎண் கைபேசி கைபேசிஎண் మొబైల్ మొబైల్నంబర్ ఫోన్ ఫోన్నంబర్
        મોબાઇલ ફોન മൊബൈൽ ഫോൺ ಮೊಬೈಲ್ ಫೋನ್
        telpon telefonbimbit nomortelpon nomertelepon sodt dtdd dd simu nambayasimu numeroyasimu selfoon
        telefoonnommer selfoonnommer tfno tlfno tlfn tfn telef telf tlf tfnomovil telfmovil celu cel
        ceptel ceptelno ceptelefon ceptelefonno ceptelefonnumarasi ceptelefonunuz cepnumara telnumarasi tlm telem tlmovel
        telkomorkowy kom mobtel telmob handytel portatil numerotel notel""",
    "name": """name fullname contactname customername displayname clientname customer contact client
        nom nome nomecompleto cliente nombre nombrecompleto nombreyapellido nomcomplet kunde
        vollstandigername nomecognome naam volledigenaam isim adsoyad имя фио الاسم الاسمالكامل नाम nama
        namalengkap imieinazwisko jmeno jmenoaprijmeni prijmeniajmeno meno menoapriezvisko nev teljesnev nume
        numesiprenume numecomplet ime imeiprezime navn namn nimi vardas vards име името імя піб όνομα ονοματεπωνυμο
        tenkhachhang hovaten hoten ชื่อ שם שםמלא نام نامونامخانوادگی fullnames 姓名 名字 氏名 名前 お名前 이름 성명 imienazwisko""",
    "first_name": """firstname givenname forename first primeironome prenome nombres
        primernombre prenom vorname nomeproprio voornaam ad adi imie имячеловека الاسمالأول
        isminiz adiniz krestnijmeno krstnemeno keresztnev utonev prenume fornavn fornamn etunimi eesnimi namadepan
        osobnoime vorname vornamen שםפרטי 名""",
    "last_name": """lastname surname familyname last sobrenome ultimonome apellido apellidos
        nomdefamille nachname familienname cognome achternaam soyad soyadi soyadiniz soyisim nazwisko фамилия
        прізвище prijmeni priezvisko vezeteknev csaladinev numedefamilie etternavn efternavn efternamn sukunimi
        perekonnanimi namabelakang prezime επωνυμο שםמשפחה اسمالعائلة اسمالعايلة 姓""",
    "language": """language lang locale languagecode idioma lingua langue sprache taal dil
        язык اللغة bahasa 语言 言語 언어""",
    "timezone": """timezone tz fusohorario zonahoraria fuseauhoraire zeitzone fusoorario
        tijdzone saatdilimi часовойпояс 时区""",
    "consent": """consent optin optedin marketingconsent subscribed marketing consentimento
        marketingoptin optinmarketing whatsappoptin optinwhatsapp whatsappconsent whatsappmarketing
        consenttomarketing marketingpermission marketingallowed acceptsmarketing acceptsmarketingwhatsapp
        agreedtomarketing allowsmarketing allowbroadcast allowbroadcasts allowcampaign optedinforwhatsapp whatsappoptedin
        whatsappsubscribed whatsappsubscription optinstatus
        aceitamarketing aceitapublicidade aceitacomunicacoes consentimentomarketing autorizamarketing
        autorizapublicidade consentimiento aceptamarketing aceptapublicidad aceptacomunicaciones
        aceptacomunicacionescomerciales consentimientomarketing autorizapublicidad quierepublicidad
        consentement acceptemarketing acceptelemarketing acceptepublicite consentementmarketing
        einwilligung werbeeinwilligung marketingeinwilligung einwilligungmarketing einwilligungwerbung
        werbungerlaubt werbeerlaubnis consenso consensomarketing accettamarketing consensopubblicita
        toestemming toestemmingmarketing marketingtoestemming izin pazarlamaizni iletiizni ticariiletiizni
        zgoda zgodamarketingowa zgodanamarketing согласие согласиенарассылку согласиенарекламу
        согласиенамаркетинг persetujuanpemasaran setujupemasaran الموافقةعلىالتسويق 同意 营销同意 同意营销
        配信同意 マーケティング同意
        permissiontocontact permissiontomessage contactpermission oktocontact oktomessage consentstatus optinstatuswhatsapp
        consenttocontact consentgiven gdprconsent gdproptin zustimmung marketingzustimmung zustimmungmarketing werbezustimmung
        kontakterlaubnis kontakteinwilligung dsgvoeinwilligung einwilligungdsgvo permisodecontacto permisoparacontactar permisocontacto
        autorizacioncontacto consentimientocontacto consentimientorgpd consentimientowhatsapp consentimentolgpd consentimentowhatsapp
        permissaodecontato permissaodecontacto consentementrgpd autorisationdecontact consensogdpr consensocontatto toestemmingcontact
        onay onaydurumu izindurumu pazarlamaonayi ticariiletionayi ticariiletiizni ticarielektronikiletiizni ticarielektronikiletionayi
        elektronikiletiizni iletionayi iysizni iysonayi iysonay iysizin whatsappizni whatsapponayi zgodarodo zgodanakontakt souhlas samtycke
        samtykke suostumus acord hozzajarulas συγκαταθεση συναινεση згода съгласие הסכמה אישורדיוור موافقة الموافقة persetujuan
        수신동의 마케팅수신동의 수신동의여부 마케팅동의 オプトイン 同意状況 接收营销""",
}
_STOPS = """optout optedout marketingoptout optoutmarketing whatsappoptout optoutwhatsapp optedoutofmarketing
    unsubscribe unsubscribed donotcontact dontcontact donotmessage donotsend dnc nocontact nomarketing stopmarketing
    baja dadodebaja bajamarketing nocontactar noquierepublicidad sinpublicidad descadastrado naocontatar
    naoquerpublicidade desabonne desinscrit nepascontacter refusemarketing abgemeldet werbesperre keinewerbung
    werbewiderspruch nichtkontaktieren widersprochen disiscritto noncontattare afgemeld nietbenaderen
    geenmarketing wypisany niekontaktowac niewysylac brakzgodynakontakt nevolat nekontaktovat отписан отписался нерассылать 退订 配信停止"""
"""Headings of consent columns in which yes means no."""

EITHER = frozenset({"cep"})
"""Headings that mean phone in Turkish and post code in Portuguese: the values decide."""

_VAGUE = "contact contacts contatto contatti kontakte контакт kontakty number numero nummer numara номер رقم no nr num nomor 番号 号码 contacto contato kontakt"
"""Headings that may mean a phone number: the values must confirm it."""

_BESIDE = """
    billing shipping delivery order invoice customer client contact contacts primary main home work office business
    personal private company user member guest recipient lead your my full the of de da do del della du des di der la le
    el number numbers n no nr num numero nummer numara nomor value with code country plus e164 international intl
    1 one first 01 facturacion facturation rechnung lieferung kunde kunden cliente client pedido envio entrega
    cobranca contato contacto kontakt trabalho casa trabajo principal principale prive privat fatura teslimat musteri
    numarasi numer номер клиента контактный основной رقم नंबर address default guest lead patient student nbr num
    nro no nr nommer cislo číslo tel or o ou oder und y e and codigo con com mit e164 intl mobile cell номер
"""
"""Words next to "phone" that change nothing: whose it is, and that it is a number."""

_CODES = """
    id ids uid uuid guid order orders pedido bestellung commande ordine siparis заказ invoice rechnung factura fatura
    zip zipcode postal postcode plz cep cap cp postleitzahl codpostal codigopostal codepostal postnummer postnr psc irsz
    индекс 邮编 郵便番号 우편번호 code codigo ean gtin sku isbn upc iban bic account konto cuenta card karte tax vat
    cpf cnpj nif dni rut ssn tckn inn tracking reference ref imei ip ext extension 订单 订单号 注文番号 注文
"""
"""Headings of digits that identify rather than count: their leading zeros matter."""

_COUNTRY_CODES = """
    countrycode callingcode countrycallingcode dialcode dialingcode dialcountrycode countrydialcode phonecountrycode
    phonecode isdcode isd ddi codigopais codigodepais codigodelpais codigodopais
    prefijopais prefissointernazionale indicatif indicatifpays codepays landesvorwahl landerkennzahl
    landervorwahl landnummer landskod landekode ulkekodu kodkraju кодстраны кодкраины kodenegara
    مفتاحالدولة رمزالدولة كودالدولة कंट्रीकोड 国家代码 国家区号 國碼 国番号 국가코드 국가번호
"""
_COUNTRIES = """
    country countryregion nation pais land pays paese ulke страна країна kraj zeme krajina orszag tara nazione
    χωρα מדינה ארץ الدولة البلد دولة देश negara quocgia ประเทศ 国家 國家 国 国名 국가
"""
"""Headings of a person's country: its name, two-letter code or calling code."""

_COUNTS = frozenset({"total", "count", "anzahl", "cantidad", "quantidade", "nombre"})
_OTHER = f"""{_CODES}
    date datum fecha data tarih дата time timestamp created updated birth birthday amount total price sum value betrag
    valor importe montant precio preis lat latitude lon lng long longitude coordinates quantity qty age year fax type
    typ tipo model 日期 金额
"""
"""Headings of numbers that are not phone numbers, whatever they look like."""
# fmt: on

_ONE_WITH_ACCENT = str.maketrans("\u0131đłøħŧ", "idloht")
_TOKENS = re.compile(r"[^\W_]+")


class Named(IntEnum):
    """How clearly a heading says that the column holds phone numbers."""

    NEVER = -1
    SILENT = 0
    VAGUE = 1
    PHONE = 2
    WHATSAPP = 3


def _bare(header: str) -> str:
    """Lower case with accents split off, and letters whose accent is inseparable replaced."""
    return unicodedata.normalize("NFKD", header.casefold()).translate(_ONE_WITH_ACCENT)


def plain(header: str) -> str:
    """A heading without case, accents, spaces and punctuation."""
    return "".join(char for char in _bare(header) if char.isalnum())


@cache
def _words() -> dict[str, str]:
    found = {plain(word): target for target, words in _WORDS.items() for word in words.split()}
    return found | dict.fromkeys(_stops(), "consent")


@cache
def _stops() -> frozenset[str]:
    return frozenset(map(plain, _STOPS.split()))


def asks_to_stop(header: str) -> bool:
    """Whether a yes in a column with this name stops marketing: *Opt-out*, *Unsubscribed*."""
    return plain(header) in _stops()


@cache
def _beside() -> frozenset[str]:
    return frozenset(map(plain, _BESIDE.split()))


@cache
def _codes() -> frozenset[str]:
    return frozenset(map(plain, _CODES.split()))


@cache
def _other() -> frozenset[str]:
    return frozenset(map(plain, _OTHER.split()))


@cache
def _vague() -> frozenset[str]:
    return frozenset(map(plain, _VAGUE.split()))


def built_in(header: str) -> str:
    """The built-in field with exactly this name in some language; "" if there is none."""
    return _words().get(plain(header), "")


def tokens_of(header: str) -> list[str]:
    """A heading's words, each made ``plain``."""
    kept = "".join(
        char for char in _bare(header) if not unicodedata.combining(char) or char > "\u036f"
    )
    return [plain(token) for token in _TOKENS.findall(kept)]


def named(header: str) -> Named:
    """Whether a heading means phone: one word for it, and otherwise only words that change nothing."""
    tokens = [token for token in tokens_of(header) if token]
    if not tokens:
        return Named.SILENT
    if built_in(header) == PHONE or _names_phone(tokens):
        joined = plain(header)
        is_whatsapp = "whatsapp" in joined or "واتساب" in joined or "wa" in tokens
        return Named.WHATSAPP if is_whatsapp else Named.PHONE
    if plain(header) in _vague():
        return Named.VAGUE
    # Whose column it is says nothing about its contents; similar letters do not make a name a phone.
    return (
        Named.NEVER
        if built_in(header) not in {"", "name"} or not _other().isdisjoint(tokens)
        else Named.SILENT
    )


def _names_phone(tokens: list[str]) -> bool:
    """True for ``Billing Phone`` and ``Número de WhatsApp``, not for ``Phone type`` or ``WhatsApp opt-in``."""
    words = _words()
    for size in (3, 2, 1):
        for start in range(len(tokens) - size + 1):
            word = "".join(tokens[start : start + size])
            if (words.get(word) or words.get(word.rstrip("0123456789"))) == PHONE:
                rest = tokens[:start] + tokens[start + size :]
                return all(_is_beside(token) for token in rest)
    return False


def _is_beside(token: str) -> bool:
    return token in _beside() or token.isdecimal() or _words().get(token) == PHONE


def names_code(header: str) -> bool:
    """Whether digits under a heading are a code or phone number rather than an amount."""
    if named(header) >= Named.PHONE or names_country(header):
        return True
    tokens = tokens_of(header)
    if not _COUNTS.isdisjoint(tokens):
        return False
    return not _codes().isdisjoint([*tokens, *map("".join, pairwise(tokens)), plain(header)])


@cache
def _country_words() -> frozenset[str]:
    return frozenset(map(plain, f"{_COUNTRY_CODES} {_COUNTRIES}".split()))


def names_country(header: str) -> bool:
    """Whether a column holds the country, or its calling code, for the phone numbers."""
    tokens = [token for token in tokens_of(header) if token]
    if plain(header) in _country_words():
        return True
    for size in (3, 2, 1):
        for start in range(len(tokens) - size + 1):
            if "".join(tokens[start : start + size]) in _country_words():
                rest = tokens[:start] + tokens[start + size :]
                return all(
                    _is_beside(token) or token in {"name", "iso", "region"} for token in rest
                )
    return False


def country_beside(headers: Sequence[str], phone: str) -> int | None:
    """The country column that goes with a phone column: the one named like it, or else the first."""
    found = [index for index, header in enumerate(headers) if names_country(header)]
    own = frozenset(tokens_of(phone))
    codes = frozenset(map(plain, _COUNTRY_CODES.split()))
    return max(
        found,
        key=lambda at: (
            len(own.intersection(tokens_of(headers[at]))),
            plain(headers[at]) in codes,
            -at,
        ),
        default=None,
    )


def told_apart(label: str) -> str:
    """A custom field's column name in an export: never that of a built-in column."""
    return f"{label} (field)" if built_in(label) else label
