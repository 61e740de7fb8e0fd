"""The register of files of personal information (個人情報ファイル簿), made from one table of all columns.

A test compares the table with the database: a column that stands neither here nor in `NOT_PERSONAL` fails it.
"""

from collections.abc import Mapping

import msgspec

from app.core import spreadsheet
from app.core.i18n import Text, text
from app.people import retention
from app.people.retention import PERSON_DETAILS


class Item(msgspec.Struct, frozen=True):
    """Something recorded of a person, and the columns it stands in, as `table.column`."""

    name: Text
    columns: tuple[str, ...]


_NOTHING: Text = {"ja": "含まない", "en": "None"}


class PersonalFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the register. `kept` are the kinds of data whose days say how long it lasts."""

    name: Text
    purpose: Text
    persons: Text
    source: Text
    disclosure: Text
    items: tuple[Item, ...]
    kept: tuple[str, ...]
    sensitive: Text = msgspec.field(default_factory=lambda: _NOTHING)


def _of(table: str, columns: str) -> tuple[str, ...]:
    return tuple(f"{table}.{column}" for column in columns.split())


_NOBODY = {"ja": "なし（法令に基づく場合を除く）", "en": "None, except where a law demands it"}
_SELF = {
    "ja": "本人、または本人の分も申し込んだ代表者による入力",
    "en": "Entered by the person, or by whoever registered the person too",
}
_MACHINE = {"ja": "チケットの読取り端末、オンライン会場", "en": "Devices that read tickets; online rooms"}
_ROLES = {"ja": "職員、主催者、審査員、ゲート係等の従事者", "en": "Officers, organisers, judges, gate staff and others"}

FILES = (
    PersonalFile(
        name={"ja": "コンベンション参加者ファイル", "en": "Participants of conventions"},
        purpose={
            "ja": "参加登録の受付、チケットの発行と送付、変更の連絡、参加者数の集計",
            "en": "To register people, send tickets and changes, and count how many took part",
        },
        persons={"ja": "参加登録をした者およびその同行者", "en": "Whoever registered, and those registered with them"},
        source=_SELF,
        disclosure={
            "ja": "自ら発行したチケットの参加者について、その主催者（氏名、連絡先、回答、必要な配慮）",
            "en": "Organisers, about holders of tickets of their own: names, addresses, answers, needs",
        },
        items=(
            Item(
                {
                    "ja": "氏名、読み、所属、電子メールアドレス（人ごとの鍵で暗号化）",
                    "en": "Name, reading, organisation, e-mail address (sealed with a key per person)",
                },
                ("person_details.sealed", "ticket.sealed", "stored_answer.answer"),
            ),
            Item(
                {"ja": "照合用の鍵付きハッシュ値", "en": "Keyed hashes by which equal ones are found"},
                ("person_details.address_key", "person_details.match_key"),
            ),
            Item(
                {"ja": "居住する国・地域", "en": "Country or region of residence"},
                ("person.residence", "ticket.residence"),
            ),
            Item(
                {"ja": "仮名の番号、鍵、登録・消去の日時", "en": "Pseudonym, key, times of adding and erasing"},
                (*_of("person", "id key created_at erased_at"), "person_details.person"),
            ),
            Item(
                {"ja": "登録の内容、チケット、予約", "en": "Registrations, tickets, reserved places"},
                (
                    *_of("registration", "id convention person status language created_at expires_at revision"),
                    "registration.party",
                    *_of("ticket", "id registration person ticket_type position serial generation kid code_digest"),
                    *_of("ticket", "state created_at changed_at revision places voucher price tax calendar"),
                    *_of("ticket", "changed_in sealings"),
                    *_of("reservation", "id ticket session"),
                    *_of("stored_answer", "id scope key request created_at"),
                ),
            ),
            Item(
                {
                    "ja": "参加に必要な配慮（申告した場合。人ごとの鍵で暗号化）",
                    "en": "What the person needs to take part, if declared (sealed with a key per person)",
                },
                ("ticket.has_needs",),
            ),
            Item(
                {
                    "ja": "主催者の質問への回答、添付された書類（人ごとの鍵で暗号化）",
                    "en": "Answers to organisers' questions, files sent with them (sealed with a key per person)",
                },
                (
                    *_of("answer", "id ticket question sealed answered_at"),
                    *_of("upload", "id question ticket media_type size sealed created_at"),
                ),
            ),
            Item(
                {
                    "ja": "送信前の申込み、席の仮押さえ",
                    "en": "Forms not sent yet (sealed), places kept for them",
                },
                (
                    *_of("form_draft", "id convention account sealed created_at saved_at expires_at"),
                    *_of("hold", "id convention places created_at expires_at"),
                    *_of("guest_import", "id event account sealed lines created_at taken_at outcome"),
                ),
            ),
            Item(
                {
                    "ja": "メールが届かないアドレス（鍵付きハッシュ値）",
                    "en": "Addresses that mails do not reach (keyed hashes)",
                },
                _of("undeliverable", "address_key status at"),
            ),
            Item(
                {"ja": "チケットの変更の経過、その理由", "en": "What happened to tickets, and why"},
                _of("ticket_change", "id ticket at actor action fields person sealed"),
            ),
            Item(
                {"ja": "支払い、返金の状況", "en": "Payments and refunds"},
                (
                    *_of("payment", "id registration organiser provider amount tax reference state due_at reminded_at"),
                    *_of("payment", "settled_at settled_by paid_on lines received refund returned refunded_at sealed"),
                    "payment.created_at",
                ),
            ),
            Item(
                {"ja": "同意した文書の版、同意と撤回の日時", "en": "Versions agreed to, when, and when taken back"},
                _of("consent", "id person text given_at withdrawn_at"),
            ),
            Item(
                {
                    "ja": "本人が申告した別の電子メールアドレス（人ごとの鍵で暗号化）とその確認",
                    "en": "Another address of the same person (sealed with a key per person), and its proof",
                },
                (
                    *_of("address_challenge", "id person address address_key digest language created_at expires_at"),
                    "address_challenge.proved_at",
                ),
            ),
        ),
        kept=(
            PERSON_DETAILS,
            "answers",
            "withdrawn-consents",
            "answers-to-questions",
            "needs",
            "address-challenges",
            "undeliverable",
            "guest-imports",
            "unclaimed-uploads",
            "form-drafts",
        ),
        sensitive={
            "ja": "含む（申告された、参加に必要な配慮）",
            "en": "Yes: what somebody declares to need in order to take part",
        },
    ),
    PersonalFile(
        name={"ja": "入場・参加記録ファイル", "en": "Entry and participation"},
        purpose={
            "ja": "入場の可否の判断、参加者数（KPI 2）の根拠の保存",
            "en": "To let people in, and to keep the evidence of KPI 2",
        },
        persons={"ja": "チケットを使用した者（仮名）", "en": "Whoever used a ticket, under a pseudonym"},
        source=_MACHINE,
        disclosure=_NOBODY,
        items=(
            Item(
                {
                    "ja": "読取りの日時、場所、端末、結果",
                    "en": "When, where, by which device a ticket was read, and the result",
                },
                (
                    *_of("scan", "id device seq gate ticket code request direction scanned_at received_at clock"),
                    *_of("scan", "device_verdict status verdict reason warnings manual undoes_device undoes_seq"),
                    *_of("scan_final", "id scan verdict reason received_at"),
                    *_of("scan_settlement", "id scan decision operator reason settled_at"),
                    *_of("ticket_state", "ticket body inside_venue inside_gate revision"),
                ),
            ),
            Item(
                {
                    "ja": "受付で氏名を探し、同一人物の二重登録を見つけるための鍵付きハッシュ",
                    "en": "Keyed hashes of a name, to find it at a gate, and to find who registered twice",
                },
                (*_of("ticket_search", "ticket grams read_in"), *_of("person_key", "id person kind key")),
            ),
            Item(
                {"ja": "同一人物かもしれない二人と、その判断", "en": "Two persons who may be one, and the decision"},
                (
                    *_of("double", "id first second reasons automatic found_at decision operator reason decided_at"),
                    "double.position",
                ),
            ),
            Item(
                {"ja": "オンライン会議の参加記録", "en": "What video platforms reported of stays"},
                (
                    *_of(
                        "reported_stay", "id report line source ticket joined_at left_at sealed state decided_by reason"
                    ),
                    *_of("report_draft", "id session sealed platform zone created_at"),
                ),
            ),
            Item(
                {"ja": "オンラインの部屋での質問（暗号化）", "en": "Questions asked in online rooms (sealed)"},
                _of("room_question", "id session ticket sealed asked_at answered_at hidden_at"),
            ),
            Item(
                {"ja": "KPI の抽出監査で確認した記録", "en": "Records looked at in an audit of the KPI"},
                _of("audit_item", "id audit position person finding note looked_by looked_at"),
            ),
            Item(
                {"ja": "オンライン参加の時間", "en": "Time spent in online sessions"},
                _of("presence_interval", "id ticket session visit started_at beat_at ended_at"),
            ),
            Item(
                {"ja": "参加の証拠（台帳）", "en": "Evidence of attendance (ledger)"},
                (
                    *_of("ledger_entry", "position digest kind evidence_class recorded_at person ticket event session"),
                    *_of("ledger_entry", "scope mode scheduled_at scheduled_minutes starts_at ends_at role residence"),
                    *_of("ledger_entry", "subject other operator reason source"),
                ),
            ),
        ),
        kept=("report-drafts", "reported-stays"),
    ),
    PersonalFile(
        name={"ja": "従事者・利用者アカウントファイル", "en": "Accounts"},
        purpose={"ja": "本人確認、権限の管理", "en": "To know who signs in, and what they may do"},
        persons=_ROLES
        | {"ja": f"{_ROLES['ja']}、サインインした参加者", "en": f"{_ROLES['en']}; participants who signed in"},
        source={"ja": "本人の入力、招待した者の入力", "en": "Entered by the person, or by whoever invited the person"},
        disclosure=_NOBODY,
        items=(
            Item(
                {
                    "ja": "表示名、電子メールアドレス（暗号化）、役割と範囲",
                    "en": "Label, e-mail address (sealed), role and scope",
                },
                (
                    *_of("account", "id role label address address_key scope created_at suspended_at"),
                    *_of("invitation", "id role scope label address address_key language digest invited_by account"),
                    *_of("invitation", "created_at expires_at accepted_at withdrawn_at"),
                ),
            ),
            Item(
                {"ja": "パスキー、認証アプリ、外部の本人確認", "en": "Passkeys, authenticator, identities elsewhere"},
                (
                    *_of(
                        "passkey",
                        "id account credential public_key sign_count transports name gives created_at used_at",
                    ),
                    *_of("one_time_secret", "account sealed created_at confirmed_at last_step"),
                    *_of("external_identity", "id account issuer subject created_at"),
                    *_of("ceremony", "id kind digest sealed account created_at expires_at used_at"),
                ),
            ),
            Item(
                {"ja": "サインインの日時、ブラウザーの種類", "en": "Sign-ins, and the kind of browser"},
                (
                    *_of("browser_session", "id account digest created_at seen_at proved_at strength agent ended_at"),
                    *_of("sign_in_link", "id account person digest created_at expires_at used_at reusable"),
                ),
            ),
            Item(
                {"ja": "端末、登録コード、アクセストークン", "en": "Devices, codes that enrol them, access tokens"},
                (
                    *_of("device", "id account name public_key enrolled_at seen_at revoked_at"),
                    *_of("provisioning", "id digest role scope name made_by device created_at expires_at used_at"),
                    "provisioning.withdrawn_at",
                    *_of("access_token", "id account digest name scope created_at expires_at used_at revoked_at"),
                ),
            ),
        ),
        kept=(
            "unused-accounts",
            "former-roles",
            "invited-addresses",
            "invitations",
            "sessions",
            "sign-in-links",
            "ceremonies",
            "tokens",
            "provisioning",
        ),
    ),
    PersonalFile(
        name={"ja": "表彰応募者ファイル", "en": "Entrants of awards"},
        purpose={
            "ja": "応募の受付、共同応募者の同意の確認、審査、結果の連絡",
            "en": "To take entries, ask every member for its consent, judge, and tell the outcome",
        },
        persons={
            "ja": "応募団体の担当者、推薦された者、推薦した者",
            "en": "Whoever speaks for a member of an entry, is nominated, or nominates",
        },
        source={
            "ja": "本人、または共同応募の代表者・推薦者による入力",
            "en": "Entered by the person, the lead, or a nominator",
        },
        disclosure={
            "ja": "表彰の事務局、同じ応募の共同応募者。審査員には利害関係の申告用の名簿"
            "と団体名（匿名審査では応募と結び付かない名簿）",
            "en": "The award's secretary, members of the same entry. Judges: names to declare ties, and organisations;"
            " in blind rounds names alone, without the entry they belong to",
        },
        items=(
            Item(
                {"ja": "応募団体、担当者、署名", "en": "Members, who speaks for them, their sign-offs"},
                (
                    *_of("entry_member", "id entry person position kind organisation country lead language invited_at"),
                    *_of("entry_member", "signed_at signed_digest declined_at removed_at"),
                ),
            ),
            Item(
                {"ja": "応募の内容、添付書類", "en": "What entries say, and files sent with them (sealed)"},
                (
                    *_of("award_entry", "id category number origin state language draft draft_revision pinned"),
                    *_of("award_entry", "created_at changed_at submitted_at withdrawn_at nominator consented_at"),
                    *_of("award_entry", "open_until open_reason"),
                    *_of("entry_version", "id entry number body digest submitted_at"),
                    *_of("entry_file", "id entry name media_type size digest sealed shared created_at removed_at"),
                ),
            ),
            Item(
                {"ja": "応募要件の確認の結果と理由", "en": "What screening decided, and why"},
                _of("screening", "id entry round outcome reason account decided_at"),
            ),
        ),
        kept=(PERSON_DETAILS, "unfinished-entries"),
    ),
    PersonalFile(
        name={"ja": "表彰審査員ファイル", "en": "Judges of awards"},
        purpose={
            "ja": "審査員の委嘱、利害関係の確認、利害関係のある審査員の除斥",
            "en": "To seat judges, to find ties between judges and entrants, and to keep judges with a tie out",
        },
        persons={"ja": "表彰の審査員、利害関係のある応募者", "en": "Judges of awards, and entrants tied to them"},
        source={
            "ja": "本人の申告、事務局の入力、氏名・団体名の照合",
            "en": "Declared by the judge, written down by the office, found by comparing names",
        },
        disclosure={"ja": "表彰の事務局のみ", "en": "The award's secretary alone"},
        items=(
            Item(
                {
                    "ja": "氏名、所属、以前の所属、関係する団体・都市（暗号化）、言語、分野、委嘱の状況",
                    "en": "Names, organisations now and before, groups, cities (sealed); languages, topics, panels",
                },
                (
                    *_of("judge", "id award account pseudonym sealed languages topics created_at"),
                    *_of("panel_seat", "id round judge chair left_at"),
                ),
            ),
            Item(
                {
                    "ja": "割当て、採点、比較、順位、講評、督促、審議の記録",
                    "en": "Assignments, scores, comparisons, orders, comments, reminders, minutes",
                },
                (
                    *_of("assignment", "id round entry judge source made_at removed_at removed_for"),
                    *_of("sheet", "assignment revision values verdict abstained to_applicant to_committee version"),
                    *_of("sheet", "saved_at submitted_at"),
                    *_of("comparison", "id round judge first second better made_at"),
                    *_of("rank_ballot", "id round judge entries revision saved_at submitted_at"),
                    *_of("award_reminder", "id round judge hours promised_at"),
                    *_of("deliberation", "id round held_at present decision minutes account written_at"),
                ),
            ),
            Item(
                {
                    "ja": "利害関係とその根拠（暗号化）、決定と理由",
                    "en": "Ties, what they rest on (sealed), decisions, reasons",
                },
                (
                    *_of(
                        "conflict", "id judge entry source tie state sealed score found_at decided_by decided_at reason"
                    ),
                    *_of("declaration", "id judge entry free declared_at outdated_at"),
                    *_of("recusal", "id judge entry conflict recused_at"),
                ),
            ),
        ),
        kept=("judge-profiles",),
    ),
    PersonalFile(
        name={"ja": "操作・処理記録ファイル", "en": "Records of acts and of work done"},
        purpose={"ja": "不正の発見、送付の確認", "en": "To find misuse, and to know what was sent"},
        persons=_ROLES,
        source={"ja": "本システムの動作の記録", "en": "Recorded by this system"},
        disclosure=_NOBODY,
        items=(
            Item(
                {
                    "ja": "操作の日時、操作者の番号、対象の番号",
                    "en": "When, by which account, on which row something was done",
                },
                _of("audit_entry", "position at actor action subject detail digest"),
            ),
            Item(
                {"ja": "送付等の処理の状況", "en": "State of work such as mails"},
                _of("job", "id name payload key promised_at due_at done_at given_up_at tries last_error"),
            ),
            Item(
                {"ja": "回数の制限（鍵付きハッシュ値）", "en": "Limits of how often, by keyed hash"},
                _of("limited_use", "subject uses ends_at"),
            ),
        ),
        kept=("jobs", "limits"),
    ),
    PersonalFile(
        name={"ja": "一般投票ファイル", "en": "Public votes of awards"},
        purpose={"ja": "一人一票の確保と集計", "en": "To take one vote for each ticket, and to count them"},
        persons={"ja": "表彰の一般投票に参加した参加者", "en": "Participants who voted in an award"},
        source={"ja": "本人の投票", "en": "The person's own vote"},
        disclosure={"ja": "なし（票数のみ結果とともに公表）", "en": "None; counts are published with the result"},
        items=(
            Item(
                {"ja": "チケットの投票先", "en": "Which entry a ticket votes for"},
                _of("ballot", "id round ticket entry cast_at"),
            ),
        ),
        kept=("ballots",),
    ),
    PersonalFile(
        name={"ja": "連携都市イベント情報ファイル", "en": "Events of partner cities"},
        purpose={
            "ja": "連携都市のイベントの案内、誤りの確認と訂正の依頼",
            "en": "To show events of partner cities, and to have what is wrong in them put right",
        },
        persons={
            "ja": "連携都市が問合せ先等として記載した者",
            "en": "Whoever a partner city names as a contact or organiser of an event",
        },
        source={"ja": "連携都市が公開または提供したカレンダー", "en": "Calendars that partner cities publish or send"},
        disclosure={
            "ja": "協定で認められた項目を公表し、または他の連携都市に提供（メールアドレスを除く）",
            "en": "What an agreement opens is published or handed on to other partner cities; never mail addresses",
        },
        items=(
            Item(
                {"ja": "イベントの内容、主催者、問合せ先", "en": "What an event is, its organiser and contact"},
                _of(
                    "exchanged_event",
                    "id source card uid recurrence_id sequence last_modified stamp digest starts_at ends_at first_day"
                    " last_day zone title place latitude longitude url origin status proposed access body own state"
                    " state_at first_seen_at changed_at revision kept_at",
                ),
            ),
            Item(
                {"ja": "受け取ったファイル", "en": "Files as they came"}, _of("raw_file", "id digest body size kept_at")
            ),
            Item(
                {"ja": "読取りの結果", "en": "What was found in them"},
                _of(
                    "pull",
                    "id source begun_at ended_at why outcome problem answered file counts report found changes",
                ),
            ),
        ),
        kept=("calendar-files", "calendar-reports"),
    ),
)

NOT_PERSONAL: Mapping[str, str] = {
    "agreement": "id partner title licence attribution fields publishes",
    "card": "id event owner",
    # Who decides, and who draws a token, acts for the city, or for a partner city.
    "feed_token": "id agreement digest label created_by",
    "field_choice": "id card field told_by digest decided_by",
    "likeness": "id one other reasons decision decided_by",
    "partner": "id slug name code url",
    "ping": "id source digest",
    "ping_target": "id agreement url secret",
    "publication": (
        "id uid audience kind subject convention event organiser venue partner told_by scope zone status core digest"
    ),
    "publication_touch": "id part subjects",
    # What an agreement opens, and nothing else: the rest stands with the events of partner cities.
    "published_text": "id publication language ics said",
    "source": "id agreement partner kind name url zone language secret etag last_modified file reading",
    "vanishing": "id source pull doubt events decision decided_by",
    # Entries and judges stand in it by their ids; who judges what is in the register.
    "assignment_run": "id round state wishes certificate account",
    "award": "id convention slug title description languages",
    "award_category": "id award slug title description zone",
    # Who proposed and who approved act for the city; judges and entrants stand in it by pseudonyms and organisations.
    "award_release": "id round proposed_by approved_by bundle digest result",
    "award_round": "id category title kind method rubric zone peers carry missing_rule tie_rule reminders state rules",
    "chain_head": "name digest",
    "consent_text": "id purpose version title body",
    "convention": "id slug title description zone",
    "coverage": "id ticket_type event",
    "entered_value": "id kind evidence operator",
    "event": "id convention organiser venue slug kpi_scope mode title summary description tags",
    "device_contact": "device gate direction",
    "frozen_figure": "id kind rule head body digest operator reason",
    "gate": "id event venue slug name elsewhere",
    "gate_rule": "id gate ticket_type entry_rule days",
    "ledger_head": "digest signature",
    "live_figure": "code digest tally",
    "message": "id event kind subject body account",
    "migration": "name app_name",
    "organiser": "id slug name url",
    "payment_method": "id convention organiser provider instructions issuer number",
    "platform_report": "id session platform digest notes imported_by",
    "question": "id convention organiser event slug kind label hint options shown_when",
    "question_use": "id question ticket_type",
    # Cells of small countries stand in the body: sums of people, of whom none is named.
    "public_release": "id head body",
    "quota": "id convention organiser session slug name within venue",
    "quota_use": "id ticket_type quota",
    "retention_rule": "purpose",
    "room_reaction": "id session kind",
    "sampling_audit": "id rule head drawn_by",
    # Speakers are named on purpose: they are part of the public programme.
    "session": "id event venue slug room mode stream_url languages title description speakers",
    "signing_key": "id purpose public",
    "rubric": "id award name body digest",
    "ticket_type": "id convention organiser slug role mode entry_rule days title description admission covered_in",
    "venue": "id convention organiser slug name address",
    "venue_inside": "venue",
    # A label names a group, such as a city's delegation; whoever used a voucher stands with the ticket.
    "voucher": "id convention organiser ticket_type code_key sealed label",
    # Nobody is known behind a tap: it says a residence and nothing else.
    "walk_up": "id event venue source residence",
}
"""Columns of rows about no person that could hold words, ids or bytes; numbers and times there need no line."""


def declared() -> set[str]:
    """Return every column of the register as `table.column`."""
    return {column for file in FILES for item in file.items for column in item.columns}


HEADINGS = (
    {"ja": "個人情報ファイルの名称", "en": "Name of the file"},
    {"ja": "利用目的", "en": "Purpose"},
    {"ja": "記録項目", "en": "Items recorded"},
    {"ja": "記録範囲", "en": "Persons recorded"},
    {"ja": "収集方法", "en": "How it is collected"},
    {"ja": "経常的提供先", "en": "Regular disclosure"},
    {"ja": "要配慮個人情報", "en": "Sensitive information"},
    {"ja": "保存期間", "en": "How long it is kept"},
)


async def rows(tag: str) -> list[list[str]]:
    """Return the register in one language, a row per file, in the order of `HEADINGS`."""
    days = await retention.chosen_days()
    return [_row(file, days, tag) for file in FILES]


def _row(file: PersonalFile, days: Mapping[str, int], tag: str) -> list[str]:
    return [
        text(file.name, tag),
        text(file.purpose, tag),
        " / ".join(text(item.name, tag) for item in file.items),
        text(file.persons, tag),
        text(file.source, tag),
        text(file.disclosure, tag),
        text(file.sensitive, tag),
        _kept(file, days, tag),
    ]


def _kept(file: PersonalFile, days: Mapping[str, int], tag: str) -> str:
    if not file.kept:
        return text({"ja": "仮名の記録として保存", "en": "Kept under pseudonyms"}, tag)
    numbers = sorted({days[purpose] for purpose in file.kept}, reverse=True)
    longest, shortest = numbers[0], numbers[-1]
    if longest == shortest:
        return text({"ja": f"{longest}日", "en": f"{longest} days"}, tag)
    return text({"ja": f"項目により{shortest}日から{longest}日", "en": f"{shortest} to {longest} days by kind"}, tag)


async def as_csv() -> bytes:
    """Return the register in Japanese for a spreadsheet."""
    return spreadsheet.written([heading["ja"] for heading in HEADINGS], await rows("ja"))
