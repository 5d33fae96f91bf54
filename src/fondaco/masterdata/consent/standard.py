"""The usual purposes, with the texts that people agree to in both languages. A company has its own read before they are shown."""

from typing import Any

PURPOSES: tuple[dict[str, Any], ...] = (
    {
        "code": "newsletter", "name": "Newsletter", "name_it": "Newsletter", "double_opt_in": True,
        "text": "I would like to receive the newsletter of {company} by e-mail. I can unsubscribe at any time, by the link in each issue.",
        "text_it": "Desidero ricevere la newsletter di {company} per e-mail. Posso disiscrivermi in qualsiasi momento con il link presente in ogni numero.",
    },
    {
        "code": "marketing", "name": "Offers and news", "name_it": "Offerte e novità", "by_phone": True, "by_sms": True, "by_message": True, "by_post": True, "valid_months": 24,
        "text": "I agree that {company} uses my contact details to inform me of offers and news (marketing). Consent is voluntary, and I can withdraw it at any time, "
        "without effect on what was done before.",
        "text_it": "Acconsento al trattamento dei miei dati di contatto da parte di {company} per l'invio di offerte e novità (marketing). Il consenso è facoltativo e può essere "
        "revocato in qualsiasi momento, senza pregiudicare la liceità del trattamento effettuato prima della revoca.",
    },
    {
        "code": "profiling", "name": "Personal offers", "name_it": "Offerte personalizzate", "by_post": True, "valid_months": 12,
        "text": "I agree that {company} analyses my purchases and interests in order to make me offers that suit me (profiling). Consent is voluntary, and I can withdraw it at any time.",
        "text_it": "Acconsento all'analisi dei miei acquisti e interessi da parte di {company} per ricevere proposte personalizzate (profilazione). Il consenso è facoltativo e può essere "
        "revocato in qualsiasi momento.",
    },
    {
        "code": "phone_recording", "name": "Recording of calls", "name_it": "Registrazione delle telefonate", "by_email": False, "by_phone": True,
        "text": "I agree that {company} records this call in order to improve its service. I can withdraw my consent at any time, and ask for the recording to be deleted.",
        "text_it": "Acconsento alla registrazione di questa telefonata da parte di {company} per migliorare la qualità del servizio. Posso revocare il consenso in qualsiasi momento e "
        "chiedere la cancellazione della registrazione.",
    },
)  # fmt: skip
