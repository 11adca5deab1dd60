"""Sentences about phone numbers."""

from api.wording.tables import N_, Table

SENTENCES: Table = {
    "phone_advice": N_("Start with + and the country code."),
    "phone_advice.file": N_(
        "Start with + and the country code, or choose how the file writes its numbers."
    ),
    "phone_country": N_("The country is not clear. Start with + and the country code."),
    "phone_country.file": N_(
        "The country is not clear. Choose a country for numbers without + or start with + and the country code."
    ),
    "phone_invalid": N_("This is not a phone number that exists in its country."),
    "phone_invalid.amount": N_("This is an amount of money, not a phone number."),
    "phone_letters": N_("A phone number has digits only."),
    "phone_letters.digits": N_(
        "A phone number has digits only. There is a letter in it, perhaps an O for a 0."
    ),
    "phone_long": N_("This phone number is too long."),
    "phone_missing": N_("The phone number is missing."),
    "phone_scientific": N_(
        "The spreadsheet shortened this number. Format the column as text and save again."
    ),
    "phone_short": N_("This phone number is too short."),
    "phone_two": N_("There are two numbers here. Keep only the one to message."),
    "phone_unclear": N_("It is not clear whose number this is. Start with + and the country code."),
    "phone_unclear.both": N_("This is %(national)s or %(other)s (%(country)s). %(advice)s"),
    "phone_unclear.broken": N_(
        "This may be %(national)s, or a number that lost a digit. %(advice)s"
    ),
    "phone_unclear.code": N_(
        "This is a number only with a country code in front: %(number)s (%(country)s). Start with + and the country code."
    ),
    "phone_unclear.digit": N_(
        "This may be %(number)s (%(country)s), or a number that lost a digit. Start with + and the country code."
    ),
    "phone_unclear.either": N_(
        "This is %(other)s (%(country)s), or a mobile number of another country without its code. %(advice)s"
    ),
    "phone_unclear.elsewhere": N_(
        "This is a number only with a country code in front: %(other)s (%(country)s), which is not a mobile number. %(advice)s"
    ),
    "phone_unclear.landline": N_(
        "In the file's country this is the landline %(national)s, and few numbers in the file are mobile numbers there. Choose their country, or say that no number has a country code."
    ),
    "phone_unclear.no_country": N_(
        "This may be %(other)s (%(country)s), but other numbers of the file have no country code. %(advice)s"
    ),
    "phone_unclear.row": N_(
        "The row says %(country)s, where this is not a valid number. Here it is the landline %(number)s. Start with + and the country code."
    ),
    "phone_unclear.two": N_(
        "This is %(number)s (%(country)s) or %(other)s (%(elsewhere)s). Start with + and the country code."
    ),
}
