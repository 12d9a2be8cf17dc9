"""The words that the sample's synthetic names are composed of.

Word lists and patterns only; composing is `text.py`'s. Nothing here is the name of an artist, a
track or a label of the real table: names are combinations of words.
"""

from typing import NamedTuple


class Language(NamedTuple):
    """How tracks are named in a language: {q} and {p} are qualities, {t} and {u} things."""

    qualities: tuple[str, ...]
    things: tuple[str, ...]
    patterns: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ENGLISH = Language(
    _words(
        "Amber Ashen Backward Borrowed Brittle Cinnamon Clumsy Copper Crooked Distant Drowsy Dusty "
        "Emerald Faded Feathered Feral Flickering Foolish Gentle Gilded Glassy Hollow Honest "
        "Idle Indigo Ivory Jagged Kindred Lantern Lonesome Lucid Marbled Mellow Misty Moonlit "
        "Muddy Nameless Nimble Northern Orphan Paper Patient Peculiar Quiet Rainy Reckless "
        "Restless Rusted Saffron Salted Scarlet Secret Shallow Silken Sleepless Slow Smoky "
        "Solemn Southern Spare Stolen Stubborn Sunken Tangled Tender Thirsty Twisted Unfinished "
        "Velvet Wandering Wayward Weathered Whispered Wild Winter Wooden Yesterday's"
    ),
    _words(
        "Alley Almanac Anchor Apricot Arcade Avenue Ballroom Barley Beacon Bicycle Blossom "
        "Boulevard Bramble Bridge Candle Canyon Carousel Cathedral Chandelier Chimney Comet "
        "Compass Confetti Corridor Cricket Daylight Delta Driftwood Echo Ember Engine Feather "
        "Ferry Fever Fiddle Fountain Garden Gravity Harbor Harvest Hurricane Island Ivy Jukebox "
        "Kettle Kingdom Ladder Lagoon Lighthouse Lullaby Magnet Marigold Meadow Mirror Monsoon "
        "Moth Nectar Novel October Orbit Orchard Parade Pavement Pendulum Postcard Prairie "
        "Promise Puddle Radio Railway Ribbon River Rooftop Satellite Shadow Signal Sparrow "
        "Staircase Static Suitcase Telegram Thunder Ticket Tide Valley Violin Voltage Wallpaper "
        "Window Wire Zeppelin"
    ),
    (
        "{q} {t}", "{q} {t}", "The {q} {t}", "{q} {t} & {u}", "{t} of the {p} {u}",
        "{t} in the {q} {u}", "No {t}, No {u}", "Don't Tell the {t}", "{q} Like a {t}",
        "Where the {t} Goes", "{t} (feat. the {u})", "{t} - Remastered 2011", "{q} {t} - Live",
        '"{t}" (Interlude)', "{q}, {p}, {q}", "{t} / {u}", "My {q} {t}", "{q} {t}, {p} {u}",
        "{q} {t} in {u}", "{p} {t} and the {q} {u}",
    ),
)  # fmt: skip

#: Latin letters with accents: Spanish, Portuguese, French and German in turn.
ACCENTED = (
    Language(
        _words(
            "Perdida Callada Dormida Última Sencilla Amarga Ardiente Mía Fría Lejana Rota "
            "Pequeña Única Dulce Salvaje"
        ),
        _words(
            "Canción Luna Mañana Corazón Ciudad Lágrima Montaña Ventana Adiós Razón Estación "
            "Pasión Sombra Cigüeña Golondrina Guitarra Marea Vecina Promesa Tormenta Niña Ilusión"
        ),
        ("{t} {q}", "La {t} y la {u}", "¿Dónde Está Mi {t}?", "{t}, {u}", "Tu {t} - En Vivo"),
    ),
    Language(
        _words("Só Antiga Manhã Doce Perdida Sertaneja Última Infinita Tão Bonita Morena"),
        _words(
            "Saudade Canção Coração Paixão Estação Rua Lua Solidão Chuva Avó Maré Ilusão "
            "Despedida Varanda Feição Emoção Maçã Viola Irmã"
        ),
        ("{t} {q}", "{t} e {u}", "Não É {t}", "{t} no Sertão - Ao Vivo", "Minha {t} (Versão)"),
    ),
    Language(
        _words("Légère Oubliée Étrange Dorée Légendaire Pâle Éternelle Fragile Cassée Entière"),
        _words(
            "Étoile Fenêtre Forêt Rivière Île Fête Chanson Poupée Clé Marée Lumière Tempête "
            "Rosée Bohème Cigale Allumette"
        ),
        ("{t} {q}", "L'été d'une {t}", "Où Est la {t}, la {u}", "Ma {t} à Moi", "{t} & {u}"),
    ),
    Language(
        _words("Schöne Stille Müde Späte Blaue Kühle Süße Grüne Wilde Letzte"),
        _words(
            "Straße Nächte Träume Brücke Tür Blüte Wüste Wärme Küste Sehnsüchte Flügel Mühle "
            "Hügel Möwe Lüge"
        ),
        ("{q} {t}", "{t} und {u}", "Über die {t}", "Für {t}, Gegen {u}", "{q} {t} (Radioversion)"),
    ),
)

