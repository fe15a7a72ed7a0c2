"""Tells lines in other languages of the Latin script from English ones, by their small words."""

from __future__ import annotations

import re

# Words that are English too, or stand in names of places and models (Las, Costa, Ada), are no sign alone.
_BY_LANGUAGE = {
    "de": "viel wieviel kostet kosten nicht ein eine einen einem und ich gibt gibts haben habt wann wo welche welcher"
    " welches warum für auf auch sind kann kannst kein keine wir ihr euch noch schon oder aber sehr teuer bitte danke"
    " wie ist hallo guten morgen preis zimmer mal nur jetzt heute etwas mehr sieht geht schön",
    "es": "cuánto cuanto cuánta cuanta cuántos cuantos cuesta cuestan qué cómo dónde donde cuándo cuál tiene tienen hay"
    " está estoy pero muy puedo puede quiero precio coche habitación habitacion gracias que una hola buenos buenas"
    " también tambien incluye hacen desde hasta abren tal",
    "fr": "combien coûte coute quel quelle quels pourquoi où avec vous nous voiture très peut avez chambre bonjour"
    " merci est-ce c'est j'ai qu'est une cette dans salut y'a j'adore trop encore aussi pas tout fait ça on",
    "pt": "quanto custa preço você voce não nao uma muito qual quais onde quando isso obrigado obrigada são carro"
    " quarto tem pode aceita fica galera boa noite cadê cade mano pra tá",
    "it": "macchina quale dove perché che c'è sono avete posso vorrei prezzo della questa questo molto grazie ciao"
    " quanto anche troppo",
    "vi": "nhiêu nhieu giá tiền không khong được duoc này phòng xin chào cảm ơn vay hang shop gia nay cho",
    "hi": "hai hain bhai kya kitna kitne kitni nahi nahin yeh mera meri mere tera aap accha acha sabse kaise kyun kyu"
    " bahut raha rahi iska uska haan wala wali gaadi hota hoti milega milegi batao bhi mujhe chahiye kab kahan"
    " ke ka ki ko mein liye yaar karo koi abhi kaunsa hum paisa mast thoda mehnga jaldi sakta sakti lagega isme",
    "id": "berapa harga harganya apakah bagaimana kapan dimana tidak untuk dengan saya gimana kenapa kamu terima kasih"
    " gak nggak ga dong nya sih udah sudah belum banget boleh aku makasih sampai masih buat yg apa",
    "tl": "po ba ang ng mga naman magkano saan pwede anong ilang yung gusto ito yan ko kasya kasama salamat mahal"
    " kailan pala talaga sobra kayo",
    "tr": "fiyatı fiyati kadar var mı mi kaç kac çok cok ne hangi zaman nerede teşekkürler tesekkurler bu abi dahil"
    " güzel guzel değil degil için icin",
    "ru": "skolko stoit est privet ochen kogda mozhno spasibo gde kak chto dorogo",
    "ja": "desu ka ne wa arimasu arimasuka ikura kawaii",
}
_WEAK_WORDS = """
ko ka ki ke nya ga shop nay hang cho gia tal tal mal nur tout fait pas on trop desde una tem pra mano boa ne var mi bu
po ba ang ng est wa kak kadar hum abi ito yan gak dong apa mast
das der es el los las la le les de del des di et con por para este esta est je il si prix mit bao yang ini itu ada mana
bisa mobil kak se sur ou um em da du
"""
_WEAK = frozenset(_WEAK_WORDS.split())
_STRONG = frozenset(word for words in _BY_LANGUAGE.values() for word in words.split()) - _WEAK
_ENGLISH_WORDS = """
the is are do does did what whats what's how much many can could i i'm you it it's this that these of for with and or to
at my your we they have has any got price cost when where which who why not please pls plz there was were will would car
cars room menu good love free from by be if but so just like need want looking
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_VIETNAMESE = re.compile(r"[\u1ea0-\u1ef9ơưđ]")
_SPANISH_MARK = re.compile(r"[¿¡]")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_ENOUGH = 1.5
_PINYIN = re.compile(
    r"(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?(?:a|o|e|er|ai|ei|ao|ou|an|en|ang|eng|ong|i|ia|ie|iao|iu|ian|in|iang|ing|iong"
    r"|u|ua|uo|uai|ui|uan|un|uang|ue|v)"
)
_MIN_SYLLABLES = 4


def is_foreign_latin(text: str) -> bool:
    """Tell whether a text in Latin letters is in another language than English that is known here.

    German, Spanish, French, Portuguese, Italian, Vietnamese, Indonesian, Hindi, Tagalog, Turkish, and in Latin letters
    Russian and Japanese, and Chinese in pinyin.

    Its small words are counted: a strong one (combien, cuesta, nicht) as one, one that stands in names too (la, der)
    and a word with an accent as a half. It takes 1.5, more than there are small English words, and a strong one.
    Short lines of names and English with a borrowed word stay English. Pinyin is four words or more that are all
    syllables of it and none a small word of English.
    """
    strong = weak = english = 0
    words = _WORD.findall(text.lower().replace("’", "'"))
    if len(words) >= _MIN_SYLLABLES and _ENGLISH.isdisjoint(words) and all(map(_PINYIN.fullmatch, words)):
        return True
    for word in words:
        if word in _STRONG or _VIETNAMESE.search(word):
            strong += 1
        elif word in _WEAK or not word.isascii():
            weak += 1
        elif word in _ENGLISH:
            english += 1
    strong += bool(_SPANISH_MARK.search(text))
    return strong > 0 and strong + weak / 2 >= _ENOUGH and strong + weak / 2 > english
