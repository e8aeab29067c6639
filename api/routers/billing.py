"""What was billed, and the provider's own page for whoever pays."""

from fastapi.responses import RedirectResponse

from models.errors import NotFound
from models.repositories.billing import Billing

from ..deps import AccountReader, InPerson, Platform
from ..paging import Limit, page
from ..routing import Router
from ..schemas.billing import InvoicePage, InvoiceView, PortalView, invoice_view

router = Router(prefix="/api/billing", tag="billing")


@router.get("/invoices")
async def list_invoices(caller: AccountReader, platform: Platform, limit: Limit = 50, cursor: str = "") -> InvoicePage:
    """The account's invoices, newest first."""
    async with platform.database.transaction() as session:
        found = await Billing(session).invoices(caller.account_id, limit + 1, cursor or None)
    rows, next_cursor = page(found, limit, lambda row: row.id)
    return InvoicePage(data=[invoice_view(row) for row in rows], next_cursor=next_cursor)


@router.get("/invoices/{invoice_id}")
async def get_invoice(invoice_id: str, caller: AccountReader, platform: Platform) -> InvoiceView:
    """One invoice; an open one is paid on the page of its ``url``."""
    async with platform.database.transaction() as session:
        return invoice_view(await Billing(session).invoice(caller.account_id, invoice_id))


@router.get("/invoices/{invoice_id}/pdf", status_code=307, response_class=RedirectResponse)
async def get_pdf(invoice_id: str, caller: AccountReader, platform: Platform) -> RedirectResponse:
    """The invoice as the provider printed it."""
    async with platform.database.transaction() as session:
        found = await Billing(session).invoice(caller.account_id, invoice_id)
    if found.pdf_url is None:
        raise NotFound(what="PDF")
    return RedirectResponse(found.pdf_url, 307)


@router.post("/portal")
async def open_portal(caller: InPerson, platform: Platform) -> PortalView:
    """The provider's page on which cards, addresses and tax ids are changed; 404 for whoever never paid."""
    async with platform.database.transaction() as session:
        customer = await Billing(session).customer_of(caller.account_id)
    if customer is None:
        raise NotFound(what="customer")
    return PortalView(url=await platform.gateway.portal(customer, f"{platform.settings.url}/billing"))
