"""The words with which people stop or allow marketing, in many languages; lists are separated by "|"."""

from collections.abc import Mapping

STOP: Mapping[str, str] = {
    "en": """stop|stop all|stop it|stop please|please stop|stop now|stop this|unsubscribe|unsubscribe me|unsubscribe all
        |please unsubscribe|please unsubscribe me|unsub|opt out|optout|opt me out|remove me|remove me from the list
        |remove me from your list|take me off|take me off your list|stop messaging me|stop texting me|stop writing me
        |stop sending me messages|do not contact me|don't contact me|do not message me|don't message me|no more|quit|revoke|revoke consent|stop messaging|stop texting|stop contacting me|stop spamming|stop spamming me|stop sending|stop sending me this|stop bothering me|leave me alone|delete my number|remove my number|remove my number from your list|remove me from list|unsuscribe|unsubcribe|unsubscibe|unscribe|unsubscribed|do not disturb|dnd|don't text me|do not text me|do not contact me again|don't contact me again|do not message me again|stop everything|unsubscribe from everything|unsubscribe from all|unsubscribe from list|unsubscribe from the list|unsubscribe from your list|opt out all|optout all|opt out of all|opt out of everything""",
    "es": """baja|bajas|la baja|dar baja|dar de baja|darme de baja|dame de baja|deme de baja|denme de baja|baja por favor|de baja
        |quiero darme de baja|quiero la baja|baja lista|alto|parar|detener|deten|detente|desuscribir|desuscribirme|desuscribirse
        |desuscripcion|cancelar suscripcion|cancelar mi suscripcion|anular suscripcion|no me escriban mas|no me envien mas
        |no enviar mas|no envien mas|no me escriban|no molestar|eliminarme|eliminarme de la lista|borrarme|darse de baja|elimíname|elimíname de la lista|eliminen mi número|borrar mi número|borren mi número|no me contacten|no me contacten más|no me molesten|no molesten|desuscribirme de la lista""",
    "pt": """parar|pare|sair|descadastrar|descadastre|descadastrar me|me descadastre|descadastro|cancelar inscrição|cancelar a inscrição
        |cancelar assinatura|cancelar cadastro|remover me|me remova|me remova da lista|quero sair|sair da lista|sair do grupo
        |não quero mais receber|não quero receber|não receber mais|não me envie mais|não perturbe|anular subscrição|dar baixa|não quero mais|me tira da lista|me tire da lista|tirar da lista|não me mandem mais mensagens|excluir meu número|apagar meu número""",
    "fr": """arrêt|arrêter|arrêtez|arrête|stop svp|stop sms|stop pub|stop whatsapp|désabonner|me désabonner|se désabonner|désabonnez moi
        |désabonne moi|désabonnement|désinscrire|me désinscrire|se désinscrire|désinscrivez moi|désinscription
        |ne plus recevoir|ne plus m'écrire|ne m'écrivez plus|ne me contactez plus|retirez moi de la liste|supprimez mon numéro|laissez moi tranquille|retirez mon numéro""",
    "de": """stopp|stoppen|stop bitte|stopp bitte|bitte stoppen|abmelden|abmeldung|bitte abmelden|mich abmelden|abbestellen|bitte abbestellen
        |austragen|bitte austragen|keine werbung|keine werbung mehr|keine weitere werbung|werbung aus|newsletter abbestellen
        |keine nachrichten mehr|nicht mehr schreiben|bitte nicht mehr schreiben|aufhören|löschen sie meine nummer|meine nummer löschen|lassen sie mich in ruhe|kontaktieren sie mich nicht mehr|keine whatsapp mehr""",
    "it": """fermare|disiscrivi|disiscrivimi|disiscriviti|disiscrizione|disiscrivermi|cancellami|cancellatemi|cancella iscrizione
        |cancellare iscrizione|annulla iscrizione|cancellami dalla lista|interrompi|interrompere|rimuovimi|non scrivetemi più
        |non scrivermi più|non contattatemi più|revoca consenso|rimuovete il mio numero|cancellate il mio numero|lasciatemi in pace""",
    "nl": """stoppen|afmelden|meld me af|meld mij af|afmelding|uitschrijven|schrijf me uit|schrijf mij uit|geen reclame|geen reclame meer
        |geen berichten meer|stop aub""",
    "pl": """wypisz|wypisz mnie|wypisz się|wypisać|wypisuję się|zatrzymaj|anuluj subskrypcję|odsubskrybuj|usuń mnie
        |proszę o wypisanie|nie wysyłać|rezygnuję|usuńcie mój numer|proszę nie pisać|nie piszcie""",
    "tr": """dur|iptal|çık|durdur|durdurun|ret|abonelikten çık|aboneliği iptal et|abonelik iptal|listeden çık|listeden çıkar|çıkış|mesaj atmayın
        |mesaj istemiyorum""",
    "id": "berhenti|henti|hentikan|berhenti berlangganan|unreg|batal langganan|jangan kirim lagi",
    "ms": "berhenti|hentikan|henti langganan|berhenti melanggan|nyahlanggan",
    "ar": """توقف|إيقاف|أوقف|وقف|قف|ستوب|إلغاء الاشتراك|الغاء الاشتراك|إلغاء اشتراك|الغي الاشتراك|إلغاء اشتراكي|إيقاف الرسائل
        """,
    "hi": "रोकें|रोको|रोक दो|रोक दें|बंद करें|बंद करो|बंद कर दो|स्टॉप|स्टाप|सदस्यता समाप्त|सदस्यता समाप्त करें|सदस्यता रद्द करें|अनसब्सक्राइब",
    "bn": "বন্ধ করুন|বন্ধ কর|স্টপ|থামুন|আনসাবস্ক্রাইব",
    "ur": "بند کریں|بند کرو|روکیں|سٹاپ|ان سبسکرائب",
    "fa": "لغو|لغو اشتراک|لغو۱۱|لغو11|توقف",
    "ru": """стоп|отписаться|отписка|отпиши|отпишите|отпиши меня|отпишите меня|отписать|отписать меня|отмена подписки
        |отменить подписку|не писать|не пишите|больше не пишите|не присылать|не беспокоить|удалите меня|удалите мой номер|не пишите мне|не пишите мне больше|больше не пишите мне|не присылайте|отстаньте""",
    "uk": "стоп|відписатися|відписатись|відписка|відпишіть|відпишіть мене|відписати|зупинити|скасувати підписку|не пишіть|не пишіть мені|видаліть мій номер",
    "bg": "стоп|спри|спрете|отпиши|отпиши ме|отпишете ме|отписване",
    "sv": "stopp|stoppa|avregistrera|avregistrera mig|avanmäl|avanmäl mig|avanmälan|avprenumerera|sluta",
    "da": "stop|afmeld|afmeld mig|frameld|frameld mig|afmelding|framelding|afmeld mig venligst",
    "nb": "stopp|stans|meld av|meld meg av|avmeld|avmeld meg|avmelding|avslutt abonnement",
    "fi": "lopeta|lopettakaa|peru tilaus|peruuta tilaus|poista minut",
    "cs": "odhlásit|odhlásit se|odhlaste mě|odhlas mě|odhlášení|zrušit odběr|zastavit",
    "sk": "odhlásiť|odhlásiť sa|odhláste ma|odhlásenie|zrušiť odber|zastaviť",
    "ro": "dezabonare|dezabonați mă|dezabonează mă|mă dezabonez|dezabonez|oprește|opriți|opreste",
    "hu": "leiratkozás|leiratkozom|leiratkozni|leiratkoztatás|állj|állítsd le|ne írjanak|töröljenek",
    "el": "στοπ|διαγραφή|διαγράψτε με|διέγραψε με|κατάργηση εγγραφής|απεγγραφή|σταμάτα|σταματήστε|διακοπή",
    "he": "הסר|הסירו|הסירי|הסר אותי|הסירו אותי|הסרה|להסרה|להסיר|עצור|עצרו|הפסק|הפסיקו|סטופ|די לפרסומות|לא מעוניין בפרסומות|לא לשלוח|אל תשלחו",
    "ja": "停止|配信停止|ストップ|解除|登録解除|配信解除|購読解除|購読停止|配信不要|やめて|送らないで|送信停止",
    "ko": "중지|정지|중단|그만|스톱|스탑|수신거부|수신 거부|구독취소|구독 취소|구독해지|구독 해지|해지|거부",
    "zh": "退订|退訂|td|停止|停止订阅|停止訂閱|取消订阅|取消訂閱|拒收|取消关注|不要再发|不要再發|拒絕接收|停|不要再发了|不要再發了|别再发了|別再發了|请勿打扰|請勿打擾|不要打扰",
    "vi": "dừng|dừng lại|ngừng|ngưng|hủy đăng ký|huỷ đăng ký|hủy nhận tin|từ chối nhận tin|tc",
    "th": "หยุด|หยุดส่ง|ยกเลิกการสมัคร|ยกเลิกรับข่าวสาร|เลิกรับ|ไม่รับ",
    "ca": "baixa|donar me de baixa|dona'm de baixa|doneu me de baixa|atura|aturar|cancel·lar subscripció",
    "hr": "odjava|odjavi|odjavi me|odjavite me|zaustavi|prestani",
    "sr": "одјава|одјави ме|стоп|заустави",
    "sl": "odjava|odjavi me|odjavite me|ustavi",
    "lt": "atsisakyti|atsisakau|sustabdyti|atsisakyti prenumeratos",
    "lv": "atteikties|atrakstīties|apturēt|atsakos",
    "et": "loobu|loobun|lõpeta|peata",
    "tl": "itigil|tigil|ihinto|tumigil",
    "sw": "simama|komesha|jiondoe|sitisha",
    "ta": "நிறுத்து|நிறுத்தவும்|ஸ்டாப்",
    "te": "ఆపు|ఆపండి|స్టాప్",
}  # fmt: skip

