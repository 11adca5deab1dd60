"""The reply to a person who stopped or allowed marketing, in the language of the word they used."""

from collections.abc import Mapping, Sequence

from domain.consent import Action
from domain.wishes import Wish

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


ALLOWED: dict[str, str] = {
    "en": "You can get marketing messages from us again. Write STOP to end them.",
    "es": "Podrás volver a recibir nuestros mensajes promocionales. Escribe BAJA para dejar de recibirlos.",
    "pt": "Você poderá voltar a receber nossas mensagens promocionais. Escreva SAIR para deixar de recebê-las.",
    "fr": "Vous pouvez de nouveau recevoir nos messages promotionnels. Écrivez STOP pour ne plus en recevoir.",
    "de": "Sie können wieder Werbung von uns erhalten. Schreiben Sie STOP, wenn Sie keine mehr möchten.",
    "it": "Potrai ricevere di nuovo i nostri messaggi promozionali. Scrivi STOP per non riceverne più.",
    "nl": "Je kunt weer reclame van ons ontvangen. Schrijf STOP als je dat niet meer wilt.",
    "pl": "Znów możemy wysyłać Ci wiadomości marketingowe. Napisz STOP, aby z nich zrezygnować.",
    "tr": "Bizden yeniden pazarlama mesajı alabilirsiniz. Almak istemezseniz STOP yazın.",
    "id": "Anda dapat menerima pesan promosi dari kami lagi. Tulis BERHENTI untuk menghentikannya.",
    "ms": "Anda boleh menerima mesej promosi daripada kami semula. Tulis BERHENTI untuk menghentikannya.",
    "ar": "يمكن أن تصلك رسائلنا التسويقية من جديد. اكتب STOP لإيقافها.",
    "hi": "अब आपको हमसे फिर प्रचार संदेश मिल सकते हैं। बंद करने के लिए STOP लिखें।",
    "bn": "আপনি আবার আমাদের প্রচারমূলক বার্তা পেতে পারেন। বন্ধ করতে STOP লিখুন।",
    "ur": "اب آپ کو ہماری طرف سے دوبارہ تشہیری پیغامات مل سکتے ہیں۔ روکنے کے لیے STOP لکھیں۔",
    "fa": "ممکن است دوباره پیام تبلیغاتی از ما دریافت کنید. برای قطع آن STOP بنویسید.",
    "ru": "Вы снова можете получать от нас рекламные сообщения. Напишите СТОП, чтобы отказаться.",
    "uk": "Ви знову можете отримувати від нас рекламні повідомлення. Напишіть СТОП, щоб відмовитися.",
    "bg": "Отново можете да получавате рекламни съобщения от нас. Напишете СТОП, за да се откажете.",
    "sv": "Du kan få reklammeddelanden från oss igen. Skriv STOPP om du inte vill ha dem.",
    "da": "Du kan igen få reklamebeskeder fra os. Skriv STOP, hvis du ikke vil have dem.",
    "nb": "Du kan få reklamemeldinger fra oss igjen. Skriv STOPP hvis du ikke vil ha dem.",
    "fi": "Voit taas saada meiltä markkinointiviestejä. Kirjoita STOP, jos et halua niitä.",
    "cs": "Opět vám můžeme posílat reklamní zprávy. Napište STOP, pokud je nechcete.",
    "sk": "Opäť vám môžeme posielať reklamné správy. Napíšte STOP, ak ich nechcete.",
    "ro": "Puteți primi din nou mesaje promoționale de la noi. Scrieți STOP dacă nu le doriți.",
    "hu": "Ismét küldhetünk Önnek reklámüzeneteket. Írja meg, hogy STOP, ha nem kéri őket.",
    "el": "Μπορείτε να λαμβάνετε ξανά διαφημιστικά μηνύματα από εμάς. Γράψτε STOP αν δεν τα θέλετε.",
    "he": "אפשר לקבל מאיתנו שוב הודעות שיווקיות. אפשר לכתוב STOP כדי להפסיק.",
    "ja": "宣伝メッセージを再びお送りできるようになりました。停止する場合は「STOP」とお送りください。",
    "ko": "광고 메시지를 다시 받으실 수 있습니다. 그만 받으려면 STOP이라고 보내 주세요.",
    "zh": "您可以重新收到我们的营销消息。如需停止，请回复 STOP。",
    "vi": "Bạn có thể nhận lại tin quảng cáo từ chúng tôi. Hãy nhắn STOP nếu không muốn nhận nữa.",
    "th": "คุณสามารถรับข้อความส่งเสริมการขายจากเราได้อีกครั้ง พิมพ์ STOP หากไม่ต้องการรับ",
    "ca": "Pots tornar a rebre els nostres missatges promocionals. Escriu BAIXA per deixar de rebre'ls.",
    "hr": "Ponovno možete primati naše promotivne poruke. Napišite STOP ako ih ne želite.",
    "sr": "Поново можете примати наше промотивне поруке. Напишите СТОП ако их не желите.",
    "sl": "Znova lahko prejemate naša oglasna sporočila. Napišite STOP, če jih ne želite.",
    "lt": "Vėl galite gauti mūsų reklaminių žinučių. Parašykite STOP, jei jų nenorite.",
    "lv": "Jūs atkal varat saņemt mūsu reklāmas ziņas. Rakstiet STOP, ja tās nevēlaties.",
    "et": "Te võite meilt taas reklaamsõnumeid saada. Kirjutage STOP, kui te neid ei soovi.",
    "tl": "Makakatanggap ka na ulit ng mga promosyon mula sa amin. I-text ang STOP kung ayaw mo na.",
    "sw": "Unaweza kupokea tena ujumbe wa matangazo kutoka kwetu. Andika STOP ukitaka kuacha.",
    "ta": "எங்களிடமிருந்து மீண்டும் விளம்பரச் செய்திகள் வரலாம். வேண்டாம் என்றால் STOP என எழுதவும்.",
    "te": "మా నుండి ప్రచార సందేశాలు మళ్లీ రావచ్చు. వద్దనుకుంటే STOP అని రాయండి.",
}  # fmt: skip

TEXTS: Mapping[Action, Mapping[str, str]] = {Action.STOP: STOPPED, Action.AGREE: ALLOWED}


def confirmation(wish: Wish, own: Sequence[str]) -> str:
    """The text in the language of the word they used; ``own`` are the person's languages, most certain first.

    People of any language may use an English word, so then their own language decides.
    """
    texts = TEXTS[wish.action]
    fitting = [language for language in own if language in texts]
    if DEFAULT not in wish.languages:
        fitting = [language for language in fitting if language in wish.languages]
        fitting += [language for language in wish.languages if language in texts]
    return texts[next(iter(fitting), DEFAULT)]
