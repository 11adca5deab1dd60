"""Phone numbers as the Cloud API reads them: calling codes, normalisation and the US rule."""

import re

# calling code:ISO country; the longest prefix wins
_CODES = """
1:US 7:RU 20:EG 27:ZA 30:GR 31:NL 32:BE 33:FR 34:ES 36:HU 39:IT 40:RO 41:CH 43:AT 44:GB 45:DK
46:SE 47:NO 48:PL 49:DE 51:PE 52:MX 53:CU 54:AR 55:BR 56:CL 57:CO 58:VE 60:MY 61:AU 62:ID 63:PH
64:NZ 65:SG 66:TH 76:KZ 77:KZ 81:JP 82:KR 84:VN 86:CN 90:TR 91:IN 92:PK 93:AF 94:LK 95:MM 98:IR
211:SS 212:MA 213:DZ 216:TN 218:LY 220:GM 221:SN 222:MR 223:ML 224:GN 225:CI 226:BF 227:NE
228:TG 229:BJ 230:MU 231:LR 232:SL 233:GH 234:NG 235:TD 236:CF 237:CM 238:CV 239:ST 240:GQ
241:GA 242:CG 243:CD 244:AO 245:GW 248:SC 249:SD 250:RW 251:ET 252:SO 253:DJ 254:KE 255:TZ
256:UG 257:BI 258:MZ 260:ZM 261:MG 263:ZW 264:NA 265:MW 266:LS 267:BW 268:SZ 269:KM 291:ER
297:AW 298:FO 299:GL 350:GI 351:PT 352:LU 353:IE 354:IS 355:AL 356:MT 357:CY 358:FI 359:BG
370:LT 371:LV 372:EE 373:MD 374:AM 375:BY 376:AD 377:MC 378:SM 380:UA 381:RS 382:ME 383:XK
385:HR 386:SI 387:BA 389:MK 420:CZ 421:SK 423:LI 501:BZ 502:GT 503:SV 504:HN 505:NI 506:CR
507:PA 509:HT 591:BO 592:GY 593:EC 595:PY 597:SR 598:UY 599:CW 670:TL 673:BN 675:PG 676:TO
677:SB 678:VU 679:FJ 685:WS 852:HK 853:MO 855:KH 856:LA 880:BD 886:TW 960:MV 961:LB 962:JO
963:SY 964:IQ 965:KW 966:SA 967:YE 968:OM 970:PS 971:AE 972:IL 973:BH 974:QA 975:BT 976:MN
977:NP 992:TJ 993:TM 994:AZ 995:GE 996:KG 998:UZ
"""
CALLING_CODES: dict[str, str] = dict(pair.split(":") for pair in _CODES.split())

# Area codes of the +1 plan outside the United States (Canada, Caribbean), toll-free ones, and 555,
# which is fictional: Meta's own test numbers use it.
_AREA_CODES = """
204 226 236 249 250 257 263 289 306 343 354 365 367 368 382 403 416 418 428 431 437 438 450 468
474 506 514 519 548 579 581 584 587 604 613 639 647 672 683 705 709 742 753 778 780 782 807 819
825 867 873 879 902 905 942 242 246 264 268 284 345 441 473 649 658 664 721 758 767 784 809 829
849 868 869 876 500 521 522 533 544 555 566 577 588 600 622 700 710 800 833 844 855 866 877 888
900
"""
_NOT_US = frozenset(_AREA_CODES.split())

_PUNCTUATION = re.compile(r"[\s().\-/]+")


def calling_code(digits: str) -> str:
    """The calling code a number starts with, or an empty string."""
    for length in (3, 2, 1):
        if digits[:length] in CALLING_CODES:
            return digits[:length]
    return ""


def country_of(digits: str) -> str:
    """ISO country of a number; US for an unknown prefix, as Meta falls back."""
    return CALLING_CODES.get(calling_code(digits), "US")


def is_us(digits: str) -> bool:
    """Whether marketing templates to this number are blocked like those to US numbers."""
    return len(digits) == 11 and digits[0] == "1" and digits[1:4] not in _NOT_US


def recipient_digits(raw: object) -> str | None:
    """The digits of a full international number, with or without its plus."""
    if type(raw) is int:  # Graph accepts numbers as texts
        raw = str(raw)
    if not isinstance(raw, str):
        return None
    text = raw if raw[1:].isdecimal() else _PUNCTUATION.sub("", raw)
    digits = text[1:] if text[:1] == "+" else text
    whole = digits.isascii() and digits.isdecimal() and 7 <= len(digits) <= 15
    return digits if whole and digits[0] != "0" else None


def pretty(digits: str) -> str:
    """A number as people read it: calling code, then groups."""
    code = calling_code(digits) or digits[:2]
    rest = digits[len(code) :]
    groups = [rest[index : index + 3] for index in range(0, len(rest), 3)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return f"+{code} {' '.join(groups)}".strip()