START: Mapping[str, str] = {
    "en": "start|unstop|subscribe|resubscribe|subscribe me|opt in|optin|opt me in|resume|start again|resubscribe me|start promotions|resume promotions|start messages|resume messages|start marketing|resume marketing|start offers|resume offers",
    "es": "alta|darme de alta|dame de alta|iniciar|reanudar|suscribir|suscribirme|empezar|comenzar|activar",
    "pt": "voltar|retomar|iniciar|começar|inscrever|inscrever me|me inscreva|cadastrar|reativar|quero receber|alta",
    "fr": "reprendre|commencer|démarrer|m'abonner|abonner|abonnez moi|réabonner|me réabonner|réactiver",
    "de": "starten|anmelden|wieder anmelden|bitte anmelden|abonnieren|fortsetzen",
    "it": "iniziare|inizia|iscrivimi|iscriviti|iscrizione|riprendi|riattiva|iscrivi",
    "nl": "starten|aanmelden|inschrijven|meld me aan|hervatten",
    "pl": "zapisz|zapisz mnie|wznów|zapisuję się",
    "tr": "başla|başlat|abone ol|kabul",
    "id": "mulai|berlangganan|lanjutkan|reg",
    "ms": "mula|langgan",
    "ar": "ابدأ|بدء|ابدا|اشتراك|اشترك|استئناف",
    "hi": "शुरू|शुरू करें|शुरू करो|स्टार्ट|सदस्यता लें",
    "bn": "শুরু|শুরু করুন|স্টার্ট",
    "ur": "شروع|شروع کریں",
    "fa": "شروع|اشتراک",
    "ru": "старт|начать|подписаться|подписка|возобновить|подпишите меня",
    "uk": "старт|почати|підписатися|підписатись|відновити",
    "bg": "старт|абонирай ме|започни",
    "sv": "starta|anmäl|anmäl mig|prenumerera|återuppta",
    "da": "tilmeld|tilmeld mig|genoptag",
    "nb": "meld på|meld meg på|påmelding|gjenoppta",
    "fi": "aloita|tilaa|jatka",
    "cs": "přihlásit|přihlásit se|odebírat|začít",
    "sk": "prihlásiť|prihlásiť sa|odoberať|začať",
    "ro": "abonare|abonează mă|mă abonez|pornește|reia",
    "hu": "feliratkozás|feliratkozom|indítás",
    "el": "έναρξη|εγγραφή|εγγράψτε με|συνέχεια",
    "he": "התחל|התחילו|הרשמה|הצטרף|הרשמו אותי",
    "ja": "開始|再開|スタート|登録|購読|配信再開",
    "ko": "시작|스타트|구독|재개|수신동의|수신 동의",
    "zh": "开始|開始|订阅|訂閱|恢复|恢復|重新订阅|重新訂閱",
    "vi": "bắt đầu|đăng ký|tiếp tục",
    "th": "เริ่ม|สมัคร|สมัครรับข่าวสาร",
    "ca": "alta|començar|donar me d'alta",
    "hr": "prijava|prijavi me",
    "sl": "prijava|prijavi me",
}  # fmt: skip

