"""Words that are no names by themselves, though names may hold them: to hide them would hide what is said. Pure."""

from typing import Final
from unicodedata import normalize

COMMON: Final = frozenset(
    """
    a ab above active advanced agri air all alpha alternative and applied aqua asia asian autonomous bay beta better
    bio blue bright brown build building business capital carbon care cell central centre center change charge circular
    city clean clear climate cloud coast cold community company connect control cool core cycle data deep delta design
    development digital direct drive dynamics earth east eco ecology economy electric electricity element energy
    engineering environment environmental europe european ever farm field fire first flow food forest foundation free
    fresh fuel fusion future gas gate global gold good grace gray green grid ground group grow guard harbor harbour heat
    help high hill holdings home hope house hub hydro hydrogen ice ideas impact industrial industries industry
    infinity innovation innovations institute integrated intelligent international internet iron japan just key king
    lab labs laboratories lake land laboratory leaf life light lighting link living local logistics long low machine
    main make marine mark marine materials max may measure media metal method mobility modern moon motion motor mountain
    my national natural nature net network new next noble north nova ocean one open optics orange organic our pacific
    park partner partners path peace people planet plant plus point pool port power precision price prime pro process
    product project public pure quality quantum rail rain rapid reach recycle recycling red renewable research resource
    resources rice ring rise river robot robotics rock rose safe science sea second services share shell shore silver
    simple sky smart society soil solar solution solutions source south space spark special square star start station
    steam steel stone store storm strong studio sun super supply sustainable sustainability system systems tech
    technical technologies technology terra the thermal thing think tide time tool top total town trade transport tree
    true turbine union united universal university up urban value venture ventures verde vision water watt wave way west
    white wild will wind wise wood work works world young zero zone
    """.split()  # noqa: SIM905  # one long list of quotes reads worse
)
PLACES: Final = frozenset(
    """
    africa america asia australia bangkok beijing berlin busan canada chiba china copenhagen denmark england europe
    finland france frankfurt fukuoka germany hamburg hiroshima hokkaido hongkong india indonesia italy japan kanagawa
    kawasaki kobe korea kyoto kyushu london malaysia manila minatomirai munich nagoya netherlands newyork nippon norway
    osaka paris philippines rotterdam saitama sapporo sendai seoul shanghai singapore spain sweden switzerland sydney
    taipei taiwan thailand tohoku tokyo uk usa vietnam yokohama yokosuka zurich
    日本 東京 横浜 神奈川 川崎 大阪 京都 神戸 名古屋 福岡 札幌 仙台 広島 千葉 埼玉 北海道 九州 関東 関西 東北 中部
    四国 沖縄 青森 岩手 宮城 秋田 山形 福島 茨城 栃木 群馬 新潟 富山 石川 福井 山梨 長野 岐阜 静岡 愛知 三重 滋賀 兵庫
    奈良 和歌山 鳥取 島根 岡山 山口 徳島 香川 愛媛 高知 佐賀 長崎 熊本 大分 宮崎 鹿児島 上海 北京 香港 台湾 台北 中国
    韓国 欧州 米国 世界 アジア ヨーロッパ アメリカ ドイツ デンマーク フランス イギリス タイ バンコク シンガポール
    ソウル 서울 부산 한국 일본
    """.split()  # noqa: SIM905
)
BEHIND: Final = (
    "製作所", "研究所", "電機", "電器", "電気", "電力", "工業", "建設", "産業", "商事", "商会", "化学", "製薬",
    "自動車", "重工業", "鉄道", "鉄鋼", "製鉄", "設計", "不動産", "銀行", "運輸", "物流", "大学", "大学院",
    "ホールディングス", "グループ", "ジャパン", "テクノロジー", "テクノロジーズ", "システム", "システムズ",
    "エネルギー", "エンジニアリング", "ロボティクス", "ソリューションズ", "サービス", "ラボ", "コーポレーション",
)  # fmt: skip
"""What stands behind the name proper of an organisation."""
ACRONYMS: Final = frozenset("AI API CO ESG EU EV GHG GPS ICT IOT ISO KPI LCA LED PR PV RE SDG UK UN US USA VR".split())  # noqa: SIM905
LEGAL_IN_FRONT: Final = (
    r"株式会社|有限会社|合同会社|合資会社|合名会社|一般社団法人|一般財団法人|公益社団法人|公益財団法人|特定非営利活動法人"
    r"|npo法人|国立大学法人|公立大学法人|学校法人|独立行政法人|国立研究開発法人|社会福祉法人|\(株\)|\(有\)|\(同\)"
    r"|\(一社\)|\(財\)|주식회사|유한회사|\(주\)|บริษัท"
)
"""Legal forms that may stand before a name as well as behind it."""
LEGAL: Final = normalize(
    "NFKC",
    rf"{LEGAL_IN_FRONT}|有限公司|股份有限公司|有限责任公司|集团|จำกัด(?:\s*\(มหาชน\))?"
    r"|\b(?:co\.?,?\s*ltd|company\s+limited|kabushiki[\s-]*gaisha|kabushiki[\s-]*kaisha|g\.?\s?k|k\.?\s?k|inc|incorporated"
    r"|corp|corporation|ltd|limited|llc|l\.l\.c|llp|plc|pte|pty|sdn\.?\s*bhd|gmbh(?:\s*&\s*co\.?\s*kg)?|mbh|a\.?g|s\.?a"
    r"|s\.?a\.?s|s\.?r\.?l|s\.?p\.?a|b\.?v|n\.?v|a/s|aps|as|oyj?|ab|e\.?v|g?ug|kg|npo)\b\.?",
)
"""Legal forms, in folded letters."""
HONORIFICS: Final = (
    r"さん|様|氏|くん|君|ちゃん|先生|殿|社長|会長|代表|取締役|教授|准教授|博士|部長|課長|室長|所長|理事|研究員|市長|님|씨|"
    r"대표|교수|박사|先生|女士|总经理|-san\b|-sama\b"
)
TITLES: Final = r"(?:\b(?:mr|mrs|ms|dr|prof|professor|herr|frau|ceo|cto|coo|cfo|founder)\b\.?\s*|คุณ)"