#: Writing systems other than Latin, by the name the parameters give them.
SCRIPTS = {
    "hangul": Language(
        _words("푸른 조용한 마지막 하얀 작은 오래된 따뜻한 먼 외로운 투명한"),
        _words("바다 편지 골목 계절 우산 별빛 기차 약속 창문 나비 소나기 새벽 그림자 정류장 노래"),
        ("{q} {t}", "{t}와 {u}", "{q} {t} (Quiet Ver.)", "{t}의 {u}"),
    ),
    "japanese": Language(
        _words("青い 静かな 最後の 小さな 遠い 透明な 眠れない 古い"),
        _words("海 手紙 路地 季節 カサ 星屑 レール 約束 マド 蝶々 夕立 夜明け ヒカリ 停留所 ウタ"),
        ("{q}{t}", "{t}と{u}", "「{q}{t}」", "{t}のなかの{u}"),
    ),
    "devanagari": Language(
        _words("नीला आख़िरी छोटा पुराना दूर का मीठा भीगा सूना"),
        _words("चिट्ठी मौसम गलियाँ सितारा रेलगाड़ी वादा खिड़की तितली सवेरा परछाई गीत बारिश"),
        ("{q} {t}", "{t} और {u}", "मेरी {t}", "{t} | {u}"),
    ),
    "arabic": Language(
        _words("الأخير الأزرق البعيد الصغير القديم الهادئ الدافئ"),
        _words("البحر الرسالة الزقاق الفصل النجم القطار الوعد الشباك الفراش المطر الظل النشيد"),
        ("{t} {q}", "{t} و{u}", "يا {t}", "{t}، {u}"),
    ),
    "cyrillic": Language(
        _words("Синий Тихий Последний Маленький Далёкий Старый Тёплый Ночной"),
        _words("Берег Переулок Сезон Зонт Поезд Вечер Мотылёк Рассвет Трамвай Причал Ливень Напев"),
        ("{q} {t}", "{t} и {u}", "Мой {t}", "{t} (Тихая версия)"),
    ),
}

#: Names that mislead readers of CSV files which guess types or take words for empty cells.
PARSER_TRAPS = ("None", "NA", "null", "1989", "nan", "N/A", "007", "1e9", "True", "-")

GIVEN_STARTS = _words(
    "Ab Al Bel Bren Cas Cor Da De El Fa Fin Ga Hal Il Ja Jor Ka Kel La Lu Mar Mi Na Nor O Per Qui "
    "Ro Sa Sel Ta Tho U Va Vel Wen Xa Yo Za Ze"
)
GIVEN_ENDS = _words("ric lia den mira von dra lo nique ris sen tor vina wyn xa yel zo ban cien dor")
SURNAME_STARTS = _words(
    "Ack Bram Cald Drav Ester Fenn Gorst Holl Ivers Jarn Kess Lind Mord Nyl Oster Prend Quill Ravn "
    "Stell Trev Ulm Vass Wick Yarr Zell"
)
SURNAME_ENDS = _words("ane berg by din ell ford gate holm ieri land mont oux quist ston vik worth")

LABEL_WORDS = _words(
    "Almond Basalt Birchwood Bluebell Cobalt Corduroy Cypress Dovetail Eastgate Fathom Foxglove "
    "Granite Hazel Hightide Inkwell Juniper Kestrel Larkspur Longshore Mahogany Mistral Nightjar "
    "Oakline Obsidian Palisade Pepperbox Quarry Redwing Saltmarsh Sandbar Slipstream Tamarind "
    "Thistle Umber Verbena Westering Wicker Windmill Yarrow Zinnia"
)
LABEL_KINDS = (
    "Records", "Music", "Entertainment", "Films", "Recordings", "Sound", "Music South", "Pictures",
    "Discos", "Studios", "Series", "Label Group", "Vault", "Channel", "Archive", "TV",
)  # fmt: skip
UPLOADER_WORDS = _words(
    "lyric vibe retro neon lofi classic rare daily golden cozy hidden analog sunset midnight tiny "
    "deluxe mono stereo karaoke oldies bootleg pocket gentle cassette vinyl"
)
UPLOADER_KINDS = _words("fan box zone clips hub tape room video archive uploads nation sounds")

#: Ten tracks of the one artist whose channel the product's rule takes for children's music.
CHILDRENS_ARTIST = "Pipkin & Plum"
CHILDRENS_CHANNEL = "Pipkin & Plum - Nursery Rhymes"
CHILDRENS_TRACKS = (
    "Ten Sleepy Hedgehogs", "The Buttons on the Coat", "Hop, Little Teapot", "Goose in the Garden",
    "My Wobbly Tooth", "Counting Carrots", "The Puddle Song", "Wash Your Paws",
    "Round and Round the Windmill", "Goodnight, Tractor",
)  # fmt: skip
#: Artists for children whose channels that rule must not take, as the real table has three.
CHILDREN_LIKE = {
    "Miss Marmalade": "Miss Marmalade - Kids Songs",
    "Die Brummbären": "Die Brummbären - Kinderlieder zum Mitsingen",
    "Pollito Azul": "Pollito Azul - Canciones Infantiles",
}