# A button or message made of a verb and a noun: "Stop promotions", "Detener promociones", "Angebote stoppen".
VERBS: Mapping[str, str] = {
    "en": "stop|block|end|no|unsubscribe from|opt out of|opt out from|stop all|stop receiving|stop sending|cancel|mute|turn off|i don't want|don't send|no more|opt out|optout|don't send me|do not send|do not send me|stop sending me|stop all the|get rid of",
    "es": "stop|detener|detén|parar|bloquear|no|no más|no quiero|no quiero más|no recibir|no recibir más|dejar de recibir|cancelar|baja de|darme de baja de|desactivar|finalizar|suspender|terminar|sin|no me manden|no me manden más|no me envíen|no me envíen más|no me mandes|no me mandes más|no me envíes|no me envíes más|no enviar|no enviar más|no envíen|no envíen más|no quiero recibir|no quiero recibir más|no deseo recibir|no deseo recibir más|no deseo|no deseo más|ya no quiero|ya no quiero recibir|ya no quiero más|dejen de enviar|dejen de enviarme|dejar de enviar|no manden más",
    "pt": "stop|parar|pare|interromper|bloquear|não|não quero|não quero mais|não receber|não receber mais|parar de receber|deixar de receber|cancelar|sair de|sair das|desativar|suspender|sem|não quero mais receber|não desejo receber|não desejo mais receber|não me envie|não me envie mais|não me enviem|não me enviem mais|não enviar mais|não enviem mais|não mande mais|não mandem mais|parem de enviar|pare de enviar|pare de me enviar|chega de|descadastrar de",
    "fr": "stop|stopper|stop aux|arrêter|arrêt|arrêter les|bloquer|plus de|pas de|ne plus recevoir|ne plus recevoir de|se désabonner des|me désabonner des|désactiver|fin des|je ne veux plus de|je ne veux plus recevoir de|je ne souhaite plus recevoir de|ne m'envoyez plus de|arrêtez de m'envoyer des|ne plus envoyer de|assez de|désabonner des",
    "de": "stop|stopp|stoppe|keine|keine weiteren|keine weitere|beenden|stoppen|abbestellen|abmelden|blockieren|deaktivieren|nicht mehr erhalten|nicht mehr senden|beende|blockiere|ich möchte keine|ich will keine|kein|keinen|schluss mit|nie wieder|ich möchte keine weitere|ich möchte keine weiteren",
    "it": "stop|interrompi|interrompere|ferma|fermare|blocca|bloccare|no|basta|non voglio|non voglio più|non ricevere|non ricevere più|annulla|disattiva|niente|non voglio più ricevere|non desidero ricevere|non desidero più ricevere|non inviatemi|non inviatemi più|non mandatemi|non mandatemi più|smettete di inviare|smettere di ricevere|stop a",
    "nl": "stop|stop met|geen|geen verdere|blokkeer|blokkeren|stoppen|stopzetten|afmelden|afmelden voor|uitschakelen|ik wil geen|stuur geen|stuur me geen|niet meer ontvangen",
    "pl": "stop|zatrzymaj|wstrzymaj|bez|koniec|zablokuj|wyłącz|nie chcę|rezygnuję z|zakończ|nie chcę więcej|nie chcę otrzymywać|nie wysyłajcie|nie wysyłać|nie wysyłajcie mi|zrezygnuj z|rezygnacja z",
    "tr": "durdur|engelle|istemiyorum|kapat|durdurun|iptal et|reddet|almak istemiyorum|gönderme|göndermeyin|atma|atmayın",
    "id": "stop|hentikan|berhenti|blokir|jangan|tolak|tidak mau|jangan kirim|jangan kirim lagi|saya tidak mau|stop kirim|berhenti kirim",
    "ms": "stop|hentikan|berhenti|sekat",
    "ar": "إيقاف|أوقف|وقف|حظر|لا|إلغاء|الغاء|لا أريد|لا اريد|لا ترسلوا|كفى",
    "hi": "रोकें|बंद करें|ब्लॉक करें|बंद करो|रोको|मत भेजो|मत भेजें|नहीं चाहिए|न भेजें",
    "ru": "стоп|остановить|отключить|без|хватит|не присылать|отписаться от|прекратить|заблокировать|отказаться от|не присылайте|не присылайте мне|не отправляйте|не хочу получать|не хочу|больше не присылайте|уберите",
    "uk": "стоп|зупинити|вимкнути|без|відписатися від|припинити|заблокувати|не надсилайте|не надсилайте мені|не хочу отримувати|не хочу|досить",
    "sv": "stopp|stoppa|stoppa alla|inga|inga fler|blockera|avsluta",
    "da": "stop|stop alle|ingen|ikke flere|bloker|afmeld",
    "nb": "stopp|stopp alle|ingen|ikke flere|blokker|avslutt",
    "fi": "lopeta|estä|ei|ei enää|pysäytä",
    "cs": "stop|zastavit|žádné|žádné další|blokovat|ukončit|nechci|vypnout",
    "sk": "stop|zastaviť|žiadne|blokovať|ukončiť|nechcem",
    "ro": "stop|oprește|opriți|fără|blochează|nu mai vreau|încetați",
    "hu": "stop|leállítás|leállítása|nem kérek|nem kérek több|letiltása|nem kérem a",
    "el": "στοπ|διακοπή|σταμάτα|όχι|τέλος|αποκλεισμός",
    "he": "הפסק|הפסיקו|הפסקת|עצור|עצירת|חסום|חסימת|בלי|די",
    "ja": "停止|を停止|の停止|の配信停止|を止める|を受け取らない|をブロック|不要|は不要|の受信を停止|を送らないで|が不要",
    "ko": "중지|중단|차단|수신거부|수신 거부|그만 받기|받지 않기|안 받기|보내지 마세요|거부",
    "zh": "停止|停止接收|拒收|取消|不再接收|屏蔽|退订|退訂|停止發送|不要|不想收到|别发|別發|请勿发送|請勿發送|不要再发|不要再發",
    "vi": "dừng|ngừng|dừng nhận|ngừng nhận|chặn|tắt|không nhận",
    "th": "หยุด|หยุดรับ|ยกเลิก|บล็อก|ไม่รับ",
    "ca": "atura|aturar|no més|deixar de rebre|bloquejar",
}  # fmt: skip
NOUNS: Mapping[str, str] = {
    "en": "promotions|promos|promo|promotion|promotional messages|promotional texts|marketing|marketing messages|ads|advertising|advertisements|offers|deals|newsletter|newsletters|messages|texts|spam|subscription|notifications|updates|campaigns|marketing texts|marketing emails|alerts|broadcasts|announcements|advertisement|advertising messages",
    "es": "promociones|promos|promoción|promo|mensajes promocionales|publicidad|marketing|mensajes de marketing|ofertas|anuncios|mensajes|más mensajes|boletín|newsletter|las promociones|la publicidad|las ofertas|los mensajes|spam|mensajes publicitarios|suscripción|mi suscripción",
    "pt": "promoções|promos|promoção|promo|mensagens promocionais|publicidade|propaganda|propagandas|marketing|mensagens de marketing|ofertas|anúncios|mensagens|as promoções|as mensagens|as ofertas|newsletter|spam|subscrição|assinatura|receber mensagens|receber promoções|receber",
    "fr": "promotions|promos|promo|promotion|messages promotionnels|publicité|publicités|pub|pubs|la publicité|les promotions|les promos|les pubs|les messages|marketing|messages marketing|messages|offres|les offres|newsletter|les messages promotionnels|abonnement",
    "de": "werbung|angebote|promotions|promos|aktionen|werbeaktionen|werbenachrichten|marketing|marketingnachrichten|nachrichten|werbemails|newsletter|promo|promotion|weiteren nachrichten|werbung mehr|nachrichten mehr|angebote mehr|newsletter mehr|werbenachrichten mehr|sms mehr|whatsapp mehr|mitteilungen|mitteilungen mehr",
    "it": "promozioni|promo|le promozioni|promozione|messaggi promozionali|pubblicità|la pubblicità|marketing|messaggi di marketing|offerte|le offerte|messaggi|i messaggi|newsletter|spam|iscrizione|più messaggi",
    "nl": "promoties|promo's|promo|aanbiedingen|reclame|advertenties|marketing|marketingberichten|berichten|nieuwsbrief|acties|met promoties|berichten meer|reclame meer|aanbiedingen meer|reclameberichten|reclameberichten meer",
    "pl": "promocje|promocji|reklamy|reklam|oferty|ofert|marketing|marketingu|wiadomości|wiadomości marketingowe|wiadomości promocyjne|newsletter|spam|spamu|subskrypcję",
    "tr": "promosyonları|promosyonlar|promosyon|kampanyaları|kampanyalar|kampanya|reklamları|reklamlar|reklam|pazarlama|mesajları|mesajlar|tanıtımları|teklifleri|bildirimleri|mesaj|sms|bildirim",
    "id": "promosi|promo|iklan|penawaran|pemasaran|pesan|pesan promosi|pesan pemasaran|langganan|kirim pesan|spam",
    "ms": "promosi|iklan|tawaran|pemasaran|mesej|mesej promosi",
    "ar": "العروض|العروض الترويجية|الترويج|الإعلانات|اعلانات|عروض|الرسائل|الرسائل الترويجية|الرسائل التسويقية|التسويق|الاشتراك|العروض والإعلانات|المزيد",
    "hi": "प्रमोशन|प्रचार|ऑफ़र|ऑफर|विज्ञापन|मार्केटिंग|संदेश|मैसेज|प्रचार संदेश|सदस्यता",
    "ru": "рекламу|реклама|рекламы|акции|акций|рассылку|рассылка|рассылки|рассылок|промо|предложения|предложений|маркетинг|сообщения|рекламные сообщения|спам|спама|подписку",
    "uk": "рекламу|реклама|реклами|акції|акцій|розсилку|розсилки|промо|пропозиції|повідомлення|рекламні повідомлення|спам|підписку",
    "sv": "kampanjer|erbjudanden|reklam|reklamutskick|marknadsföring|meddelanden|promotions|nyhetsbrev|alla kampanjer",
    "da": "kampagner|tilbud|reklamer|reklame|markedsføring|beskeder|promotions|nyhedsbrev|kampagnebeskeder",
    "nb": "kampanjer|tilbud|reklame|markedsføring|meldinger|promotions|nyhetsbrev",
    "fi": "kampanjat|tarjoukset|mainokset|mainoksia|markkinointi|markkinointia|viestit|viestejä|tarjouksia|uutiskirje",
    "cs": "propagace|promo|nabídky|reklamy|reklamu|reklama|marketing|zprávy|akce|newsletter|odběr",
    "sk": "propagácie|promo|ponuky|reklamy|reklamu|reklama|marketing|správy|akcie|newsletter|odber",
    "ro": "promoții|promoțiile|promo|reclame|reclamele|oferte|ofertele|marketing|mesaje|mesajele|publicitate|newsletter|abonamentul",
    "hu": "promóciók|akciók|reklámok|reklámot|reklám|ajánlatok|ajánlatot|marketing|üzenetek|üzenetet|hírlevél|promóció",
    "el": "προσφορών|προσφορές|προωθήσεων|προωθητικών|διαφημίσεων|διαφημίσεις|μάρκετινγκ|μηνυμάτων|μηνύματα",
    "he": "מבצעים|פרסומות|פרסום|שיווק|הודעות|הודעות שיווק|הודעות פרסומיות|דיוור|הצעות|את המבצעים",
    "ja": "プロモーション|広告|宣伝|キャンペーン|お知らせ|マーケティング|メッセージ|配信|セール情報",
    "ko": "프로모션|광고|홍보|마케팅|메시지|메시지 수신|광고 수신|마케팅 메시지|혜택",
    "zh": "促销|促銷|推广|推廣|广告|廣告|营销|行銷|优惠|優惠|消息|促销信息|促銷訊息|推广信息|营销消息|行銷訊息|订阅",
    "vi": "khuyến mãi|quảng cáo|tiếp thị|tin nhắn|tin quảng cáo|ưu đãi",
    "th": "โปรโมชั่น|โปรโมชัน|โฆษณา|การตลาด|ข้อความ|ข่าวสาร",
    "ca": "promocions|publicitat|ofertes|missatges|màrqueting",
}  # fmt: skip
# "no" before an ambiguous noun only answers a question: "no messages", "no offers".
BARE = frozenset({"no", "nao", "lla", "ei", "لا", "sin", "sem", "bez", "без", "fara", "oxi"})
MANIFOLD = frozenset(
    [
        "messages",
        "texts",
        "updates",
        "notifications",
        "alerts",
        "announcements",
        "mitteilungen",
        "mensajes",
        "mensagens",
        "messaggi",
        "wiadomosci",
        "viestit",
        "offers",
        "deals",
        "offerte",
    ]
)

