"""What a person reads after stopping marketing, in the language of the word that stopped it."""

from collections.abc import Sequence

from domain.stop_words import Wish

DEFAULT = "en"

STOPPED: dict[str, str] = {
    "en": "You will get no more marketing messages from us. Write START if you change your mind.",
    "es": "No recibirás más mensajes promocionales nuestros. Escribe ALTA si cambias de opinión.",
    "pt": "Você não receberá mais mensagens promocionais. Escreva VOLTAR se mudar de ideia.",
    "fr": "Vous ne recevrez plus de messages promotionnels de notre part. Écrivez START si vous changez d'avis.",
    "de": "Sie erhalten von uns keine Werbung mehr. Schreiben Sie START, wenn Sie es sich anders überlegen.",
    "it": "Non riceverai più messaggi promozionali da noi. Scrivi START se cambi idea.",
    "nl": "Je ontvangt geen reclame meer van ons. Schrijf START als je van gedachten verandert.",
    "pl": "Nie będziemy już wysyłać Ci wiadomości marketingowych. Napisz START, jeśli zmienisz zdanie.",
    "tr": "Bizden artık pazarlama mesajı almayacaksınız. Fikrinizi değiştirirseniz START yazın.",
    "id": "Anda tidak akan lagi menerima pesan promosi dari kami. Tulis MULAI jika berubah pikiran.",
    "ms": "Anda tidak akan menerima mesej promosi daripada kami lagi. Tulis MULA jika anda berubah fikiran.",
    "ar": "لن تصلك منا رسائل تسويقية بعد الآن. اكتب START إذا غيرت رأيك.",
    "hi": "अब आपको हमसे प्रचार संदेश नहीं मिलेंगे। मन बदले तो START लिखें।",
    "bn": "আপনি আর আমাদের প্রচারমূলক বার্তা পাবেন না। মত বদলালে START লিখুন।",
    "ur": "اب آپ کو ہماری طرف سے تشہیری پیغامات نہیں ملیں گے۔ ارادہ بدلے تو START لکھیں۔",
    "fa": "دیگر پیام تبلیغاتی از ما دریافت نمی‌کنید. اگر نظرتان عوض شد START بنویسید.",
    "ru": "Вы больше не будете получать от нас рекламные сообщения. Напишите СТАРТ, если передумаете.",
    "uk": "Ви більше не отримуватимете від нас рекламних повідомлень. Напишіть СТАРТ, якщо передумаєте.",
    "bg": "Повече няма да получавате рекламни съобщения от нас. Напишете СТАРТ, ако промените решението си.",
    "sv": "Du får inga fler reklammeddelanden från oss. Skriv START om du ändrar dig.",
    "da": "Du får ikke flere reklamebeskeder fra os. Skriv START, hvis du ombestemmer dig.",
    "nb": "Du får ikke flere reklamemeldinger fra oss. Skriv START hvis du ombestemmer deg.",
    "fi": "Emme lähetä sinulle enää markkinointiviestejä. Kirjoita START, jos muutat mielesi.",
    "cs": "Už vám nebudeme posílat reklamní zprávy. Napište START, pokud si to rozmyslíte.",
    "sk": "Už vám nebudeme posielať reklamné správy. Napíšte START, ak si to rozmyslíte.",
    "ro": "Nu veți mai primi mesaje promoționale de la noi. Scrieți START dacă vă răzgândiți.",
    "hu": "Nem küldünk Önnek több reklámüzenetet. Írja meg, hogy START, ha meggondolja magát.",
    "el": "Δεν θα λαμβάνετε πλέον διαφημιστικά μηνύματα από εμάς. Γράψτε START αν αλλάξετε γνώμη.",
    "he": "לא נשלח אליך יותר הודעות שיווקיות. אפשר לכתוב START כדי לחזור.",
    "ja": "今後、宣伝メッセージはお送りしません。再開する場合は「START」とお送りください。",
    "ko": "앞으로 광고 메시지를 보내지 않겠습니다. 다시 받으려면 START라고 보내 주세요.",
    "zh": "您将不再收到我们的营销消息。如需恢复，请回复 START。",
    "vi": "Bạn sẽ không nhận tin quảng cáo từ chúng tôi nữa. Hãy nhắn START nếu bạn đổi ý.",
    "th": "คุณจะไม่ได้รับข้อความส่งเสริมการขายจากเราอีก พิมพ์ START หากคุณเปลี่ยนใจ",
    "ca": "No rebràs més missatges promocionals nostres. Escriu START si canvies d'opinió.",
    "hr": "Više nećete primati naše promotivne poruke. Napišite START ako se predomislite.",
    "sr": "Више нећете примати наше промотивне поруке. Напишите START ако се предомислите.",
    "sl": "Ne boste več prejemali naših oglasnih sporočil. Napišite START, če si premislite.",
    "lt": "Daugiau nebegausite mūsų reklaminių žinučių. Parašykite START, jei persigalvosite.",
    "lv": "Jūs vairs nesaņemsiet mūsu reklāmas ziņas. Rakstiet START, ja pārdomāsiet.",
    "et": "Te ei saa meilt enam reklaamsõnumeid. Kirjutage START, kui mõtlete ümber.",
    "tl": "Hindi ka na makakatanggap ng mga promosyon mula sa amin. I-text ang START kung magbago ang isip mo.",
    "sw": "Hutapokea tena ujumbe wa matangazo kutoka kwetu. Andika START ukibadilisha mawazo.",
    "ta": "இனி எங்களிடமிருந்து விளம்பரச் செய்திகள் வராது. மனம் மாறினால் START என எழுதவும்.",
    "te": "ఇకపై మా నుండి ప్రచార సందేశాలు రావు. మనసు మారితే START అని రాయండి.",
}  # fmt: skip


def confirmation(wish: Wish, own: Sequence[str]) -> str:
    """The text in the word's language; ``own`` are languages of the person, the surest first.

    An English word is written by people of any language: then their own language decides.
    """
    fitting = [language for language in own if language in STOPPED]
    if DEFAULT not in wish.languages:
        fitting = [language for language in fitting if language in wish.languages]
        fitting += [language for language in wish.languages if language in STOPPED]
    return STOPPED[next(iter(fitting), DEFAULT)]
