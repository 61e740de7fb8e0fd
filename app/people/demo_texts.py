"""The texts of the demo: terms that everybody agrees to, and news that one may have."""

from app.people.consents import ConsentTexts

_TERMS_EN = """We use your name, its reading, your organisation and your e-mail address to send you your tickets, \
to let you in, and to reach you when something changes.
Where you live is counted, without your name, to find out how many people took part from overseas.
At the gates and in online sessions we record when a ticket was used.
We give your details to nobody else, except to companies that run this site for us and where a law demands it.
Your details are deleted by themselves after the time shown on the page "Privacy". You can see, correct, take away or \
erase them earlier at "My data".
Please follow the rules of each venue, show your ticket when asked, and do not pass it on without telling us."""
_TERMS_JA = """お名前、ふりがな、所属、メールアドレスは、チケットの送付、入場、変更のお知らせのために利用します。
お住まいの国・地域は、海外からの参加者数を数えるために、お名前と切り離して集計します。
入場口とオンラインのセッションでは、チケットが使われた日時を記録します。
法令に基づく場合と、本サイトの運営を委託する事業者を除き、第三者には提供しません。
個人情報は「プライバシー」のページに示す期間の後に自動的に消去します。「自分のデータ」では、いつでも開示、訂正、持ち出し、\
消去ができます。
会場ごとの決まりを守り、求められたときはチケットを提示し、無断で他の人に譲らないでください。"""
_NEWS_EN = """We may write to you about coming conventions, a few times a year at most.
Every such mail has a link by which you take this back; your registration does not depend on it."""
_NEWS_JA = """次回以降のコンベンションのご案内を、年に数回までメールでお送りします。
各メールのリンクからいつでも同意を撤回できます。同意しなくても参加登録に影響はありません。"""
_TERMS_ZH = """您的姓名、读音、所属单位和邮箱地址，用于寄送门票、办理入场，以及在有变更时联系您。
您的居住国家或地区在不含姓名的情况下统计，用于了解有多少人从海外参加。
在入场口和线上场次，我们会记录门票的使用时间。
除受托运营本网站的公司以及法律要求的情形外，我们不会向任何人提供您的信息。
您的信息在“隐私”页面所示的期限之后自动删除。您也可以提前在“我的数据”中查看、更正、带走或删除。
请遵守各会场的规定，在要求时出示门票，未经告知请勿转让。"""
_TERMS_KO = """이름, 읽는 법, 소속, 이메일 주소는 티켓 발송, 입장, 변경 사항 안내에 이용합니다.
거주 국가·지역은 해외 참가자 수를 파악하기 위해 이름 없이 집계합니다.
입장 게이트와 온라인 세션에서는 티켓이 사용된 시각을 기록합니다.
본 사이트의 운영을 위탁받은 회사와 법률에 따른 경우를 제외하고 누구에게도 제공하지 않습니다.
개인정보는 "개인정보" 페이지에 표시된 기간이 지나면 자동으로 삭제됩니다. "내 데이터"에서 언제든지 \
열람, 정정, 내려받기, 삭제할 수 있습니다.
행사장의 규칙을 지키고, 요청이 있으면 티켓을 보여 주시며, 알리지 않고 다른 사람에게 양도하지 마십시오."""
_TERMS_DE = """Name, Lesung, Organisation und E-Mail-Adresse verwenden wir, um Ihnen Ihre Tickets zu schicken, Sie \
einzulassen und Sie zu erreichen, wenn sich etwas ändert.
Ihr Wohnland wird ohne Ihren Namen gezählt, um zu erfahren, wie viele Menschen aus dem Ausland teilgenommen haben.
An den Eingängen und in Online-Sitzungen halten wir fest, wann ein Ticket benutzt wurde.
Wir geben Ihre Angaben niemandem weiter, außer Firmen, die diese Website für uns betreiben, und wo ein Gesetz es \
verlangt.
Ihre Angaben werden nach der auf der Seite „Datenschutz“ genannten Zeit von selbst gelöscht. Unter „Meine Daten“ \
können Sie sie früher ansehen, berichtigen, mitnehmen oder löschen.
Bitte beachten Sie die Regeln der Veranstaltungsorte, zeigen Sie Ihr Ticket auf Verlangen und geben Sie es nicht \
weiter, ohne uns Bescheid zu sagen."""
_TERMS_TH = """เราใช้ชื่อ คำอ่าน หน่วยงาน และอีเมลของคุณเพื่อส่งบัตร ให้คุณเข้างาน และติดต่อคุณเมื่อมีการเปลี่ยนแปลง
ประเทศหรือภูมิภาคที่คุณอาศัยอยู่จะถูกนับโดยไม่มีชื่อ เพื่อให้ทราบว่ามีผู้เข้าร่วมจากต่างประเทศกี่คน
ที่ประตูทางเข้าและในเซสชันออนไลน์ เราบันทึกเวลาที่มีการใช้บัตร
เราไม่ให้ข้อมูลของคุณแก่ผู้ใด ยกเว้นบริษัทที่ดูแลเว็บไซต์นี้แทนเรา และกรณีที่กฎหมายกำหนด
ข้อมูลของคุณจะถูกลบเองเมื่อพ้นระยะเวลาที่แสดงในหน้า "ความเป็นส่วนตัว" คุณดู แก้ไข นำออก \
หรือลบก่อนกำหนดได้ที่ "ข้อมูลของฉัน"
โปรดปฏิบัติตามกฎของแต่ละสถานที่ แสดงบัตรเมื่อถูกขอ และอย่าส่งต่อให้ผู้อื่นโดยไม่แจ้งเรา"""
_NEWS_ZH = """我们可能会向您介绍今后的大会，每年最多几次。
每封邮件都附有撤回同意的链接；是否同意不影响您的报名。"""
_NEWS_KO = """다음 컨벤션 소식을 1년에 많아야 몇 번 이메일로 보내 드립니다.
모든 메일에 동의를 철회하는 링크가 있으며, 동의하지 않아도 등록에는 영향이 없습니다."""
_NEWS_DE = """Wir schreiben Ihnen höchstens einige Male im Jahr über kommende Kongresse.
In jeder solchen Mail steht ein Link, mit dem Sie dies widerrufen; Ihre Registrierung hängt nicht davon ab."""
_NEWS_TH = """เราอาจเขียนถึงคุณเกี่ยวกับงานครั้งต่อไป ปีละไม่กี่ครั้งเท่านั้น
อีเมลทุกฉบับมีลิงก์สำหรับถอนความยินยอม และการลงทะเบียนของคุณไม่ขึ้นอยู่กับเรื่องนี้"""