# Answers to reminders ("Reply CONFIRM or CANCEL") that stop marketing if they answer marketing.
ANSWERS: Mapping[str, str] = {
    "en": "cancel|end|exit|cancel all|end all",
    "es": "cancelar|cancela|salir|fin|terminar|anular",
    "pt": "cancelar|cancela|encerrar|fim|terminar|anular",
    "fr": "annuler|annulez|fin|quitter|terminer",
    "de": "abbrechen|beenden|ende|kündigen|kündigung|stornieren",
    "it": "annulla|annullare|esci|termina",
    "nl": "annuleren|annuleer|einde|beëindigen|opzeggen",
    "pl": "anuluj|anulować|koniec|rezygnacja",
    "tr": "vazgeç|son|bitir|sonlandır",
    "id": "batal|batalkan|akhiri|keluar",
    "ms": "batal|batalkan|tamat|keluar",
    "ar": "إلغاء|الغاء|إنهاء|انهاء|خروج",
    "hi": "रद्द करें|रद्द|समाप्त",
    "ru": "отмена|отменить|хватит|конец|прекратить",
    "uk": "скасувати|відміна|досить|припинити",
    "zh": "取消|结束|結束|退出",
    "ja": "キャンセル|終了|取消|退会",
    "ko": "취소|종료|탈퇴",
    "th": "ยกเลิก|จบ|ออก",
    "vi": "hủy|huỷ|kết thúc|thoát",
    "he": "ביטול|בטל|סיום",
}  # fmt: skip
