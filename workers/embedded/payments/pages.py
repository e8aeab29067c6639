"""The stand-in's pages, for people: pay, decline, look. Each says that it is a stand-in and that no money moves."""

from collections.abc import Iterable
from html import escape
from io import BytesIO

from models.money import Money

from .cards import BAD, GOOD
from .objects import Object
from .taxes import KINDS, RATES

BANNER = "离线替身支付页:不会产生任何真实扣款。Offline stand-in for Stripe: no money moves."

LAYOUT = """<!doctype html><html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
body{{font:16px/1.6 system-ui,sans-serif;background:#f4f5f7;color:#1d2433;margin:0}}
.note{{background:#8a4b00;color:#fff;text-align:center;padding:.6em 1em}}
main{{max-width:26em;margin:3em auto;background:#fff;border-radius:12px;padding:2em;box-shadow:0 2px 12px #0001}}
h1{{font-size:1.1em;margin:0}} .sum{{font-size:2em;margin:.3em 0}} button{{font:inherit;width:100%;padding:.7em;
border:0;border-radius:8px;margin:.3em 0;cursor:pointer}} .go{{background:#2456e6;color:#fff}}
input,select{{font:inherit;box-sizing:border-box;width:100%;padding:.5em;margin:.2em 0}}
td{{padding:.2em 1em .2em 0}}
</style><p class="note">{banner}</p><main>{body}</main></html>"""


def shown(amount: int, currency: str) -> str:
    """A sum as people write it."""
    return str(Money(amount=amount, currency=currency.upper()))


def page(title: str, body: str) -> str:
    """A whole page."""
    return LAYOUT.format(title=escape(title), banner=BANNER, body=body)


def checkout(session: Object, words: str) -> str:
    """What is to be paid, and buttons for what may come of it."""
    if session["status"] != "open":
        return page("Checkout", f"<h1>{escape(words)}</h1><p>{escape(session['status'])}</p>")
    method = {"card": "银行卡 Card", "alipay": "支付宝 Alipay", "wechat_pay": "微信支付 WeChat Pay"}
    ways = " / ".join(method[each] for each in session["payment_method_types"])
    return page(
        words,
        f"<h1>{escape(words)}</h1><p class=sum>{shown(session['amount_total'], session['currency'])}</p>"
        + _details(session)
        + f"<p>{ways}</p>"
        + _form(f"/checkout/{session['id']}/pay", {"method": GOOD}, "付款 Pay", "go")
        + _form(f"/checkout/{session['id']}/pay", {"method": BAD}, "拒绝付款 Decline", "")
        + f'<p><a href="{escape(session["cancel_url"] or "#", quote=True)}">返回 Back</a></p>',
    )


def _details(session: Object) -> str:
    """What comes off and on, and fields for a promotion code, a country and a tax id where they are asked for."""
    sums, currency, found = session["total_details"], session["currency"], ""
    for words, amount in (("优惠 Discount", -sums["amount_discount"]), ("税 Tax", sums["amount_tax"])):
        found += f"<p>{words}: {shown(amount, currency)}</p>" if amount else ""
    asked = ""
    if session["allow_promotion_codes"]:
        asked += '<input name="code" placeholder="优惠码 Promotion code">'
    if session["automatic_tax"]["enabled"]:
        asked += _choice("country", "国家或地区 Country", RATES)
    if session["tax_id_collection"]["enabled"]:
        asked += _choice("kind", "税号类型 Tax id", KINDS) + '<input name="value" placeholder="税号 Tax id">'
    if not asked:
        return found
    return found + (
        f'<form method="post" action="/checkout/{session["id"]}/details">{asked}<button>应用 Apply</button></form>'
    )


def _choice(name: str, words: str, values: Iterable[str]) -> str:
    options = "".join(f"<option>{escape(each)}</option>" for each in values)
    return f'<select name="{name}"><option value="">{words}</option>{options}</select>'


def invoice(made: Object) -> str:
    """An invoice, which can be paid while it is open."""
    lines = "".join(
        f"<tr><td>{escape(each['description'] or '')}<td>{shown(each['amount'], each['currency'])}"
        for each in made["lines"]["data"]
    )
    buttons = (
        _form(f"/invoices/{made['id']}/pay", {"method": GOOD}, "付款 Pay", "go") if made["status"] == "open" else ""
    )
    return page(
        made["number"] or "Invoice",
        f"<h1>{escape(made['number'] or '')} · {escape(made['status'])}</h1><p class=sum>"
        f"{shown(made['total'], made['currency'])}</p><table>{lines}</table>{buttons}"
        f'<p><a href="/invoices/{made["id"]}/pdf">PDF</a></p>',
    )


def portal(customer: Object, invoices: list[Object], back: str) -> str:
    """A customer's card and invoices."""
    rows = "".join(
        f'<tr><td><a href="/invoices/{each["id"]}">{escape(each["number"] or each["id"])}</a>'
        f"<td>{shown(each['total'], each['currency'])}<td>{escape(each['status'])}"
        for each in invoices
    )
    name = escape(customer["email"] or customer["id"])
    path = f"/portal/{customer['id']}/card"
    return page(
        "Portal",
        f"<h1>{name}</h1><table>{rows}</table>"
        + _form(path, {"method": GOOD, "back": back}, "使用可付款的卡 Use a card that pays", "go")
        + _form(path, {"method": BAD, "back": back}, "使用会被拒的卡 Use a card that is declined", "")
        + f'<p><a href="{escape(back, quote=True)}">返回 Back</a></p>',
    )


def pdf(made: Object) -> bytes:
    """An invoice on one page."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    file = BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=True)
    place = A4[1] - 72
    for words in (
        "Offline stand-in for Stripe: no money moves.", f"Invoice {made['number']}", f"Status: {made['status']}",
        *(f"{each['description']}: {shown(each['amount'], each['currency']).replace('¥', 'CNY ')}"
          for each in made["lines"]["data"]),
        f"Total: {shown(made['total'], made['currency']).replace('¥', 'CNY ')}",
    ):  # fmt: skip
        canvas.drawString(72, place, words)
        place -= 20
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def _form(path: str, fields: dict[str, str], words: str, look: str) -> str:
    inner = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value, quote=True)}">' for name, value in fields.items()
    )
    return f'<form method="post" action="{path}">{inner}<button class="{look}">{escape(words)}</button></form>'