TEXTS = (
    ConsentTexts(
        purpose="terms",
        version="terms-2026",
        required=True,
        title={
            "en": "I agree to the terms of participation and to the use of these details",
            "ja": "参加規約と個人情報の利用目的に同意します",
            "zh-Hans": "我同意参加条款及个人信息的使用目的",
            "ko": "참가 약관과 개인정보 이용 목적에 동의합니다",
            "de": "Ich stimme den Teilnahmebedingungen und der Verwendung dieser Angaben zu",
            "th": "ฉันยอมรับเงื่อนไขการเข้าร่วมและการใช้ข้อมูลเหล่านี้",
        },
        body={
            "en": _TERMS_EN,
            "ja": _TERMS_JA,
            "zh-Hans": _TERMS_ZH,
            "ko": _TERMS_KO,
            "de": _TERMS_DE,
            "th": _TERMS_TH,
        },
    ),
    ConsentTexts(
        purpose="news",
        version="news-2026",
        title={
            "en": "Send me news of coming conventions",
            "ja": "次回以降のコンベンションの案内を受け取ります",
            "zh-Hans": "我希望收到今后大会的通知",
            "ko": "다음 컨벤션 소식을 받겠습니다",
            "de": "Senden Sie mir Neuigkeiten über kommende Kongresse",
            "th": "ส่งข่าวสารของงานครั้งต่อไปให้ฉัน",
        },
        body={
            "en": _NEWS_EN,
            "ja": _NEWS_JA,
            "zh-Hans": _NEWS_ZH,
            "ko": _NEWS_KO,
            "de": _NEWS_DE,
            "th": _NEWS_TH,
        },
    ),
)
